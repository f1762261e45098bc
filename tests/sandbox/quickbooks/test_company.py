from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.sample import fill
from tests.sandbox.quickbooks.situations import (
    Watch,
    adding,
    ask,
    attributes_of,
    message,
    message_set,
    named,
    names,
    one,
    parsed,
    query,
    status,
)
from tests.shared_folder import needs_shared, schema_of_quickbooks

SET_ID = ' newMessageSetID="AB1F2395"'


def test_a_response_is_printed_as_quickbooks_prints_it(company: Company) -> None:
    lines = company.process(message_set(query(attributes=' requestID="7"'))).split("\n")
    assert lines == [
        '<?xml version="1.0" ?>',
        "<QBXML>",
        "<QBXMLMsgsRs>",
        (
            '<CustomerQueryRs requestID="7" statusCode="1" statusSeverity="Info" '
            'statusMessage="A query request did not find a matching object in QuickBooks" />'
        ),
        "</QBXMLMsgsRs>",
        "</QBXML>",
        "",
    ]


def test_stop_on_error_leaves_the_rest_undone(company: Company) -> None:
    answers = ask(company, adding(named("A")) + adding(named("A:B")) + adding(named("C")), on_error="stopOnError")
    assert [status(answer) for answer in answers] == [0, 3090, 3231]
    assert message(answers[2]) == "The request has not been processed."
    assert names(one(company, query())) == ["A"]


def test_continue_on_error_does_the_rest(company: Company) -> None:
    answers = ask(company, adding(named("A:B")) + adding(named("C")))
    assert [status(answer) for answer in answers] == [3090, 0]


def test_rollback_on_error_undoes_what_came_before(company: Company) -> None:
    answers = ask(company, adding(named("A")) + adding(named("A:B")) + adding(named("C")), on_error="rollbackOnError")
    assert [status(answer) for answer in answers] == [3230, 3090, 3231]
    assert status(one(company, query())) == 1


def test_a_warning_or_no_match_does_not_stop_a_set(company: Company) -> None:
    answers = ask(company, query() + query("<FullName>X</FullName>") + adding(named("A")), on_error="stopOnError")
    assert [status(answer) for answer in answers] == [1, 500, 0]


def test_include_none_leaves_the_records_out(company: Company) -> None:
    answer = parsed(company.process(message_set(adding(named("A")), attributes=' responseData="includeNone"')))[0]
    assert (status(answer), len(answer)) == (0, 0)


def test_the_same_message_set_is_never_executed_twice(company: Company) -> None:
    text = message_set(adding(named("Acme")), attributes=SET_ID)
    first = company.process(text)
    assert company.process(text) == first
    assert attributes_of(parsed(first)) == {"newMessageSetID": "AB1F2395", "messageSetStatusCode": "0"}
    assert len(one(company, query())) == 1


def test_an_outcome_survives_a_restart_of_quickbooks(tmp_path: Path, watch: Watch) -> None:
    text = message_set(adding(named("Acme")), attributes=SET_ID)
    with create_company(tmp_path / "a.qbw", now=watch) as company:
        first = company.process(text)
    with Company(tmp_path / "a.qbw", now=watch) as company:
        assert company.process(text) == first
        assert len(one(company, query())) == 1


def test_an_outcome_is_asked_for_with_both_ids_and_no_requests(company: Company) -> None:
    first = company.process(message_set(adding(named("Acme")), attributes=SET_ID))
    asked = company.process(message_set("", attributes=f'{SET_ID} oldMessageSetID="AB1F2395"'))
    assert asked == first


def test_an_outcome_that_was_never_stored_is_600(company: Company) -> None:
    asked = parsed(company.process(message_set("", attributes=' newMessageSetID="B" oldMessageSetID="A"')))
    assert (asked.get("messageSetStatusCode"), len(asked)) == ("600", 0)


