from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.captured import load
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import (
    add,
    adding,
    attributes_of,
    change,
    message_set,
    named,
    names,
    one,
    query,
    status,
)
from tests.shared_folder import needs_shared, shared

CAPTURES = "captures/qbxml"
ALL = "<ActiveStatus>All</ActiveStatus>"

SMALL = """<?xml version="1.0" ?>
<QBXML><QBXMLMsgsRs><CustomerQueryRs statusCode="0"><CustomerRet>
  <ListID>80000001-1700000000</ListID><TimeCreated>2023-11-14T17:13:20-05:00</TimeCreated>
  <TimeModified>2023-11-14T17:13:20-05:00</TimeModified><EditSequence>1700000000</EditSequence>
  <Name>Acme</Name><FullName>Acme</FullName><IsActive>true</IsActive><Sublevel>0</Sublevel>
  <TermsRef><ListID>10000-933272658</ListID><FullName>Net 30</FullName></TermsRef><Balance>12.50</Balance>
  <DataExtRet><OwnerID>0</OwnerID><DataExtName>Size</DataExtName><DataExtType>STR255TYPE</DataExtType>
  <DataExtValue>L</DataExtValue></DataExtRet>
</CustomerRet></CustomerQueryRs></QBXMLMsgsRs></QBXML>"""


@pytest.fixture
def captured(tmp_path: Path) -> Path:
    file = tmp_path / "answer.xml"
    file.write_text(SMALL)
    return file


@needs_shared
@pytest.mark.parametrize(("kind", "name"), [("Customer", "customers"), ("Vendor", "vendors"), ("Account", "accounts")])
def test_a_captured_answer_is_given_again_byte_for_byte(kind: str, name: str, company: Company) -> None:
    file = shared(f"{CAPTURES}/rs_{name}__billash.xml")
    load(company, [file])
    again = company.process(message_set(query(ALL, kind=kind, attributes=' requestID="1"')))
    assert again == file.read_text()


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "rs_customer_add_3090_then_3231__jsgoupil",
        "rs_customer_query_response_error__qbwc",
        "rs_customer_query_response_warn__qbwc",
    ],
)
def test_a_captured_refusal_is_what_is_answered_here(name: str, company: Company) -> None:
    requests = {
        "rs_customer_add_3090_then_3231__jsgoupil": adding(named("Incorrect : Name")) + query(),
        "rs_customer_query_response_error__qbwc": query("<ListID>8000001B-1405768916</ListID>"),
        "rs_customer_query_response_warn__qbwc": query("<FullName>bleech</FullName>"),
    }
    real = etree.parse(shared(f"{CAPTURES}/{name}.xml")).getroot()[0]
    ours = etree.fromstring(company.process(message_set(requests[name], on_error="stopOnError")).encode())[0]
    # The published copy of the 3090 text lost the blanks between its sentences.
    assert [without_blanks(answer) for answer in ours] == [without_blanks(answer) for answer in real]


def without_blanks(answer: Node) -> list[tuple[str, str]]:
    return [(name, value.replace(" ", "")) for name, value in attributes_of(answer).items()]


@needs_shared
def test_jobs_of_a_captured_company_can_be_found_and_changed(company: Company) -> None:
    load(company, [shared(f"{CAPTURES}/rs_customers__billash.xml")])
    job = one(company, query("<FullName>Abercrombie, Kristy:Family Room</FullName>"))[0]
    assert job.findtext("ListID") == "160000-933272658"
    changed = change(company, job, "<Phone>415-555-0000</Phone>")
    before = {child.tag: child.text for child in job if not len(child)}
    after = {child.tag: child.text for child in changed if not len(child)}
    assert {name for name in before if before[name] != after.get(name)} == {"TimeModified", "EditSequence", "Phone"}
    assert [child.tag for child in changed] == [child.tag for child in job]


@needs_shared
def test_captured_invoices_show_their_lines_only_when_asked(company: Company) -> None:
    load(company, [shared(f"{CAPTURES}/rs_invoice_query_iterator__consolibyte.xml")])
    plain = one(company, query(kind="Invoice"))
    full = one(company, query("<IncludeLineItems>true</IncludeLineItems>", kind="Invoice"))
    assert len(plain) == len(full) > 0
    assert plain.find("InvoiceRet/InvoiceLineRet") is None
    assert full.find("InvoiceRet/InvoiceLineRet") is not None


@needs_shared
def test_a_captured_quickbooks_answers_as_itself(company: Company) -> None:
    load(company, [shared(f"{CAPTURES}/rs_hcp_pro2014__qbwc.xml")])
    assert company.name == "myCompany"
    owner = "<OwnerID>{512349B1-1111-2222-3333-000DE1813D20}</OwnerID>"
    answer = etree.fromstring(company.process(message_set(query(owner, kind="Company"), version="13.0")).encode())[0][0]
    fields = [found.text for found in answer.iterfind("CompanyRet/DataExtRet/DataExtName")]
    assert fields == ["AppLock", "FileID"]


@needs_shared
def test_requests_of_intuits_samples_and_of_others_are_never_a_parse_error(company: Company) -> None:
    files = sorted(shared(CAPTURES).glob("rq_*.xml"))
    answers = {file.name: etree.fromstring(company.process(file.read_text().strip()).encode()) for file in files}
    assert len(answers) > 20
    assert {answer[0].tag for answer in answers.values()} == {"QBXMLMsgsRs"}


def test_what_a_capture_points_to_is_put_into_its_list(company: Company, captured: Path) -> None:
    assert load(company, [captured]) == 1
    terms = one(company, query(kind="Terms"))
    assert [(ret.tag, ret.findtext("ListID"), ret.findtext("Name")) for ret in terms] == [
        ("StandardTermsRet", "10000-933272658", "Net 30")
    ]
    assert add(company, f"{named('Bolt')}<TermsRef><FullName>Net 30</FullName></TermsRef>") is not None


def test_balances_and_custom_fields_of_a_capture_are_kept(company: Company, captured: Path) -> None:
    load(company, [captured])
    ret = one(company, query("<OwnerID>0</OwnerID>"))[0]
    assert (ret.findtext("Balance"), ret.findtext("DataExtRet/DataExtValue")) == ("12.50", "L")


def test_loading_a_capture_twice_replaces_its_records(company: Company, captured: Path) -> None:
    load(company, [captured, captured])
    assert names(one(company, query())) == ["Acme"]


def test_modified_times_of_a_capture_can_be_asked_for(company: Company, captured: Path) -> None:
    load(company, [captured])
    assert len(one(company, query("<FromModifiedDate>2023-11-14T17:13:20</FromModifiedDate>"))) == 1
    assert status(one(company, query("<FromModifiedDate>2023-11-14T17:13:21</FromModifiedDate>"))) == 1


@pytest.mark.parametrize("text", ["not xml", "<!DOCTYPE QBXML []><QBXML/>"])
def test_a_file_that_is_no_response_is_named(text: str, company: Company, tmp_path: Path) -> None:
    file = tmp_path / "wrong.xml"
    file.write_text(text)
    with pytest.raises(CompanyFileError, match=r"wrong\.xml cannot be read as a qbXML response"):
        load(company, [file])
