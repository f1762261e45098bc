"""The Web Connector's SOAP: the table of its operations, reading a call, writing an answer. Pure.

Sources: the Web Connector Programmer's Guide, pp. 61-80, and Intuit's WSDL (argument names and order);
getInteractiveURL, interactiveRejected and interactiveDone are known from the Guide only (pp. 71-76).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from xml.parsers import expat

from apatar.webconnector.errors import (
    BadAnswer,
    BadArgument,
    DoctypeRefused,
    DoorError,
    NotSoap,
    UnknownOperation,
    WrongNamespace,
)

NAMESPACE = "http://developer.intuit.com/"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"

MAX_ELEMENTS = 256  # a call has at most nine; what is left is room for headers
MAX_DEPTH = 16


class Kind(Enum):
    """What an operation answers."""

    TEXT = "string"
    NUMBER = "int"
    TEXTS = "ArrayOfString"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its arguments in the schema's order, and what it answers."""

    name: str
    arguments: tuple[str, ...]
    result: Kind = Kind.TEXT


OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation("serverVersion", ()),
        Operation("clientVersion", ("strVersion",)),
        Operation("authenticate", ("strUserName", "strPassword"), Kind.TEXTS),
        Operation(
            "sendRequestXML",
            ("ticket", "strHCPResponse", "strCompanyFileName", "qbXMLCountry", "qbXMLMajorVers", "qbXMLMinorVers"),
        ),
        Operation("receiveResponseXML", ("ticket", "response", "hresult", "message"), Kind.NUMBER),
        Operation("connectionError", ("ticket", "hresult", "message")),
        Operation("getLastError", ("ticket",)),
        Operation("closeConnection", ("ticket",)),
        Operation("getInteractiveURL", ("wcTicket", "sessionID")),
        Operation("interactiveRejected", ("wcTicket", "reason")),
        Operation("interactiveDone", ("wcTicket",)),
    )
}
NUMBER_ARGUMENTS = frozenset({"qbXMLMajorVers", "qbXMLMinorVers"})
OTHER_NAMES = {"Country": "qbXMLCountry"}  # Intuit's own sample, Guide p. 81