def test_the_old_id_alone_clears_its_outcome(company: Company) -> None:
    company.process(message_set(adding(named("Acme")), attributes=SET_ID))
    cleared = parsed(company.process(message_set("", attributes=' oldMessageSetID="AB1F2395"')))
    asked = parsed(company.process(message_set("", attributes=f'{SET_ID} oldMessageSetID="AB1F2395"')))
    assert (cleared.get("messageSetStatusCode"), asked.get("messageSetStatusCode")) == ("0", "600")


def test_a_new_set_may_clear_the_one_before(company: Company) -> None:
    company.process(message_set(adding(named("A")), attributes=SET_ID))
    company.process(message_set(adding(named("B")), attributes=' newMessageSetID="NEXT" oldMessageSetID="AB1F2395"'))
    assert names(one(company, query())) == ["A", "B"]
    asked = parsed(company.process(message_set("", attributes=f'{SET_ID} oldMessageSetID="AB1F2395"')))
    assert asked.get("messageSetStatusCode") == "600"


def test_a_set_id_over_24_characters_is_9004_and_nothing_is_done(company: Company) -> None:
    answer = parsed(company.process(message_set(adding(named("A")), attributes=f' newMessageSetID="{"x" * 25}"')))
    assert answer.get("messageSetStatusCode") == "9004"
    assert status(one(company, query())) == 1


def test_a_refused_set_is_not_remembered(company: Company) -> None:
    with pytest.raises(Exception, match="0x80040400"):
        company.process(message_set(adding("<Colour>red</Colour>"), attributes=SET_ID))
    assert parsed(company.process(message_set(adding(named("A")), attributes=SET_ID)))[0].get("statusCode") == "0"


def test_host_company_and_preferences_describe_themselves(tmp_path: Path, watch: Watch) -> None:
    with create_company(tmp_path / "a.qbw", name="Rock & Roll", qbxml="13.0", now=watch) as company:
        host, about, preferences = ask(company, "<HostQueryRq/><CompanyQueryRq/><PreferencesQueryRq/>", version="13.0")
    versions = [found.text for found in host.iterfind("HostRet/SupportedQBXMLVersion")]
    assert (versions[0], versions[-1]) == ("1.0", "13.0")
    assert host.findtext("HostRet/MajorVersion") == "24"
    assert about.findtext("CompanyRet/CompanyName") == "Rock & Roll"
    assert preferences.findtext("PreferencesRet/MultiCurrencyPreferences/IsMultiCurrencyOn") == "false"


def test_an_unknown_version_makes_no_company(tmp_path: Path) -> None:
    with pytest.raises(CompanyFileError, match=r"qbXML 99\.0 is unknown here; choose one of"):
        create_company(tmp_path / "a.qbw", qbxml="99.0")


def test_a_file_that_is_no_company_says_so(tmp_path: Path) -> None:
    stranger = tmp_path / "notes.txt"
    stranger.write_text("not a database, only a few words that are long enough to be read as one" * 20)
    with pytest.raises(CompanyFileError, match="is not a company file of the sandbox"):
        Company(stranger)
    with pytest.raises(CompanyFileError, match="does not exist; make it with"):
        Company(tmp_path / "nowhere.qbw")
    with pytest.raises(CompanyFileError, match="already exists"):
        create_company(stranger)


@needs_shared
def test_every_answer_of_the_sample_company_obeys_the_schema(company: Company) -> None:
    schema = schema_of_quickbooks()
    fill(company, 12)
    kinds = (
        "Customer Vendor Employee OtherName Entity Account Terms CustomerType JobType SalesRep SalesTaxCode PriceLevel "
        "PaymentMethod ShipMethod CustomerMsg Class Item Invoice DataExtDef"
    )
    asked = "<HostQueryRq/><CompanyQueryRq/><PreferencesQueryRq/>" + "".join(query(kind=kind) for kind in kinds.split())
    refusals = adding(named("A:B")) + adding(named("x" * 50)) + query("<ListID>1-1</ListID>") + adding(named("New one"))
    response = etree.fromstring(company.process(message_set(asked + refusals, version="13.0")).encode())
    schema.assertValid(response)
