"""The Metadata SOAP API: /services/Soap/m, the synchronous calls for up to ten components of one type."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from typing import Any

from lxml import etree

from apatar.sandbox.salesforce.access import Access
from apatar.sandbox.salesforce.errors import JsonObject, LoginFault, Refused
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.metadata_components import TYPES, Components, check_type
from apatar.sandbox.salesforce.metadata_deploy import check, deploy, facts_of
from apatar.sandbox.salesforce.metadata_facts import Facts, text
from apatar.sandbox.salesforce.metadata_permissions import may_customize
from apatar.sandbox.salesforce.state import Actor, State
from apatar.sandbox.salesforce.wire import Request, Response

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PATH = re.compile(r"/services/Soap/m/(\d+(?:\.\d)?)(?:/\w*)*")
_VERSIONS = (31.0, 68.0)
_MOST = 10
_DIRECTORIES = {"CustomObject": "objects", "PermissionSet": "permissionsets"}
_ROLLED_BACK = Refused(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


class _RollBack(Exception):
    """Leaves the undoable block of a call that must not be kept."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: its name, its elements, and whether its header wants all or none."""

    name: str
    call: Any
    all_or_none: bool
    session: str


@dataclass(frozen=True, slots=True)
class MetadataDoor:
    """Answers POSTs to /services/Soap/m."""

    state: State
    access: Access
    book: FaultBook

    def answer(self, request: Request) -> Response:
        match = _PATH.fullmatch(request.path)
        if match is None:
            return Response(404, b"", {"Content-Type": "text/html"})
        try:
            asked = _read(request.body)
            actor = self._admit(asked, float(match.group(1)))
            body = self._run(asked, Components(self.state, actor))
        except LoginFault as fault:
            return _xml(500, _fault(fault))
        return _xml(200, f'<{asked.name}Response xmlns="{NAMESPACE}">{body}</{asked.name}Response>')

    def _admit(self, asked: Asked, version: float) -> Actor:
        """Return who asks; raises a fault for an unknown session, and for whoever may not change the org."""
        oldest, newest = _VERSIONS
        if not oldest <= version <= newest:
            message = f"Invalid Api version specified on URL: {version}"  # unverified text
            raise LoginFault("UNSUPPORTED_API_VERSION", message)
        try:
            actor = self.access.actor(f"Bearer {asked.session}")
        except Refused:
            message = "Invalid Session ID found in SessionHeader: Illegal Session"
            raise LoginFault("INVALID_SESSION_ID", message) from None
        self._check_limits(actor)
        if not may_customize(self.state, actor):
            # The sentence is of a request logged in the public issue forcedotcom/cli 3048.
            message = "use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions"
            raise LoginFault("INSUFFICIENT_ACCESS", message)
        return actor

    def _check_limits(self, actor: Actor) -> None:
        if actor.is_operator:
            return
        if self.book.in_force.request_limit or self.state.calls_today() >= self.book.in_force.daily_limit:
            raise LoginFault("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        self.state.count_call()

    def _run(self, asked: Asked, components: Components) -> str:
        calls: dict[str, Callable[[Asked, Components], str]] = {
            "upsertMetadata": _upsert,
            "createMetadata": _create,
            "updateMetadata": _update,
            "deleteMetadata": _delete,
            "readMetadata": _read_back,
            "listMetadata": _list,
            "describeMetadata": _describe,
            "deploy": _deploy,
            "checkDeployStatus": _check,
        }
        if asked.name not in calls:
            raise LoginFault("soapenv:Client", f"No operation available for request {asked.call.tag}", kind="")
        try:
            return calls[asked.name](asked, components)
        except Refused as refusal:
            raise LoginFault(refusal.code, refusal.message) from None


def _upsert(asked: Asked, components: Components) -> str:
    return _put_all(asked, components, may_create=True, may_update=True)


def _create(asked: Asked, components: Components) -> str:
    return _put_all(asked, components, may_create=True, may_update=False)


def _update(asked: Asked, components: Components) -> str:
    return _put_all(asked, components, may_create=False, may_update=True)


def _put_all(asked: Asked, components: Components, *, may_create: bool, may_update: bool) -> str:
    elements = asked.call.findall(f"{{{NAMESPACE}}}metadata")
    kind = _kind_of(elements)
    tells = asked.name == "upsertMetadata"

    def put(facts: Facts) -> JsonObject:
        made = components.put(kind, facts, may_create=may_create, may_update=may_update)
        return {"created": made} if tells else {}

    listed = [facts_of(one) for one in elements]
    named = [(text(one, "fullName"), one) for one in listed]
    return _each(components, named, put, asked.all_or_none, {"created": False} if tells else {})


def _delete(asked: Asked, components: Components) -> str:
    kind, names = _named(asked, "type", "fullNames")

    def remove(facts: Facts) -> JsonObject:
        components.delete(kind, text(facts, "fullName"))
        return {}

    return _each(components, [(one, {"fullName": one}) for one in names], remove, asked.all_or_none, {})


def _each(
    components: Components,
    listed: list[tuple[str, Facts]],
    act: Callable[[Facts], JsonObject],
    all_or_none: bool,
    frame: JsonObject,
) -> str:
    if len(listed) > _MOST:
        # The limit is documented; code and text of the refusal are unverified.
        raise Refused("LIMIT_EXCEEDED", f"Maximum number of components in one call exceeded: {_MOST}")
    results: list[tuple[str, JsonObject, Refused | None]] = []
    with _all_or_none(components):
        for name, facts in listed:
            try:
                results.append((name, act(facts), None))
            except Refused as refusal:
                results.append((name, frame, refusal))
        if all_or_none and any(refusal for _, _, refusal in results):
            raise _RollBack
    if all_or_none and any(refusal for _, _, refusal in results):
        results = [(name, frame, refusal or _ROLLED_BACK) for name, _, refusal in results]
    return "".join(_result(name, more, refusal) for name, more, refusal in results)


@contextmanager
def _all_or_none(components: Components) -> Iterator[None]:
    try:
        with components.undoable():
            yield
    except _RollBack:
        return


def _read_back(asked: Asked, components: Components) -> str:
    kind, names = _named(asked, "type", "fullNames")
    if len(names) > _MOST:
        raise Refused("LIMIT_EXCEEDED", f"Maximum number of components in one call exceeded: {_MOST}")
    found = [components.read(kind, one) for one in names]
    shown = [
        '<records xsi:nil="true"/>' if one is None else f'<records xsi:type="{kind}">{_elements(one)}</records>'
        for one in found
    ]
    return f"<result>{''.join(shown)}</result>"


def _list(asked: Asked, components: Components) -> str:
    query = asked.call.find(f"{{{NAMESPACE}}}queries")
    kind = "" if query is None else query.findtext(f"{{{NAMESPACE}}}type") or ""
    check_type(kind)
    schema = components.state.schema
    names = {
        "CustomObject": [one.name for one in schema.values() if not one.setup],
        "CustomField": [f"{o.name}.{f.name}" for o in schema.values() for f in o.fields.values() if f.custom],
        "PermissionSet": [str(one["Name"]) for one in components.state.rows(schema["permissionset"], "1", ())],
    }
    return "".join(
        f"<result>{_elements({'fullName': one, 'fileName': one, 'type': kind})}</result>" for one in names[kind]
    )


def _describe(_asked: Asked, _components: Components) -> str:
    listed = "".join(
        f"<metadataObjects>{_elements(_directory(kind))}</metadataObjects>" for kind in TYPES if kind in _DIRECTORIES
    )
    tail = "<organizationNamespace></organizationNamespace><partialSaveAllowed>true</partialSaveAllowed>"
    return f"<result>{listed}{tail}<testRequired>false</testRequired></result>"


def _deploy(asked: Asked, components: Components) -> str:
    return f"<result>{_elements(deploy(facts_of(asked.call), components))}</result>"


def _check(asked: Asked, components: Components) -> str:
    return f"<result>{_elements(check(facts_of(asked.call), components))}</result>"


def _directory(kind: str) -> Facts:
    folder = _DIRECTORIES[kind]
    children = {"childXmlNames": ["CustomField"]} if kind == "CustomObject" else {}
    tail = {"directoryName": folder, "inFolder": "false", "metaFile": "false", "suffix": folder[:-1], "xmlName": kind}
    return {**children, **tail}


def _kind_of(elements: list[Any]) -> str:
    """Return the one type of a call's components (the codes and texts are unverified)."""
    kinds = {str(one.get(f"{{{_XSI}}}type", "")).rpartition(":")[2] for one in elements}
    if len(kinds) != 1:
        raise Refused("INVALID_TYPE", "All components of a call must be of the same type")
    kind = kinds.pop()
    check_type(kind)
    return kind


def _named(asked: Asked, kind: str, names: str) -> tuple[str, list[str]]:
    wanted = asked.call.findtext(f"{{{NAMESPACE}}}{kind}") or ""
    check_type(wanted)
    return wanted, [(one.text or "").strip() for one in asked.call.findall(f"{{{NAMESPACE}}}{names}")]


def _result(name: str, more: JsonObject, refusal: Refused | None) -> str:
    """Return one result, its elements in the order of the recordings."""
    facts: Facts = dict(more)
    if refusal is not None:
        fields = {"fields": list(refusal.fields)} if refusal.fields else {}
        facts["errors"] = {**fields, "message": refusal.message, "statusCode": refusal.code}
    return f"<result>{_elements({**facts, 'fullName': name, 'success': refusal is None})}</result>"


def _elements(facts: Facts) -> str:
    return "".join(_element(name, one) for name, value in facts.items() for one in _listed(value))


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        return f"<{name}>{_elements(value)}</{name}>"
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(shown, quote=False)}</{name}>"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _read(body: bytes) -> Asked:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise LoginFault("soapenv:Client", f"XML is not well formed: {error}", kind="") from None
    if b"<!DOCTYPE" in body:
        raise LoginFault("soapenv:Client", "A document type declaration is not allowed.", kind="")
    call = root.find(f"{{{_SOAP}}}Body/*")
    if root.tag != f"{{{_SOAP}}}Envelope" or call is None or etree.QName(call).namespace != NAMESPACE:
        name = "" if call is None else str(call.tag)
        raise LoginFault("soapenv:Client", f"No operation available for request {name}", kind="")
    header = f"{{{_SOAP}}}Header/{{{NAMESPACE}}}"
    session = root.findtext(f"{header}SessionHeader/{{{NAMESPACE}}}sessionId") or ""
    all_or_none = root.findtext(f"{header}AllOrNoneHeader/{{{NAMESPACE}}}allOrNone") or ""
    return Asked(etree.QName(call).localname, call, all_or_none.strip().lower() in ("true", "1"), session.strip())


def _fault(fault: LoginFault) -> str:
    """Return a fault as the Metadata API writes it: without a detail (forcedotcom/cli 3048)."""
    code = f"sf:{fault.code}" if fault.kind else fault.code
    message = f"{fault.code}: {fault.message}" if fault.kind else fault.message
    return (
        f"<soapenv:Fault><faultcode>{code}</faultcode>"
        f"<faultstring>{escape(message, quote=False)}</faultstring></soapenv:Fault>"
    )


def _xml(status: int, inner: str) -> Response:
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:sf="{NAMESPACE}"'
        f' xmlns:xsi="{_XSI}"><soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>'
    )
    return Response(status, body.encode(), {"Content-Type": "text/xml;charset=UTF-8"})
