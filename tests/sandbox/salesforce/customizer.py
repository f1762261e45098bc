"""An administrator who changes an org over the Metadata API with envelopes written by hand."""

from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from apatar.sandbox.salesforce.wire import Response
from tests.sandbox.salesforce.visitor import Visitor, operator

META = "http://soap.sforce.com/2006/04/metadata"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass
class Customizer:
    """Sends metadata calls with someone's session; answers come as plain dictionaries."""

    visitor: Visitor
    version: str = "64.0"

    def call(self, inner: str, *, all_or_none: bool = False, token: str | None = None) -> Response:
        session = escape(self.visitor.token if token is None else token)
        wants = f"<AllOrNoneHeader><allOrNone>{str(all_or_none).lower()}</allOrNone></AllOrNoneHeader>"
        body = (
            f'<soapenv:Envelope xmlns:soapenv="{SOAP}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f'<soapenv:Header xmlns="{META}">{wants}<SessionHeader><sessionId>{session}</sessionId></SessionHeader>'
            f'</soapenv:Header><soapenv:Body xmlns="{META}">{inner}</soapenv:Body></soapenv:Envelope>'
        )
        return self.visitor.ask("POST", f"/services/Soap/m/{self.version}", body.encode(), content_type="text/xml")

    def results(self, inner: str, *, all_or_none: bool = False) -> list[dict[str, Any]]:
        """Return the results of a call that must be answered without a fault."""
        answer = self.call(inner, all_or_none=all_or_none)
        assert answer.status == 200, answer.body
        return [plain(one) for one in ElementTree.fromstring(answer.body).iter(f"{{{META}}}result")]

    def put(self, kind: str, *components: str, verb: str = "upsert", all_or_none: bool = False) -> list[dict[str, Any]]:
        listed = "".join(f'<metadata xsi:type="{kind}">{one}</metadata>' for one in components)
        return self.results(f"<{verb}Metadata>{listed}</{verb}Metadata>", all_or_none=all_or_none)

    def make(self, kind: str, *components: str) -> None:
        """Put components that must all be taken."""
        for one in self.put(kind, *components):
            assert one["success"] == "true", one

    def refused(self, kind: str, component: str, *, verb: str = "upsert") -> tuple[str, str]:
        """Return code and message of one component's refusal."""
        (result,) = self.put(kind, component, verb=verb)
        assert result["success"] == "false", result
        return result["errors"]["statusCode"], result["errors"]["message"]

    def delete(self, kind: str, *names: str) -> list[dict[str, Any]]:
        listed = "".join(f"<fullNames>{one}</fullNames>" for one in names)
        return self.results(f"<deleteMetadata><type>{kind}</type>{listed}</deleteMetadata>")


def customizer(visitor: Visitor) -> Customizer:
    return Customizer(operator(visitor))


def plain(element: ElementTree.Element) -> dict[str, Any]:
    """Return an element's children as a dictionary; what repeats is a list."""
    found: dict[str, Any] = {}
    for child in element:
        name = child.tag.rpartition("}")[2]
        value: Any = plain(child) if len(child) else (child.text or "")
        if name in found:
            held = found[name] if isinstance(found[name], list) else [found[name]]
            found[name] = [*held, value]
        else:
            found[name] = value
    return found


def xml(**values: Any) -> str:
    """Return elements in the order given; nested dictionaries and lists are nested and repeated elements."""
    parts = [(name, one) for name, value in values.items() for one in (value if isinstance(value, list) else [value])]
    return "".join(
        f"<{name}>{xml(**one) if isinstance(one, dict) else escape(str(one))}</{name}>" for name, one in parts
    )


def field(name: str, kind: str, **more: Any) -> str:
    label = name.partition(".")[2].removesuffix("__c").replace("_", " ")
    return xml(fullName=name, label=label, type=kind, **more)


def key(name: str) -> str:
    """Return an external id as the product makes it."""
    return field(name, "Text", length=40, externalId="true", unique="true", caseSensitive="true")


def custom_object(name: str, **more: Any) -> str:
    label = name.removesuffix("__c").replace("_", " ")
    names = {"label": "Number", "type": "Text"}
    facts = {"label": label, "pluralLabel": f"{label}s", "nameField": names, "sharingModel": "ReadWrite"}
    return xml(fullName=name, **{**facts, **more}, deploymentStatus="Deployed")


def permission_set(name: str, *, fields: list[str] | None = None, objects: list[str] | None = None) -> str:
    """Return a set that lets its holders read and edit the fields, and do all with the objects."""
    listed = [{"editable": "true", "field": one, "readable": "true"} for one in fields or []]
    words = dict.fromkeys(("allowCreate", "allowDelete", "allowEdit", "allowRead"), "true")
    kept = [{**words, "object": one} for one in objects or []]
    return xml(fullName=name, label=name.replace("_", " "), fieldPermissions=listed, objectPermissions=kept)


def assign(visitor: Visitor, name: str, *, user_id: str = "") -> None:
    """Give a permission set to the integration user, or to someone else."""
    admin = operator(visitor)
    found = admin.query(f"SELECT Id FROM PermissionSet WHERE Name = '{name}'")[0]["Id"]
    admin.create("PermissionSetAssignment", AssigneeId=user_id or visitor.org.access.user_id, PermissionSetId=found)
