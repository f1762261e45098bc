"""The envelopes of the Web Connector, byte for byte, and its .NET-strict reading of the answers.

The shape of a request is that of captured ones: one line, the default namespace on the operation, empty elements for
empty strings. The reading is as narrow as .NET Framework's SOAP client was measured to be.
"""

import re
from collections.abc import Sequence

from lxml import etree

from apatar.sandbox.webconnector.errors import CallFailed

INTUIT = "http://developer.intuit.com/"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

ARGUMENTS: dict[str, tuple[str, ...]] = {
    "serverVersion": (),
    "clientVersion": ("strVersion",),
    "authenticate": ("strUserName", "strPassword"),
    "sendRequestXML": (
        "ticket",
        "strHCPResponse",
        "strCompanyFileName",
        "qbXMLCountry",
        "qbXMLMajorVers",
        "qbXMLMinorVers",
    ),
    "receiveResponseXML": ("ticket", "response", "hresult", "message"),
    "connectionError": ("ticket", "hresult", "message"),
    "getLastError": ("ticket",),
    "closeConnection": ("ticket",),
    "getInteractiveURL": ("wcTicket", "sessionID"),
    "interactiveRejected": ("wcTicket", "reason"),
    "interactiveDone": ("wcTicket",),
}
"""The operations with their arguments in schema order (Intuit's WSDL; the interactive ones: Guide, pages 71-76)."""

_OPENING = (
    '<?xml version="1.0" encoding="utf-8"?>'
    f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_CLOSING = "</soap:Body></soap:Envelope>"
_SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_call(operation: str, arguments: Sequence[str]) -> bytes:
    """Return the envelope of one call; the arguments stand in schema order."""
    names = ARGUMENTS[operation]
    inner = "".join(_element(name, value) for name, value in zip(names, arguments, strict=True))
    opened = f'<{operation} xmlns="{INTUIT}"'
    call = f"{opened}>{inner}</{operation}>" if inner else f"{opened} />"
    return f"{_OPENING}{call}{_CLOSING}".encode()


def _element(name: str, value: str) -> str:
    return f"<{name}>{_escaped(value)}</{name}>" if value else f"<{name} />"


def _escaped(value: str) -> str:
    """Escape as .NET's writer does: quotes stay, a carriage return becomes a reference and so survives."""
    return _SPECIAL.sub(lambda match: _ENTITIES.get(match[0]) or f"&#x{ord(match[0]):X};", value)


def read_text(operation: str, body: bytes) -> str | None:
    """Return the string result, or None where .NET would see null; raises CallFailed on what .NET refuses."""
    result = _result(operation, body)
    return None if result is None else _simple_text(result)


def read_integer(operation: str, body: bytes) -> int:
    """Return the int result; a float, an empty or a missing result is refused."""
    text = (read_text(operation, body) or "").strip(" \t\r\n")
    if not re.fullmatch(r"[+-]?\d{1,10}", text) or not -(2**31) <= int(text) < 2**31:
        raise CallFailed("There is an error in XML document. Input string was not in a correct format.")
    return int(text)


def read_strings(operation: str, body: bytes) -> list[str | None] | None:
    """Return the strings of an ArrayOfString, None for nil ones; None where .NET would see no array at all."""
    result = _result(operation, body)
    if result is None or result.get(NIL) in {"true", "1"}:
        return None
    return [_simple_text(child) for child in result.iterchildren(f"{{{INTUIT}}}string")]


def read_fault(body: bytes) -> CallFailed | None:
    """Return the SOAP fault of a body, or None where it holds none; a Client fault means an unknown operation."""
    try:
        content = _content(body)
    except CallFailed:
        return None
    if content is None or content.tag != f"{{{SOAP}}}Fault":
        return None
    code = (content.findtext("faultcode") or "").strip()
    sentence = (content.findtext("faultstring") or "").strip() or "The server sent a fault without a text."
    return CallFailed(sentence, tolerable=code.rpartition(":")[2].startswith("Client"))


def _result(operation: str, body: bytes) -> etree._Element | None:
    fault = read_fault(body)
    if fault:
        raise fault
    content = _content(body)
    if content is None or content.tag != f"{{{INTUIT}}}{operation}Response":
        return None
    return content.find(f"{{{INTUIT}}}{operation}Result")


def _content(body: bytes) -> etree._Element | None:
    """Return the first element of the SOAP body, or None where the body is empty."""
    envelope = _parsed(body)
    if envelope.tag != f"{{{SOAP}}}Envelope":
        raise CallFailed("Possible SOAP version mismatch: the answer is not a SOAP 1.1 envelope.")
    soap_body = envelope.find(f"{{{SOAP}}}Body")
    return None if soap_body is None else next(soap_body.iterchildren(etree.Element), None)


def _parsed(body: bytes) -> etree._Element:
    if not body.removeprefix(b"\xef\xbb\xbf").startswith(b"<?xml"):
        raise CallFailed("Response is not well-formed XML: it does not start with the XML declaration.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        envelope = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise CallFailed(f"Response is not well-formed XML. {error.msg}") from error
    if envelope.getroottree().docinfo.internalDTD is not None:
        raise CallFailed("For security reasons DTD is prohibited in this XML document.")
    return envelope


def _simple_text(element: etree._Element) -> str | None:
    if element.get(NIL) in {"true", "1"}:
        return None
    if next(element.iterchildren(), None) is not None:
        raise CallFailed(f"There is an error in XML document: {etree.QName(element).localname} must hold plain text.")
    return element.text or ""
