from pathlib import Path

import pytest

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.errors import MessageSetRefused
from tests.sandbox.quickbooks.situations import (
    Watch,
    add,
    adding,
    ask,
    message_set,
    named,
    names,
    one,
    query,
    refused,
    status,
)

GOOD = adding(named("Good"))


@pytest.mark.parametrize(
    ("fault", "request_text"),
    [
        ("wrong element order", adding("<IsActive>true</IsActive><Name>A</Name>")),
        (
            "wrong order inside an aggregate",
            adding(f"{named('A')}<BillAddress><City>X</City><Addr1>1</Addr1></BillAddress>"),
        ),
        ("unknown element", adding(f"{named('A')}<Colour>red</Colour>")),
        ("unknown request", "<CustomerPurgeRq></CustomerPurgeRq>"),
        ("something that is no request", "<CustomerAdd><Name>A</Name></CustomerAdd>"),
        ("missing required element", adding("<CompanyName>A</CompanyName>")),
        ("empty required element", adding("<Name></Name>")),
        ("element twice", adding(f"{named('A')}{named('B')}")),
        ("unknown attribute", '<CustomerAddRq priority="1"><CustomerAdd><Name>A</Name></CustomerAdd></CustomerAddRq>'),
        ("attribute on an element", adding('<Name lang="en">A</Name>')),
        ("loose text", adding(f"{named('A')}hello")),
        ("elements inside a value", adding("<Name><b>A</b></Name>")),
        ("an enumeration's unknown value", adding(f"{named('A')}<JobStatus>Sleeping</JobStatus>")),
        ("an empty request", "<CustomerAddRq></CustomerAddRq>"),
        ("two alternatives of a choice", query("<ListID>1-1</ListID><FullName>A</FullName>")),
        ("filters in the wrong order", query("<ActiveStatus>All</ActiveStatus><MaxReturned>5</MaxReturned>")),
        ("too many ship-to addresses", adding(named("A") + "<ShipToAddress><Name>S</Name></ShipToAddress>" * 51)),
        ("an unknown iterator step", query(attributes=' iterator="Pause"')),
    ],
)
def test_a_structural_fault_refuses_the_whole_set_and_nothing_is_done(
    fault: str, request_text: str, company: Company
) -> None:
    error = refused(company, GOOD + request_text)
    assert error.hresult == "0x80040400", fault
    assert error.text == "QuickBooks found an error when parsing the provided XML text stream."
    assert status(one(company, query())) == 1


@pytest.mark.parametrize(
    "kind",
    [
        "Account",
        "Employee",
        "OtherName",
        "SalesRep",
        "Terms",
        "Class",
        "CustomerType",
        "ListDeleted",
        "Host",
        "Company",
    ],
)
def test_a_list_without_an_iterator_refuses_the_attribute(kind: str, company: Company) -> None:
    refused(company, query(kind=kind, attributes=' iterator="Start"'))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not xml",
        "<QBXML/>",
        message_set(GOOD).replace('<?qbxml version="16.0"?>\n', ""),
        message_set(GOOD, version="17.0"),
        message_set(GOOD, version="5.5"),
        message_set(GOOD, on_error="ignore"),
        message_set(GOOD).replace(' onError="continueOnError"', ""),
        message_set(GOOD, attributes=' lenient="true"'),
        message_set(GOOD, attributes=' responseData="some"'),
        message_set(""),
        "\n" + message_set(GOOD),
        message_set(GOOD).replace("<QBXML>", "<!DOCTYPE QBXML []><QBXML>"),
        message_set(GOOD).replace("<QBXML>", '<!DOCTYPE q [<!ENTITY e SYSTEM "file:///etc/passwd">]><QBXML>'),
        message_set(GOOD).replace("</QBXML>", ""),
        message_set(GOOD).replace("<QBXML>", "<QBXML xmlns='urn:q'>"),
    ],
)
def test_a_document_that_is_not_a_message_set_is_refused(text: str, company: Company) -> None:
    with pytest.raises(MessageSetRefused):
        company.process(text)


def test_the_grammar_is_that_of_the_declared_version(company: Company) -> None:
    with_job_title = adding(f"{named('A')}<JobTitle>Owner</JobTitle>")
    refused(company, with_job_title, version="11.0")
    assert status(one(company, with_job_title, version="12.0")) == 0


def test_a_message_younger_than_the_declared_version_is_refused(company: Company) -> None:
    refused(company, "<PriceLevelQueryRq />", version="3.0")


def test_a_quickbooks_of_2014_refuses_a_set_of_version_16(tmp_path: Path, watch: Watch) -> None:
    with create_company(tmp_path / "old.qbw", qbxml="13.0", now=watch) as old:
        refused(old, GOOD, version="16.0")
        assert status(one(old, GOOD, version="13.0")) == 0


def test_the_declared_encoding_and_a_byte_order_mark_do_not_matter(company: Company) -> None:
    text = "\ufeff" + message_set(adding(named("Café"))).replace("utf-8", "iso-8859-1")
    assert "Caf&#233;" in company.process(text)


def test_comments_are_passed_over(company: Company) -> None:
    assert status(one(company, f"<!-- first -->{adding('<!-- who --><Name>A<!-- ! --></Name>')}")) == 0


def test_a_known_message_that_is_not_kept_here_is_answered_not_refused(company: Company) -> None:
    answers = ask(company, "<BillQueryRq /><CustomerQueryRq /><ChargeAddRq><ChargeAdd></ChargeAdd></ChargeAddRq>")
    assert [status(answer) for answer in answers] == [1030, 1, 1030]


def test_characters_outside_windows_1252_become_question_marks(company: Company) -> None:
    assert add(company, named("Łódź €")).findtext("Name") == "?ód? €"


def test_a_company_can_refuse_characters_outside_windows_1252(tmp_path: Path, watch: Watch) -> None:
    with create_company(tmp_path / "strict.qbw", unencodable="refuse", now=watch) as strict:
        refused(strict, adding(named("Łódź")))
        assert names(one(strict, query())) == []
        assert status(one(strict, adding(named("Café")))) == 0
