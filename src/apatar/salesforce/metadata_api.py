"""The Metadata API: the org's own make-up, read, created and removed by its SOAP calls.

`readMetadata`, `upsertMetadata` and `deleteMetadata` answer at once and take ten components of one type (facts,
section 5). The session is that of REST; unlike the login, these calls have no announced end.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from lxml import etree

from apatar.salesforce.calls import CLIENT_NAME
from apatar.salesforce.client import DATA_VERSION
from apatar.salesforce.credentials import Session
from apatar.salesforce.errors import NotAnswered, NotReached, NotUnderstood, RequestRefused, SalesforceError
from apatar.salesforce.refusals import refusal
from apatar.salesforce.results import SaveError, save_error
from apatar.salesforce.sessions import SessionSource
from apatar.salesforce.soap import SOAP, fault_in, read_body
from apatar.salesforce.transport import Answer, Transport
from apatar.salesforce.wire import write_json

MOST_COMPONENTS = 10
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_PREFIXES: Any = {None: NAMESPACE, "xsi": _XSI}
"""As in the recorded requests: the default namespace also qualifies the value of xsi:type."""
_PAUSES = (1.0, 3.0)
_PASSING = frozenset({"SERVER_UNAVAILABLE", "UNKNOWN_EXCEPTION"})
_SENTENCES = {
    "INSUFFICIENT_ACCESS": "This Salesforce user may not change the set-up of the org. Log in as an administrator: "
    "the permission is called Customize Application, or Modify Metadata Through Metadata API Functions.",
    "API_DISABLED_FOR_ORG": "The API is not part of this Salesforce edition, or is not enabled for the user. Ask the "
    "administrator for an edition and a profile with API Enabled.",
}

Value = str | bool | int | Mapping[str, "Value"] | Sequence["Value"]
"""What an element holds: text, other elements by name, or several of the same name."""

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Component:
    """One component: its type (`CustomField`), its full name (`Account.Balance__c`), and its elements by name."""

    kind: str
    full_name: str
    body: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetadataResult:
    """What became of one component; `error` where it was refused."""

    full_name: str
    created: bool = False
    error: SaveError | None = None

    @property
    def success(self) -> bool:
        return self.error is None


class MetadataClient:
    """Speaks the Metadata API of one org.

    Reads, upserts and deletions are repeated where they were not answered: none of them does its work twice. Raises
    the errors of `apatar.salesforce.errors`; a fault is a RequestRefused with Salesforce's code.
    """

    def __init__(
        self,
        source: SessionSource,
        transport: Transport,
        *,
        api_version: str = DATA_VERSION,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source = source
        self._transport = transport
        self._version = api_version
        self._sleep = sleep

    def read(self, kind: str, names: Sequence[str]) -> list[Component]:
        """The components of these names that are there, in order."""
        found: list[Component] = []
        for some in _tens(names):
            answer = self._call("readMetadata", _named(kind, some), writes=False)
            records = answer.iterfind(f"{{{NAMESPACE}}}result/{{{NAMESPACE}}}records")
            found += [_component(kind, one) for one in records if _text(one, "fullName")]
        return found

    def upsert(self, components: Sequence[Component]) -> list[MetadataResult]:
        """Create or overwrite components of one type; one result each, in order. One refusal stops no other."""
        done: list[MetadataResult] = []
        for some in _tens(components):
            parts = [_element("metadata", one.body, one) for one in some]
            done += _results(self._call("upsertMetadata", parts, writes=True), [one.full_name for one in some])
        return done

    def delete(self, kind: str, names: Sequence[str]) -> list[MetadataResult]:
        """Remove components with all data in them; one result each, in order."""
        done: list[MetadataResult] = []
        for some in _tens(names):
            done += _results(self._call("deleteMetadata", _named(kind, some), writes=True), some)
        return done

    def _call(self, operation: str, parts: Sequence[etree._Element], *, writes: bool) -> etree._Element:
        """Make one call, after one new login where the session has expired; returns the response element."""
        session = self._source.current()
        body = self._persistently(session, operation, parts, writes=writes)
        if _expired(body):
            session = self._source.renew(session)
            body = self._persistently(session, operation, parts, writes=writes)
        if _expired(body):
            raise self._source.reject(session)
        response = body.find(f"{{{NAMESPACE}}}{operation}Response")
        if response is None:
            raise _refused(body, writes=writes)
        return response

    def _persistently(
        self, session: Session, operation: str, parts: Sequence[etree._Element], *, writes: bool
    ) -> etree._Element:
        for pause in _PAUSES:
            try:
                return self._once(session, operation, parts, writes=writes)
            except (NotReached, NotAnswered) as error:
                if error.permanent:
                    raise
            self._sleep(pause)
        return self._once(session, operation, parts, writes=writes)

    def _once(
        self, session: Session, operation: str, parts: Sequence[etree._Element], *, writes: bool
    ) -> etree._Element:
        answer = self._transport.send(
            "POST",
            f"{session.instance_url}/services/Soap/m/{self._version}",
            headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '""'},
            content=_envelope(session.access_token, operation, parts),
            writes=writes,
        )
        try:
            return read_body(answer.body)
        except NotUnderstood as error:
            raise (refusal(answer, writes=writes) if answer.status >= 300 else error) from error


def each(tree: Mapping[str, Value], name: str) -> tuple[Mapping[str, Value], ...]:
    """The elements of a name that have elements of their own: none, one or several."""
    held = tree.get(name, ())
    several = held if isinstance(held, tuple | list) else (held,)
    return tuple(one for one in several if isinstance(one, Mapping))


def write_elements(parent: etree._Element, body: Mapping[str, Value]) -> None:
    """Write elements in the order of the WSDL: `fullName`, then by the alphabet."""
    for name in sorted(body, key=lambda one: (one != "fullName", one)):
        held = body[name]
        for one in held if isinstance(held, list | tuple) else (held,):
            child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
            if isinstance(one, Mapping):
                write_elements(child, one)
            else:
                child.text = _spelled(one)


def _envelope(token: str, operation: str, parts: Sequence[etree._Element]) -> bytes:
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP})
    header = etree.SubElement(root, f"{{{SOAP}}}Header", nsmap=_PREFIXES)
    write_elements(header, {"AllOrNoneHeader": {"allOrNone": False}, "CallOptions": {"client": CLIENT_NAME}})
    write_elements(header, {"SessionHeader": {"sessionId": token}})
    body = etree.SubElement(root, f"{{{SOAP}}}Body", nsmap=_PREFIXES)
    etree.SubElement(body, f"{{{NAMESPACE}}}{operation}").extend(parts)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _element(name: str, body: Mapping[str, Value], component: Component) -> etree._Element:
    element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_PREFIXES)
    element.set(f"{{{_XSI}}}type", component.kind)
    write_elements(element, {**body, "fullName": component.full_name})
    return element


def _named(kind: str, names: Sequence[str]) -> list[etree._Element]:
    texts = [("type", kind), *(("fullNames", one) for one in names)]
    elements = []
    for name, text in texts:
        element = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap=_PREFIXES)
        element.text = text
        elements.append(element)
    return elements


def _spelled(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _component(kind: str, element: etree._Element) -> Component:
    body = _tree(element)
    return Component(kind, str(body.pop("fullName")), body)


def _tree(element: etree._Element) -> dict[str, Value]:
    tree: dict[str, Value] = {}
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        value: Value = _tree(child) if len(child) else (child.text or "")
        held = tree.get(name)
        tree[name] = value if held is None else (*(held if isinstance(held, tuple) else (held,)), value)
    return tree


def _text(element: etree._Element, name: str) -> str:
    return element.findtext(f"{{{NAMESPACE}}}{name}") or ""


def _results(response: etree._Element, names: Sequence[str]) -> list[MetadataResult]:
    rows = response.findall(f"{{{NAMESPACE}}}result")
    if len(rows) != len(names):
        raise NotUnderstood(code="METADATA_ANSWER")
    return [_result(row, name) for row, name in zip(rows, names, strict=True)]


def _result(row: etree._Element, name: str) -> MetadataResult:
    if _text(row, "success") == "true":
        return MetadataResult(name, created=_text(row, "created") == "true")
    errors = row.find(f"{{{NAMESPACE}}}errors")
    code, message = (_text(errors, "statusCode"), _text(errors, "message")) if errors is not None else ("", "")
    return MetadataResult(name, error=save_error(code or "UNKNOWN_EXCEPTION", message))


def _fault(body: etree._Element) -> tuple[str, str]:
    """Code and text of the fault, the code without its prefix; empty where there is none."""
    fault = fault_in(body)
    if fault is None:
        return "", ""
    code = (fault.findtext("faultcode") or "").rpartition(":")[2]
    return code, (fault.findtext("faultstring") or "").removeprefix(f"{code}: ")


def _expired(body: etree._Element) -> bool:
    return _fault(body)[0] == "INVALID_SESSION_ID"


def _refused(body: etree._Element, *, writes: bool) -> SalesforceError:
    """Judge a fault as REST's error of the same code is judged."""
    code, text = _fault(body)
    if not code:
        return NotUnderstood(code="METADATA_ANSWER")
    if code in _SENTENCES:
        return RequestRefused(_SENTENCES[code], code=code, detail=text)
    status = 503 if code in _PASSING else 400
    return refusal(Answer(status, {}, write_json([{"errorCode": code, "message": text}])), writes=writes)


def _tens(values: Sequence[_Item]) -> Iterator[Sequence[_Item]]:
    for start in range(0, len(values), MOST_COMPONENTS):
        yield values[start : start + MOST_COMPONENTS]
