"""Requests have the captured bytes; answers are read as narrowly as .NET reads them."""

import pytest
from lxml import etree

from apatar.sandbox.webconnector import envelope
from apatar.sandbox.webconnector.errors import CallFailed
from tests.sandbox.webconnector import stub
from tests.shared_folder import needs_shared, shared

CAPTURED_OPENING = (
    '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)


def test_an_answer_of_quickbooks_travels_with_the_captured_bytes() -> None:
    response = '<?xml version="1.0" ?>\n<QBXML statusMessage="a &quot;b&quot;">\n</QBXML>\n'
    sent = envelope.write_call("receiveResponseXML", ["354f", response, "", ""])
    assert sent == (
        CAPTURED_OPENING + '<receiveResponseXML xmlns="http://developer.intuit.com/"><ticket>354f</ticket>'
        '<response>&lt;?xml version="1.0" ?&gt;\n&lt;QBXML statusMessage="a &amp;quot;b&amp;quot;"&gt;\n'
        "&lt;/QBXML&gt;\n</response><hresult /><message /></receiveResponseXML></soap:Body></soap:Envelope>"
    ).encode("ascii")


def test_a_call_without_arguments_is_one_empty_element() -> None:
    sent = envelope.write_call("serverVersion", [])
    assert b'<soap:Body><serverVersion xmlns="http://developer.intuit.com/" /></soap:Body>' in sent


def test_what_xml_would_lose_is_sent_as_a_reference() -> None:
    sent = envelope.write_call("getLastError", ["a\r\nb\té€"])
    assert "<ticket>a&#xD;\nb\té€</ticket>".encode() in sent


@needs_shared
def test_the_arguments_stand_as_in_intuits_wsdl() -> None:
    schema = "{http://www.w3.org/2001/XMLSchema}"
    wsdl = etree.parse(shared("facts/QBWebConnectorSvc.wsdl"))
    known = {}
    for element in wsdl.iterfind(f".//{schema}schema/{schema}element"):
        known[element.get("name")] = tuple(found.get("name") or "" for found in element.iter(f"{schema}element"))[1:]
    for operation, arguments in envelope.ARGUMENTS.items():
        if not operation.startswith(("getInteractive", "interactive")):
            assert known[operation] == arguments


@pytest.mark.parametrize("answer", ["", "text", "a < b & c", "  kept  "])
def test_a_text_is_read(answer: str) -> None:
    assert envelope.read_text("getLastError", stub.envelope("getLastError", answer)) == answer


def test_a_missing_result_is_null() -> None:
    assert envelope.read_text("getLastError", stub.envelope("getLastError", None)) is None


def test_a_byte_order_mark_is_taken() -> None:
    assert envelope.read_text("getLastError", b"\xef\xbb\xbf" + stub.envelope("getLastError", "x")) == "x"


@pytest.mark.parametrize(
    "content",
    [
        "<getLastErrorResponse><getLastErrorResult>x</getLastErrorResult></getLastErrorResponse>",
        (
            '<getLastErrorResponse xmlns="http://developer.intuit.com"><getLastErrorResult>x</getLastErrorResult>'
            "</getLastErrorResponse>"
        ),
        '<getLastErrorResponse xmlns="http://developer.intuit.com/"><return>x</return></getLastErrorResponse>',
        '<getLastError xmlns="http://developer.intuit.com/"><getLastErrorResult>x</getLastErrorResult></getLastError>',
        "",
    ],
    ids=["no namespace", "no trailing slash", "wrong result", "wrong wrapper", "empty body"],
)
def test_a_result_under_a_wrong_name_is_silently_null(content: str) -> None:
    assert envelope.read_text("getLastError", stub.enveloped(content)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"\n" + stub.envelope("getLastError", "x"),
        b"Warning: something\n" + stub.envelope("getLastError", "x"),
        stub.envelope("getLastError", "x").partition(b"?>")[2],
        stub.envelope("getLastError", "x").replace(b">x<", b">&#x1;<"),
        stub.envelope("getLastError", "x").replace(b">x<", b">\x01<"),
        stub.envelope("getLastError", "x")[:-5],
        stub.envelope("getLastError", "x").replace(b"?><s:", b"?><!DOCTYPE x><s:"),
        stub.envelope("getLastError", "x").replace(b">x<", b"><b>x</b><"),
        stub.envelope("getLastError", "x").replace(stub.SOAP.encode(), b"http://www.w3.org/2003/05/soap-envelope"),
        b"",
    ],
    ids=[
        "leading line", "leading text", "no declaration", "control reference", "control character", "cut", "doctype",
        "child element", "soap 1.2", "nothing",
    ],
)  # fmt: skip
def test_what_net_cannot_parse_fails_the_call(body: bytes) -> None:
    with pytest.raises(CallFailed):
        envelope.read_text("getLastError", body)


@pytest.mark.parametrize(("text", "percent"), [("0", 0), ("100", 100), (" -1\n", -1), ("+7", 7)])
def test_an_integer_is_read(text: str, percent: int) -> None:
    assert envelope.read_integer("receiveResponseXML", stub.envelope("receiveResponseXML", text)) == percent


@pytest.mark.parametrize("text", ["50.0", "", "fifty", "2147483648", "1 0", None])
def test_anything_but_an_int_fails_the_call(text: str | None) -> None:
    with pytest.raises(CallFailed, match="not in a correct format"):
        envelope.read_integer("receiveResponseXML", stub.envelope("receiveResponseXML", text))


def test_strings_are_read_and_nil_is_null() -> None:
    body = stub.envelope("authenticate", ["t", None, ""])
    assert envelope.read_strings("authenticate", body) == ["t", None, ""]


def test_strings_of_another_namespace_are_not_seen() -> None:
    body = stub.envelope("authenticate", ["t", ""]).replace(b"<string>", b'<string xmlns="urn:other">')
    assert envelope.read_strings("authenticate", body) == []


def test_a_fault_is_told_apart_by_whose_it_is() -> None:
    ours = envelope.read_fault(stub.fault("no such operation", "soap:Client").body)
    theirs = envelope.read_fault(stub.fault("it broke").body)
    assert ours is not None
    assert ours.tolerable
    assert theirs is not None
    assert (str(theirs), theirs.tolerable) == ("it broke", False)
