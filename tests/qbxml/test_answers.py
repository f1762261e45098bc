"""Answers of QuickBooks: captured ones, odd ones, hostile ones."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.qbxml.answers import Answer, AnswerSet, Ret, custom_fields, fields, lines, read_answers
from apatar.qbxml.errors import AnswerError
from apatar.qbxml.status import Outcome
from tests.shared_folder import SHARED, needs_shared, shared

CAPTURES = sorted(path.name for path in (SHARED / "captures/qbxml").glob("rs_*.xml")) if SHARED else []


def answer_set(inner: str, attributes: str = "") -> str:
    return f'<?xml version="1.0" ?><QBXML><QBXMLMsgsRs{attributes}>{inner}</QBXMLMsgsRs></QBXML>'


def customer_answer(ret: str) -> str:
    return answer_set(f'<CustomerQueryRs requestID="1" statusCode="0" statusSeverity="Info">{ret}</CustomerQueryRs>')


def only(text: str | bytes) -> Answer:
    (answer,) = read_answers(text).answers
    return answer


def only_ret(text: str | bytes) -> Ret:
    (ret,) = only(text).rets
    return ret


def captured(name: str) -> AnswerSet:
    return read_answers(shared(f"captures/qbxml/{name}").read_bytes())


CUSTOMER = (
    "<CustomerRet><ListID>80000001-1</ListID><TimeCreated>2023-01-01T08:00:00-05:00</TimeCreated>"
    "<TimeModified>2023-07-01T09:00:00-05:00</TimeModified><EditSequence>1688216400</EditSequence><Name>Job</Name>"
    "<FullName>Ann:Job</FullName><IsActive>false</IsActive><ParentRef><ListID>80000009-1</ListID><FullName>Ann</FullName>"
    "</ParentRef><ExternalGUID>{12345678-90ab-cdef-1234-567890abcdef}</ExternalGUID></CustomerRet>"
)


@needs_shared
@pytest.mark.parametrize("name", CAPTURES)
def test_every_captured_answer_is_read(name: str) -> None:
    found = captured(name)

    assert found.answers
    for answer in found.answers:
        assert answer.status.applied or not answer.rets
        for ret in answer.rets:
            assert fields(ret.xml).get("ListID", fields(ret.xml).get("TxnID")) == ret.remote_id


@needs_shared
def test_every_record_of_a_whole_company_is_read() -> None:
    companies = {name: captured(name).answers[0].rets for name in CAPTURES if "__billash" in name}
    counts = {name.split("_")[1]: len(rets) for name, rets in companies.items()}

    assert counts == {"accounts": 116, "creditcards": 2, "customers": 146, "vendors": 54}
    assert all(ret.remote_id and ret.edit_sequence and ret.modified for rets in companies.values() for ret in rets)


@needs_shared
def test_jobs_of_a_company_know_their_full_names() -> None:
    jobs = [ret for ret in captured("rs_customers__billash.xml").answers[0].rets if ":" in (ret.full_name or "")]

    assert jobs
    assert all(fields(job.xml)["ParentRef.FullName"] == (job.full_name or "").rpartition(":")[0] for job in jobs)


@needs_shared
@pytest.mark.parametrize(
    ("name", "outcomes"),
    [
        ("rs_customer_add_3090_then_3231__jsgoupil.xml", [Outcome.VALUE_REFUSED, Outcome.NOT_PROCESSED]),
        ("rs_customer_add_3180__consolibyte.xml", [Outcome.LOCKED]),
        ("rs_customer_query_response_error__qbwc.xml", [Outcome.OBJECT_MISSING]),
        ("rs_customer_query_response_warn__qbwc.xml", [Outcome.PARTLY_FOUND]),
        ("rs_customer_query_response_info__qbwc.xml", [Outcome.OK]),
    ],
)
def test_captured_failures_have_their_outcomes(name: str, outcomes: list[Outcome]) -> None:
    assert [answer.status.outcome for answer in captured(name).answers] == outcomes


@needs_shared
def test_a_captured_iterator_tells_what_remains() -> None:
    answer = captured("rs_customer_query_iterator__skryl.xml").answers[0]

    assert answer.iterator_id == "{eb05f701-e727-472f-8ade-6753c4f67a46}"
    assert answer.iterator_remaining == 18


@needs_shared
def test_a_captured_invoice_has_its_lines_in_order() -> None:
    invoice = captured("rs_invoice_query_iterator__consolibyte.xml").answers[0].rets[-1]

    assert [name for name, _ in lines(invoice.xml)] == ["InvoiceLineRet", "InvoiceLineRet"]
    assert [line["Amount"] for _, line in lines(invoice.xml)] == ["39.00", "144.00"]


def test_what_finds_a_record_is_at_hand() -> None:
    ret = only_ret(customer_answer(CUSTOMER))

    assert (ret.type, ret.remote_id, ret.edit_sequence) == ("Customer", "80000001-1", "1688216400")
    assert (ret.name, ret.full_name, ret.is_active) == ("Job", "Ann:Job", False)
    assert ret.external_guid == "{12345678-90ab-cdef-1234-567890abcdef}"
    assert ret.modified is not None
    assert ret.modified.text() == "2023-07-01T09:00:00"
    assert ret.created is not None
    assert ret.deleted is None


def test_the_records_own_xml_is_compact_and_complete() -> None:
    pretty = customer_answer(CUSTOMER).replace("><", ">\n  <")

    assert only_ret(pretty).xml.decode() == CUSTOMER


def test_white_space_inside_a_value_stays() -> None:
    ret = only_ret(customer_answer("<CustomerRet><Notes> one\n two </Notes><Fax> </Fax></CustomerRet>"))

    assert fields(ret.xml) == {"Notes": " one\n two ", "Fax": " "}


def test_repeating_aggregates_are_lists_even_when_they_stand_once() -> None:
    ret = only_ret(customer_answer("<CustomerRet><ContactsRet><FirstName>A</FirstName></ContactsRet></CustomerRet>"))

    assert fields(ret.xml) == {"ContactsRet": [{"FirstName": "A"}]}


def test_unknown_elements_and_values_are_kept() -> None:
    ret = only_ret(customer_answer("<CustomerRet><Mood>Sunny</Mood><Pets><Cat>Tom</Cat></Pets></CustomerRet>"))

    assert fields(ret.xml) == {"Mood": "Sunny", "Pets.Cat": "Tom"}


def test_unknown_records_are_kept_and_what_stands_twice_is_a_list() -> None:
    xml = b"<MoonRet><Tag>a</Tag><Tag>b</Tag><Crater><Name>X</Name></Crater><Crater><Name>Y</Name></Crater></MoonRet>"

    assert fields(xml) == {"Tag": ["a", "b"], "Crater": [{"Name": "X"}, {"Name": "Y"}]}


def test_custom_fields_are_named_by_their_names_and_the_public_one_wins() -> None:
    def field(owner: str, value: str) -> str:
        inner = f"<OwnerID>{owner}</OwnerID><DataExtName>Region</DataExtName><DataExtType>STR255TYPE</DataExtType>"
        return f"<DataExtRet>{inner}<DataExtValue>{value}</DataExtValue></DataExtRet>"

    xml = f"<CustomerRet>{field('0', 'North')}{field('{1}', 'secret')}</CustomerRet>".encode()

    assert fields(xml) == {"DataExt.Region": "North"}
    assert [(one.owner_id, one.value) for one in custom_fields(xml)] == [("0", "North"), ("{1}", "secret")]


def test_a_lines_custom_field_stays_with_its_line() -> None:
    field = "<DataExtRet><OwnerID>0</OwnerID><DataExtName>Lot</DataExtName><DataExtValue>7</DataExtValue></DataExtRet>"
    xml = f"<InvoiceRet><InvoiceLineRet><TxnLineID>1</TxnLineID>{field}</InvoiceLineRet></InvoiceRet>".encode()

    assert fields(xml) == {"InvoiceLineRet": [{"TxnLineID": "1", "DataExt.Lot": "7"}]}


def test_group_lines_stand_where_they_stood() -> None:
    line, group = (
        "<InvoiceLineRet><Desc>a</Desc></InvoiceLineRet>",
        "<InvoiceLineGroupRet><Desc>g</Desc></InvoiceLineGroupRet>",
    )
    xml = f"<InvoiceRet>{line}{group}{line}</InvoiceRet>".encode()

    assert [name for name, _ in lines(xml)] == ["InvoiceLineRet", "InvoiceLineGroupRet", "InvoiceLineRet"]


def test_a_stale_edit_sequence_returns_the_current_customer() -> None:
    message = "The provided edit sequence &quot;1272664823&quot; is out-of-date. "
    status = f'statusCode="3200" statusSeverity="Error" statusMessage="{message}"'
    answer = only(answer_set(f"<CustomerModRs {status}>{CUSTOMER}</CustomerModRs>"))

    assert answer.status.outcome is Outcome.STALE
    assert answer.rets[0].edit_sequence == "1688216400"


def test_a_deleted_row_says_what_it_was() -> None:
    row = (
        "<ListDeletedRet><ListDelType>Customer</ListDelType><ListID>1-1</ListID><TimeCreated>2020-01-01T00:00:00-05:00"
        "</TimeCreated><TimeDeleted>2024-01-01T00:00:00-05:00</TimeDeleted><FullName>Ann</FullName></ListDeletedRet>"
    )
    ret = only_ret(answer_set(f'<ListDeletedQueryRs statusCode="0">{row}</ListDeletedQueryRs>'))

    assert (ret.type, ret.deleted_type, ret.remote_id, ret.full_name) == ("ListDeleted", "Customer", "1-1", "Ann")
    assert ret.deleted is not None


@pytest.mark.parametrize(("what", "remote"), [("List", "ListID"), ("Txn", "TxnID")])
def test_the_answer_to_a_deletion_has_no_wrapper(what: str, remote: str) -> None:
    row = f"<{what}DelType>Thing</{what}DelType><{remote}>1-1</{remote}><TimeDeleted>2024-01-01T00:00:00</TimeDeleted>"
    ret = only_ret(answer_set(f'<{what}DelRs requestID="9" statusCode="0">{row}</{what}DelRs>'))

    assert (ret.type, ret.deleted_type, ret.remote_id) == (f"{what}Del", "Thing", "1-1")


def test_a_record_that_was_written_but_not_returned_is_named() -> None:
    recovery = "<ErrorRecovery><TxnID>1-1</TxnID><EditSequence>7</EditSequence></ErrorRecovery>"
    answer = only(answer_set(f'<InvoiceAddRs statusCode="510" statusSeverity="Warn">{recovery}</InvoiceAddRs>'))

    assert answer.recovery is not None
    assert (answer.recovery.remote_id, answer.status.applied) == ("1-1", True)


def test_answers_are_found_by_their_requests() -> None:
    found = read_answers(answer_set('<HostQueryRs requestID="a" statusCode="0"/><TermsQueryRs statusCode="1"/>'))

    assert list(found.by_request_id()) == ["a"]
    assert [answer.message for answer in found.answers] == ["HostQuery", "TermsQuery"]


@pytest.mark.parametrize(("code", "nothing"), [("600", True), ("9002", True), ("0", False)])
def test_the_message_set_tells_whether_anything_was_stored(code: str, nothing: bool) -> None:
    found = read_answers(answer_set("", f' messageSetStatusCode="{code}" newMessageSetID="run-1"'))

    assert (found.nothing_stored, found.new_message_set_id, found.answers) == (nothing, "run-1", ())


def test_an_answer_without_a_status_code_never_counts_as_done() -> None:
    assert not only(answer_set("<CustomerAddRs/>")).status.applied


@pytest.mark.parametrize("before", ["", "\ufeff", "\n  ", "\ufeff\n"])
def test_a_bom_and_leading_white_space_are_tolerated(before: str) -> None:
    text = before + customer_answer(CUSTOMER)

    assert only_ret(text) == only_ret(text.encode())


@pytest.mark.parametrize("encoding", ["windows-1252", "iso-8859-1", "utf-8", "UTF-8"])
def test_declared_encodings_are_honoured_in_bytes(encoding: str) -> None:
    inner = customer_answer("<CustomerRet><Name>Zoë</Name></CustomerRet>").removeprefix('<?xml version="1.0" ?>')
    data = f'<?xml version="1.0" encoding="{encoding}"?>{inner}'.encode(encoding)

    assert only_ret(data).name == "Zoë"


def test_text_that_declares_an_encoding_is_read_as_the_text_it_is() -> None:
    text = customer_answer("<CustomerRet><Name>Zoë</Name></CustomerRet>").replace(" ?>", ' encoding="utf-16"?>')

    assert only_ret(text).name == "Zoë"


def test_a_control_character_in_one_memo_does_not_hold_up_the_page() -> None:
    notes = "<CustomerRet><Notes>a&#x1B;b&#11;c\x02d&#10;e&#x1F;</Notes></CustomerRet>"

    assert fields(only_ret(customer_answer(notes)).xml) == {"Notes": "abcd\ne"}


BOMB = '<!DOCTYPE q [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "text",
    [
        f'<?xml version="1.0"?>{BOMB}<QBXML x="&b;"/>',
        f"<!-- <QBXML -->{BOMB}<QBXML/>",
        '<!DOCTYPE QBXML SYSTEM "file:///etc/passwd"><QBXML/>',
    ],
)
def test_a_document_type_is_refused_before_it_is_read(text: str) -> None:
    for form in (text, text.encode()):
        with pytest.raises(AnswerError, match="document type declaration"):
            read_answers(form)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-7", "utf-32"])
def test_an_encoding_that_could_hide_a_document_type_is_refused(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?>{BOMB}<QBXML/>'.encode(encoding)

    with pytest.raises(AnswerError):
        read_answers(data)


def test_an_encoding_declared_in_plain_text_can_not_hide_it_either() -> None:
    data = b'<?xml version="1.0" encoding="utf-7"?>' + f"{BOMB}<QBXML/>".encode().replace(b"<", b"+ADw-")

    with pytest.raises(AnswerError, match="encoding that QuickBooks doesn't use"):
        read_answers(data)


@pytest.mark.parametrize("hidden", ["<!DOC\x01TYPE", "<!\x00DOCTYPE", "<!DOCTYP&#1;E"])
def test_taking_control_characters_out_uncovers_no_document_type(hidden: str) -> None:
    with pytest.raises(AnswerError):
        read_answers(f"{hidden} q [<!ENTITY a 'aaaa'>]><QBXML><QBXMLMsgsRs/></QBXML>".encode())


@pytest.mark.parametrize(
    "text", ["", "   ", "<QBXML>", "<html/>", "<QBXML/>", "Internal Server Error", "<QBXML>&nbsp;</QBXML>", "\ud800"]
)
def test_damage_is_one_plain_sentence(text: str) -> None:
    with pytest.raises(AnswerError, match=r"^[A-Z][^\n]*\.$"):
        read_answers(text)


@given(st.binary() | st.text().map(lambda text: answer_set(text).encode("utf-8", "replace")))
def test_no_input_escapes_as_another_exception(data: bytes) -> None:
    with suppress(AnswerError):
        assert isinstance(read_answers(data), AnswerSet)


def test_a_page_larger_than_the_parsers_usual_limits_is_read() -> None:
    notes = "x" * 11_000_000

    assert fields(only_ret(customer_answer(f"<CustomerRet><Notes>{notes}</Notes></CustomerRet>")).xml)["Notes"] == notes