_NO_XML_CHARACTER = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FAULT_CODES_12 = {"Client": "Sender", "Server": "Receiver"}  # SOAP 1.2 part 1, section 5.4.6
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it was sent: every argument of its operation is there, empty where it was missing or nil."""

    operation: str
    # Holds passwords and tickets: never part of a log line.
    arguments: Mapping[str, str] = field(repr=False)
    envelope: str = SOAP11

    def __getitem__(self, name: str) -> str:
        return self.arguments[name]


def read_call(body: bytes, *, soap_action: str | None) -> Call:
    """Read one SOAP 1.1 or 1.2 envelope with one call in it. Raises CallRefused in one of its forms."""
    envelope = _Envelope()
    envelope.parse(body)
    operation = OPERATIONS[envelope.operation]
    _check_action(soap_action, operation.name)
    arguments = {name: envelope.arguments.get(name, "") for name in operation.arguments}
    return Call(operation.name, arguments, envelope.namespace)


def write_answer(operation: str, result: str | int | Sequence[str] | None, *, envelope: str = SOAP11) -> bytes:
    """Write the answer to a call on one line; None leaves the result out (.NET reads null). Raises BadAnswer."""
    kind = OPERATIONS[operation].result
    before, after = _FRAMES[envelope, operation]
    if result is None and kind is not Kind.NUMBER:
        return before + after
    if kind is Kind.TEXTS and isinstance(result, Sequence) and not isinstance(result, str):
        inner = b"".join(b"<string>" + _escaped(text) + b"</string>" for text in result)
    elif kind is Kind.NUMBER and isinstance(result, int) and not isinstance(result, bool):
        inner = b"%d" % result
    elif kind is Kind.TEXT and isinstance(result, str):
        inner = _escaped(result)
    else:
        raise BadAnswer
    tag = f"{operation}Result".encode()
    return b"".join((before, b"<", tag, b">", inner, b"</", tag, b">", after))


def write_fault(fault: DoorError, *, envelope: str = SOAP11) -> bytes:
    """Write a fault: its sentence is what .NET shows the person in front of the Web Connector."""
    sentence = _escaped(str(fault))
    before, after = _outside(envelope)
    if envelope == SOAP12:
        code = _FAULT_CODES_12[fault.side].encode()
        inner = (
            b"<soap:Code><soap:Value>soap:" + code + b"</soap:Value></soap:Code>"
            b'<soap:Reason><soap:Text xml:lang="en">' + sentence + b"</soap:Text></soap:Reason>"
        )
    else:
        inner = b"<faultcode>soap:" + fault.side.encode() + b"</faultcode><faultstring>" + sentence + b"</faultstring>"
    return before + b"<soap:Fault>" + inner + b"</soap:Fault>" + after


class _Envelope:
    """Receives the parser's events: refuses at the first thing that has no place in a call, keeps nothing else.

    Expat stops in the middle of a hostile message; a tree of it would have been built before anything was refused.
    """

    def __init__(self) -> None:
        self.namespace = ""
        self.operation = ""
        self.arguments: dict[str, str] = {}
        self._depth = 0
        self._elements = 0
        self._in_body = False
        self._bodies = 0
        self._argument = ""
        self._text: list[str] = []

    def parse(self, body: bytes) -> None:
        body, encoding = _plain_unicode(body)
        parser = expat.ParserCreate(encoding, namespace_separator=" ")
        parser.buffer_text = True
        parser.buffer_size = 65536
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            parser.Parse(body, True)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise NotSoap from error
        if not self.operation:
            raise NotSoap("The SOAP message has no call in its body; nothing was changed. Send exactly one call.")

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise NotSoap("The SOAP message has more elements than any call of the Web Connector; nothing was changed.")
        namespace, _, name = tag.rpartition(" ")
        if self._depth == 1:
            self._start_envelope(namespace, name)
        elif self._depth == 2:
            self._start_part(namespace, name)
        elif self._in_body and self._depth == 3:
            self._start_operation(namespace, name)
        elif self._in_body and self._depth == 4:
            self._start_argument(name)
        elif self._in_body:
            raise BadArgument

    def _start_envelope(self, namespace: str, name: str) -> None:
        if name != "Envelope" or namespace not in (SOAP11, SOAP12):
            raise NotSoap
        self.namespace = namespace

    def _start_part(self, namespace: str, name: str) -> None:
        if namespace == self.namespace and name == "Body":
            self._bodies += 1
            self._in_body = True
        if self._bodies > 1 or (namespace == self.namespace and name not in ("Header", "Body")):
            raise NotSoap("The SOAP message must have one body; nothing was changed. Send exactly one call.")

    def _start_operation(self, namespace: str, name: str) -> None:
        if self.operation:
            raise NotSoap("The SOAP message has several calls in its body; nothing was changed. Send exactly one call.")
        if namespace != NAMESPACE:
            raise WrongNamespace
        if name not in OPERATIONS:
            raise UnknownOperation
        self.operation = name

    def _start_argument(self, name: str) -> None:
        """Any namespace will do: in the RPC style the arguments have none."""
        self._argument = OTHER_NAMES.get(name, name)
        self._text = []
        if self._argument in self.arguments:
            raise BadArgument

    def _characters(self, text: str) -> None:
        if self._argument and self._depth == 4:
            self._text.append(text)

    def _end(self, _tag: str) -> None:
        if self._argument and self._depth == 4:
            self.arguments[self._argument] = "".join(self._text)
            self._argument = ""
        elif self._depth == 2:
            self._in_body = False
        self._depth -= 1


def _refuse_doctype(_name: str, _system: str | None, _public: str | None, _internal: bool) -> None:
    raise DoctypeRefused


def _plain_unicode(body: bytes) -> tuple[bytes, str | None]:
    """Turn UTF-16 into UTF-8 whatever its declaration says; leave everything else to its declaration."""
    if not body.startswith((b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")):
        return body, None
    encoding = "utf-16-be" if body.startswith((b"\xfe\xff", b"\x00<")) else "utf-16-le"
    return body.decode(encoding, "replace").removeprefix("\ufeff").encode(), "utf-8"


def _check_action(soap_action: str | None, operation: str) -> None:
    """Refuse a SOAPAction that names another operation than the body; absent or empty ones say nothing."""
    named = (soap_action or "").strip().strip('"').removeprefix(NAMESPACE)
    if named not in ("", operation):
        raise UnknownOperation("The SOAPAction header names another operation than the message; nothing was changed.")


def _escaped(text: str) -> bytes:
    """Escape text for XML; characters that XML 1.0 cannot hold are left out, because .NET refuses them."""
    text = _NO_XML_CHARACTER.sub("", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    return text.encode()


def _outside(envelope: str) -> tuple[bytes, bytes]:
    opening = f'<soap:Envelope xmlns:soap="{envelope}"><soap:Body>'.encode()
    return _DECLARATION + opening, b"</soap:Body></soap:Envelope>"


def _frame(envelope: str, operation: str) -> tuple[bytes, bytes]:
    before, after = _outside(envelope)
    opening = f'<{operation}Response xmlns="{NAMESPACE}">'.encode()
    return before + opening, f"</{operation}Response>".encode() + after


_FRAMES = {(envelope, name): _frame(envelope, name) for envelope in (SOAP11, SOAP12) for name in OPERATIONS}
