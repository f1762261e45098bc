from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.access import STATES, RequestProcessor
from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.quickbooks.errors import AccessRefused, MessageSetRefused
from tests.sandbox.quickbooks.situations import Watch, message_set, parsed, query, status

OWNER = "{AAAAAAAA-2222-3333-4444-555555555555}"
FILE = "{BBBBBBBB-2222-3333-4444-555555555555}"


@pytest.fixture
def file(tmp_path: Path, watch: Watch) -> Path:
    create_company(tmp_path / "bay.qbw", name="Bay Trading", now=watch).close()
    return tmp_path / "bay.qbw"


@pytest.fixture
def processor(file: Path, watch: Watch) -> Iterator[RequestProcessor]:
    made = RequestProcessor(file, now=watch)
    made.open_connection("An application")
    yield made
    for ticket in list(made._sessions):
        made.end_session(ticket)


def set_state(file: Path, state: str) -> None:
    with Company(file) as company:
        company.set_state(state)


def refusal(processor: RequestProcessor, company: str = "") -> str:
    with pytest.raises(AccessRefused) as raised:
        processor.begin_session(company)
    return raised.value.hresult


def custom_fields(hcp: str) -> dict[str, str]:
    root = etree.fromstring(hcp.encode())
    return {
        found.findtext("DataExtName") or "": found.findtext("DataExtValue") or ""
        for found in root.iterfind(".//CompanyRet/DataExtRet")
    }


def test_a_session_opens_on_every_name_of_the_open_file(processor: RequestProcessor, file: Path) -> None:
    windows = r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files\Bay Trading.QBW"
    for name in ("", windows, windows.upper(), str(file), "bay", "Bay Trading"):
        ticket = processor.begin_session(name)
        assert processor.company_file_name(ticket) == windows
        processor.end_session(ticket)


def test_another_file_than_the_open_one_is_refused(processor: RequestProcessor) -> None:
    assert refusal(processor, r"C:\Other.QBW") == "0x8004040A"


def test_without_an_open_file_one_has_to_be_named(file: Path, tmp_path: Path) -> None:
    assert refusal(RequestProcessor(None)) == "0x80040417"
    assert refusal(RequestProcessor(None), str(tmp_path / "none.qbw")) == "0x80040406"
    processor = RequestProcessor(None)
    processor.end_session(processor.begin_session(str(file)))


def test_a_file_that_is_gone_cannot_be_opened(tmp_path: Path) -> None:
    assert refusal(RequestProcessor(tmp_path / "gone.qbw")) == "0x80040403"


@pytest.mark.parametrize("state", [state for state, told in STATES.items() if told])
def test_a_state_of_quickbooks_is_told_by_its_hresult(state: str, file: Path) -> None:
    set_state(file, state)
    told = STATES[state]
    assert told is not None
    assert refusal(RequestProcessor(file)) == told[0]


def test_a_dialog_can_appear_in_the_middle_of_a_session(processor: RequestProcessor, file: Path) -> None:
    ticket = processor.begin_session("")
    set_state(file, "dialog")
    with pytest.raises(AccessRefused, match="0x80040414"):
        processor.process(ticket, message_set(query()))
    set_state(file, "ready")
    assert status(parsed(processor.process(ticket, message_set(query())))[0]) == 1


def test_the_first_answer_holds_the_three_queries_and_the_identity_of_the_file(processor: RequestProcessor) -> None:
    ticket = processor.begin_session("")
    hcp = processor.host_company_preferences(OWNER, FILE, "OFFICE-PC")
    answers = parsed(hcp)
    assert [(answer.tag, answer.get("requestID"), status(answer)) for answer in answers] == [
        ("HostQueryRs", "0", 0),
        ("CompanyQueryRs", "1", 0),
        ("PreferencesQueryRs", "2", 0),
    ]
    fields = custom_fields(hcp)
    assert fields["FileID"] == FILE
    assert fields["AppLock"].startswith("LOCKED:OFFICE-PC:63")
    processor.end_session(ticket)


def test_the_file_id_stays_and_the_lock_goes(processor: RequestProcessor) -> None:
    processor.begin_session("")
    processor.host_company_preferences(OWNER, FILE, "PC")
    processor.end_session(next(iter(processor._sessions)))
    ticket = processor.begin_session("")
    answer = processor.process(ticket, message_set(query(f"<OwnerID>{OWNER}</OwnerID>", kind="Company")))
    assert custom_fields(answer) == {"FileID": FILE}
    second = custom_fields(processor.host_company_preferences(OWNER, FILE.replace("B", "C"), "PC"))
    assert second["FileID"] == FILE


def test_an_ended_ticket_is_invalid(processor: RequestProcessor) -> None:
    ticket = processor.begin_session("")
    processor.end_session(ticket)
    with pytest.raises(AccessRefused, match="0x8004040D"):
        processor.process(ticket, message_set(query()))


def test_a_refused_set_carries_its_hresult(processor: RequestProcessor) -> None:
    ticket = processor.begin_session("")
    with pytest.raises(MessageSetRefused) as raised:
        processor.process(ticket, "<QBXML/>")
    assert raised.value.hresult == "0x80040400"


def test_an_iterator_lives_as_long_as_its_ticket(processor: RequestProcessor, file: Path, watch: Watch) -> None:
    with Company(file, now=watch) as company:
        for name in ("A", "B"):
            company.process(
                message_set(f"<CustomerAddRq><CustomerAdd><Name>{name}</Name></CustomerAdd></CustomerAddRq>")
            )
    start = query("<MaxReturned>1</MaxReturned>", attributes=' iterator="Start"')
    ticket = processor.begin_session("")
    identity = parsed(processor.process(ticket, message_set(start)))[0].get("iteratorID")
    go_on = message_set(
        query("<MaxReturned>1</MaxReturned>", attributes=f' iterator="Continue" iteratorID="{identity}"')
    )
    processor.end_session(ticket)
    assert status(parsed(processor.process(processor.begin_session(""), go_on))[0]) == 3391
