"""Reading calls and writing answers."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from apatar.webconnector.errors import (
    BadAnswer,
    BadArgument,
    CallRefused,
    DoctypeRefused,
    NotSoap,
    OperationFailed,
    UnknownOperation,
    WrongNamespace,
)
from apatar.webconnector.soap import NAMESPACE, OPERATIONS, SOAP11, SOAP12, Kind, read_call, write_answer, write_fault
from tests.webconnector.callers import a_call, envelope

GOOD = a_call("getLastError", ticket="t-1")


def read(body: bytes, soap_action: str | None = None) -> tuple[str, dict[str, str]]:
    call = read_call(body, soap_action=soap_action)
    return call.operation, dict(call.arguments)


def read_text(answer: bytes) -> str | None:
    """The text of the result, as an independent parser sees it."""
    [result] = etree.fromstring(answer)[0][0]
    return result.text


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_read_with_its_arguments_in_the_schemas_order(name: str) -> None:
    sent = {argument: f"<{argument}> & é" for argument in OPERATIONS[name].arguments}
    operation, arguments = read(a_call(name, **sent))
    assert (operation, list(arguments.items())) == (name, list(sent.items()))


def test_arguments_in_another_order_land_where_they_belong() -> None:
    _, arguments = read(a_call("authenticate", strPassword="p", strUserName="u"))
    assert list(arguments.values()) == ["u", "p"]


def test_missing_empty_and_nil_arguments_are_all_empty() -> None:
    inner = '<ticket>t</ticket><response xsi:nil="true"/><hresult />'
    assert read(envelope(f'<receiveResponseXML xmlns="{NAMESPACE}">{inner}</receiveResponseXML>'))[1] == {
        "ticket": "t",
        "response": "",
        "hresult": "",
        "message": "",
    }


def test_country_is_taken_for_qbxmlcountry() -> None:
    _, arguments = read(a_call("sendRequestXML", ticket="t", Country="CA"))
    assert arguments["qbXMLCountry"] == "CA"


def test_arguments_that_no_operation_has_are_passed_over() -> None:
    assert read(a_call("getLastError", ticket="t", surprise="x"))[1] == {"ticket": "t"}


def test_any_prefix_will_do() -> None:
    body = GOOD.replace(b"soap:", b"SOAP-ENV:").replace(b"xmlns:soap=", b"xmlns:SOAP-ENV=")
    assert read(body)[0] == "getLastError"


def test_a_prefixed_wrapper_and_prefixed_arguments_are_read() -> None:
    body = envelope(f'<q:getLastError xmlns:q="{NAMESPACE}"><q:ticket>t</q:ticket></q:getLastError>')
    assert read(body) == ("getLastError", {"ticket": "t"})


def test_the_rpc_style_is_read() -> None:
    inner = (
        '<q1:clientVersion soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
        f' xmlns:q1="{NAMESPACE}"><strVersion xsi:type="xsd:string">2.3.0.215</strVersion></q1:clientVersion>'
    )
    assert read(envelope(inner)) == ("clientVersion", {"strVersion": "2.3.0.215"})


def test_headers_are_passed_over() -> None:
    body = GOOD.replace(
        b"<soap:Body>", b'<soap:Header><x:a xmlns:x="urn:x"><x:b>1</x:b></x:a></soap:Header><soap:Body>'
    )
    assert read(body)[1] == {"ticket": "t-1"}


def test_soap_1_2_is_remembered_for_the_answer() -> None:
    assert read_call(a_call("serverVersion", soap=SOAP12), soap_action=None).envelope == SOAP12


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("declared", ["utf-8", "utf-16"])
def test_unicode_is_read_in_every_clothing(encoding: str, declared: str) -> None:
    if declared == "utf-16" and encoding.startswith("utf-8"):
        declared = "UTF-8"
    text = a_call("getLastError", ticket="Žluťoučký 🐎").decode().replace('encoding="utf-8"', f'encoding="{declared}"')
    assert read(text.encode(encoding))[1] == {"ticket": "Žluťoučký 🐎"}


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_text_arrives_as_it_was_sent(text: str) -> None:
    assert read(a_call("getLastError", ticket=text))[1] == {"ticket": text}


@pytest.mark.parametrize("action", [None, "", '""', '"http://developer.intuit.com/getLastError"', "getLastError"])
def test_a_soap_action_that_agrees_or_says_nothing_is_accepted(action: str | None) -> None:
    assert read(GOOD, action)[0] == "getLastError"


def test_a_soap_action_for_another_operation_is_refused() -> None:
    with pytest.raises(UnknownOperation, match="SOAPAction"):
        read(GOOD, '"http://developer.intuit.com/closeConnection"')


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]>'
WRAPPER = f'<getLastError xmlns="{NAMESPACE}"><ticket>t</ticket></getLastError>'


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (b"", NotSoap),
        (b"hello", NotSoap),
        (b"<html><body>Not here</body></html>", NotSoap),
        (GOOD[:-1], NotSoap),
        (GOOD + b"<more/>", NotSoap),
        (GOOD.replace(b"t-1", b"\x01"), NotSoap),
        (GOOD.replace(b"t-1", b"&#1;"), NotSoap),
        (GOOD.replace(b"t-1", b"\xff\xfe"), NotSoap),
        (GOOD.replace(b"utf-8", b"utf-7"), NotSoap),
        (GOOD.replace(b"utf-8", b"no-such-thing"), NotSoap),
        (GOOD.replace(SOAP11.encode(), b"urn:another"), NotSoap),
        (envelope(""), NotSoap),
        (envelope(WRAPPER + WRAPPER), NotSoap),
        (GOOD.replace(b"</soap:Body>", b"</soap:Body><soap:Body/>"), NotSoap),
        (GOOD.replace(b"soap:Body", b"soap:Torso"), NotSoap),
        (DOCTYPE + GOOD.partition(b"?>")[2], DoctypeRefused),
        (DOCTYPE.replace(b"<!ENTITY", b"<!ENTITY % p 'q'><!ENTITY") + GOOD.partition(b"?>")[2], DoctypeRefused),
        ((DOCTYPE + GOOD.partition(b"?>")[2]).decode().encode("utf-16"), DoctypeRefused),
        (a_call("getLastError").replace(NAMESPACE.encode(), b"http://developer.intuit.com"), WrongNamespace),
        (envelope("<getLastError><ticket>t</ticket></getLastError>"), WrongNamespace),
        (a_call("dropTables"), UnknownOperation),
        (envelope(WRAPPER.replace("t</", "t<b>x</b></")), BadArgument),
        (envelope(WRAPPER.replace("<ticket>", "<ticket>x</ticket><ticket>")), BadArgument),
        (envelope(WRAPPER.replace("<ticket>", "<x/>" * 300 + "<ticket>")), CallRefused),
        (
            GOOD.replace(b"<soap:Body>", b"<soap:Header>" + b"<a>" * 20 + b"</a>" * 20 + b"</soap:Header><soap:Body>"),
            NotSoap,
        ),
        (b"<a>" * 100_000, NotSoap),
    ],
)
def test_what_is_no_proper_call_is_refused(body: bytes, refusal: type[CallRefused]) -> None:
    with pytest.raises(refusal):
        read(body)


def test_a_call_does_not_print_its_password() -> None:
    assert "hunter2" not in repr(read_call(a_call("authenticate", strPassword="hunter2"), soap_action=None))


def test_answers_start_with_the_declaration_and_stay_on_one_line() -> None:
    answer = write_answer("closeConnection", "OK")
    assert answer.startswith(b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope ')
    assert b"\n" not in answer


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("soap", [SOAP11, SOAP12])
def test_answers_carry_the_namespace_and_names_that_net_looks_for(name: str, soap: str) -> None:
    result: dict[Kind, str | int | list[str]] = {Kind.TEXT: "x", Kind.NUMBER: 7, Kind.TEXTS: ["a", ""]}
    answer = etree.fromstring(write_answer(name, result[OPERATIONS[name].result], envelope=soap))
    assert answer.tag == f"{{{soap}}}Envelope"
    assert answer[0][0].tag == f"{{{NAMESPACE}}}{name}Response"
    assert answer[0][0][0].tag == f"{{{NAMESPACE}}}{name}Result"


def test_authenticate_answers_an_array_of_strings() -> None:
    [result] = etree.fromstring(write_answer("authenticate", ["t", "", "60"]))[0][0]
    assert [(item.tag, item.text or "") for item in result] == [(f"{{{NAMESPACE}}}string", x) for x in ("t", "", "60")]


def test_no_result_leaves_the_element_out() -> None:
    assert len(etree.fromstring(write_answer("clientVersion", None))[0][0]) == 0


@given(text=st.text())
def test_any_text_can_be_answered_and_only_impossible_characters_are_lost(text: str) -> None:
    kept = "".join(
        c for c in text if c in "\t\n\r" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    )
    assert (read_text(write_answer("sendRequestXML", text)) or "") == kept


@pytest.mark.parametrize(
    ("operation", "result"),
    [
        ("receiveResponseXML", "42"),
        ("receiveResponseXML", 4.2),
        ("receiveResponseXML", True),
        ("receiveResponseXML", None),
        ("closeConnection", 1),
        ("closeConnection", ["OK"]),
        ("authenticate", "ticket"),
        ("authenticate", 1),
    ],
)
def test_a_result_of_the_wrong_kind_is_never_written(operation: str, result: object) -> None:
    with pytest.raises(BadAnswer):
        write_answer(operation, result)  # type: ignore[arg-type]


def test_a_fault_says_whose_fault_it_is_and_what_to_do() -> None:
    ours, theirs = (etree.fromstring(write_fault(fault))[0][0] for fault in (OperationFailed("a < b & c"), NotSoap()))
    assert (ours.findtext("faultcode"), ours.findtext("faultstring")) == ("soap:Server", "a < b & c")
    assert theirs.findtext("faultcode") == "soap:Client"


def test_a_fault_of_soap_1_2_has_code_and_reason() -> None:
    fault = etree.fromstring(write_fault(NotSoap("Not this."), envelope=SOAP12))[0][0]
    assert fault.findtext(f"{{{SOAP12}}}Code/{{{SOAP12}}}Value") == "soap:Sender"
    assert fault.findtext(f"{{{SOAP12}}}Reason/{{{SOAP12}}}Text") == "Not this."


def test_two_megabytes_of_customers_come_out_whole() -> None:
    answer = "<CustomerRet>\n<Name>Kern &amp; Söhne</Name>\n</CustomerRet>\n" * 36_000
    body = a_call("receiveResponseXML", ticket="t", response=answer, hresult="", message="")
    assert len(answer) > 2_000_000
    assert body.count(escape(answer).encode()) == 1
    assert read(body)[1]["response"] == answer
