import io
import json
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.names import business
from apatar.sandbox.quickbooks.access import STATES, RequestProcessor
from apatar.sandbox.quickbooks.cli import main
from apatar.sandbox.quickbooks.errors import AccessRefused
from tests.sandbox.quickbooks.situations import adding, message_set, named, query


@pytest.fixture
def file(tmp_path: Path) -> Path:
    assert main(["new", str(tmp_path / "a.qbw"), "--customers", "8", "--name", "Bay Trading"]) == 0
    return tmp_path / "a.qbw"


def shown(file: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["show", str(file), *arguments, "--json"]) == 0
    loaded: dict[str, Any] = json.loads(capsys.readouterr().out)
    return loaded


def given(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_sample_company_holds_the_businesses_and_some_jobs(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    held = shown(file, capsys)
    assert held["company"] == "Bay Trading"
    customers = [found for found in held["customers"] if found["Sublevel"] == "0"]
    assert [found["Name"] for found in customers] == [business(index).name for index in range(8)]
    assert len(held["customers"]) - len(customers) == 3
    assert [len(held[key]) for key in ("vendors", "employees", "other_names", "sales_reps")] == [5, 3, 2, 2]


def test_a_sample_customer_says_all_that_its_business_does(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, expected = shown(file, capsys, "Customer")["customers"][0], business(0)
    assert found["BillAddress.Addr1"] == expected.street[0]
    assert found["BillAddress.PostalCode"] == expected.postal_code
    assert found["ShipToAddress.0.City"] == expected.city
    assert (found["Phone"], found["Fax"], found["Email"]) == (expected.phone, expected.fax, expected.email)
    assert (found["AccountNumber"], found["CompanyName"]) == (expected.account_number, expected.name)
    assert (found["TermsRef.FullName"], found["SalesRepRef.FullName"], found["CreditLimit"]) == (
        "Net 30",
        "EM",
        "1000.00",
    )


def test_a_request_is_answered_on_standard_output(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, message_set(query(attributes=' metaData="MetaDataOnly"')))
    assert main(["request", str(file)]) == 0
    out = capsys.readouterr()
    assert out.out.startswith('<?xml version="1.0" ?>\n<QBXML>\n')
    assert 'retCount="11"' in out.out
    assert out.err == ""


def test_a_refused_set_says_why_on_standard_error_only(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, message_set(adding("<Colour>red</Colour>")))
    assert main(["request", str(file)]) == 3
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err == "0x80040400 QuickBooks found an error when parsing the provided XML text stream.\n"


def test_what_was_written_is_shown(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given(monkeypatch, message_set(adding(named("Acme"))))
    assert main(["request", str(file)]) == 0
    capsys.readouterr()
    assert main(["show", str(file), "customers"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("Acme")
    assert main(["show", str(file)]) == 0
    assert "Customer                      12" in capsys.readouterr().out


def test_a_captured_answer_makes_a_company_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ret = (
        "<CustomerRet><ListID>1-1700000000</ListID><TimeCreated>2023-11-14T17:13:20-05:00</TimeCreated><TimeModified>"
        "2023-11-14T17:13:20-05:00</TimeModified><EditSequence>1700000000</EditSequence><Name>Acme</Name></CustomerRet>"
    )
    answer = tmp_path / "answer.xml"
    answer.write_text(f"<QBXML><QBXMLMsgsRs><CustomerQueryRs>{ret}</CustomerQueryRs></QBXMLMsgsRs></QBXML>")
    assert main(["new", str(tmp_path / "b.qbw"), "--from", str(answer), "--qbxml", "13.0"]) == 0
    held = shown(tmp_path / "b.qbw", capsys)
    assert [found["Name"] for found in held["customers"]] == ["Acme"]
    assert held["vendors"] == []


def test_a_new_company_has_nothing_in_the_way(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["state", str(file)]) == 0
    assert capsys.readouterr().out.split() == ["ready", "nothing:", "the", "file", "opens"]


@pytest.mark.parametrize("state", [state for state in STATES if state != "ready"])
def test_a_state_that_is_set_meets_whoever_opens_the_file(
    state: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["state", str(file), state]) == 0
    set_out = capsys.readouterr().out
    processor = RequestProcessor(file)
    with pytest.raises(AccessRefused) as refused:
        processor.begin_session("")
    assert set_out.split(maxsplit=2) == [state, refused.value.hresult, f"{refused.value.text}\n"]
    assert main(["state", str(file)]) == 0
    assert capsys.readouterr().out == set_out


def test_ready_clears_the_way_again(file: Path) -> None:
    assert main(["state", str(file), "dialog"]) == 0
    assert main(["state", str(file), "ready"]) == 0
    processor = RequestProcessor(file)
    processor.end_session(processor.begin_session(""))


def test_a_state_that_there_is_not_is_a_usage_error_and_sets_nothing(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["state", str(file), "asleep"])
    assert end.value.code == 2
    assert "no-automatic-login" in capsys.readouterr().err
    assert main(["state", str(file)]) == 0
    assert capsys.readouterr().out.startswith("ready")


def test_the_help_says_what_each_state_does(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["state", "--help"])
    told = capsys.readouterr().out
    assert [name for name, refusal in STATES.items() if name not in told or (refusal and refusal[1] not in told)] == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["show", "nowhere.qbw"], "does not exist; make it with"),
        (["state", "nowhere.qbw", "dialog"], "does not exist; make it with"),
        (["new", "{file}"], "already exists; choose another name"),
        (["show", "{file}", "Gadgets"], "There is no list called 'Gadgets'"),
        (["new", "{file}2", "--qbxml", "99.0"], "qbXML 99.0 is unknown"),
        (["new", "{file}3", "--from", "missing.xml"], "missing.xml does not exist"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    arguments: list[str], reason: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([argument.format(file=file) for argument in arguments]) == 1
    assert reason in capsys.readouterr().err


def test_a_trading_company_is_made_with_what_it_should_have_switched_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "trade.qbw"
    switches = [
        "--multicurrency",
        "--home-currency",
        "Euro",
        "--sales-tax",
        "--classes",
        "--closing-date",
        "2025-12-31",
    ]
    sizes = ["--customers", "5", "--items", "20", "--jobs", "6", "--seed", "7"]
    assert main(["new", str(file), "--edition", "pro", *switches, *sizes]) == 0
    held = shown(file, capsys)
    assert (len(held["customers"]), len(held["item_groups"]), len(held["classes"])) == (11, 2, 3)
    group = held["item_sales_tax_groups"][0]
    assert [group[f"ItemSalesTaxRef.{number}.FullName"] for number in (0, 1)] == ["State Tax", "City Tax"]
    given(monkeypatch, message_set("<HostQueryRq/><PreferencesQueryRq/>"))
    assert main(["request", str(file)]) == 0
    out = capsys.readouterr().out
    assert "<ProductName>QuickBooks Pro 2024</ProductName>" in out
    assert "<ClosingDate>2025-12-31</ClosingDate>" in out
