"""A conversation goes as the Programmer's Guide says, with every way it can end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from apatar.sandbox.webconnector.conversation import Manner
from tests.sandbox.webconnector import stub
from tests.sandbox.webconnector.stub import FakeQuickBooks, QuickBooksSays, Raw, hold, serving, well_behaved

WHOLE = [
    "serverVersion",
    "clientVersion",
    "authenticate",
    "sendRequestXML",
    "receiveResponseXML",
    "closeConnection",
]


def says(*answers: stub.Answer) -> Callable[[dict[str, str]], stub.Answer]:
    """Answer one after the other."""
    left: Iterator[stub.Answer] = iter(answers)
    return lambda _arguments: next(left)


def on_auto_run(paused: list[float] | None = None) -> Manner:
    return Manner(auto_run=True, pause=(paused if paused is not None else []).append)


def hang_up(_arguments: dict[str, str]) -> stub.Answer:
    raise stub.Hangup


def test_a_whole_session_makes_the_calls_in_order() -> None:
    with serving() as service:
        outcome = hold(service)
    assert service.operations == WHOLE
    assert (outcome.well, outcome.status, outcome.requests) == (True, "OK", 1)
    assert list(outcome.calls) == WHOLE


def test_only_the_first_request_carries_host_company_and_preferences() -> None:
    with serving(well_behaved(requests=3)) as service:
        hold(service)
    calls = service.calls("sendRequestXML")
    assert [call["strHCPResponse"] for call in calls] == [stub.HCP, "", ""]
    assert {call["ticket"] for call in calls} == {"the-ticket"}
    assert calls[0]["strCompanyFileName"] == stub.COMPANY_PATH
    assert (calls[0]["qbXMLCountry"], calls[0]["qbXMLMajorVers"], calls[0]["qbXMLMinorVers"]) == ("US", "13", "0")


def test_quickbooks_learns_who_asks_and_from_which_machine() -> None:
    quickbooks = FakeQuickBooks()
    with serving() as service:
        hold(service, quickbooks=quickbooks, manner=Manner(machine="PC-7"))
    assert quickbooks.opened == ["Test Application"]
    assert quickbooks.asked == [(stub.OWNER, stub.FILE, "PC-7")]
    assert quickbooks.ended == ["session of "]


def test_the_request_reaches_quickbooks_unchanged() -> None:
    request = '<?xml version="1.0"?>\n<?qbxml version="13.0"?>\n<QBXML>Ärger &amp; <![CDATA[x]]></QBXML>'
    quickbooks = FakeQuickBooks()
    with serving(sendRequestXML=request) as service:
        hold(service, quickbooks=quickbooks)
    assert quickbooks.processed == [request]


def test_the_answer_of_quickbooks_arrives_with_empty_hresult_and_message() -> None:
    with serving() as service:
        hold(service)
    [received] = service.calls("receiveResponseXML")
    assert received["response"] == stub.EMPTY
    assert (received["hresult"], received["message"]) == ("", "")


def test_a_server_without_version_is_tolerated() -> None:
    with serving(serverVersion=Raw(b"broken", status=500)) as service:
        assert hold(service).well


def test_a_server_that_does_not_know_the_clients_version_is_tolerated() -> None:
    unknown = stub.fault("Server did not recognize the value of HTTP Header SOAPAction", "soap:Client")
    with serving(clientVersion=unknown) as service:
        assert hold(service).well


def test_a_null_for_the_clients_version_is_an_agreement() -> None:
    with serving(clientVersion=None) as service:
        assert hold(service).well


def test_a_warning_that_the_user_accepts_goes_on() -> None:
    shown: list[str] = []

    def accept(text: str) -> bool:
        shown.append(text)
        return True

    with serving(clientVersion="W:Please update") as service:
        assert hold(service, manner=Manner(accept_warning=accept)).well
    assert shown == ["Please update"]


@pytest.mark.parametrize(
    ("answer", "code", "status"),
    [
        ("W:Please update", "QBWC1037", "Please update"),
        ("E:Too old", "QBWC1037", "Too old"),
        ("O:2.4", "", "2.4"),
        ("yes", "QBWC1046", "yes"),
        ("w:lower case", "QBWC1046", "lower case"),
    ],
)
def test_a_version_that_does_not_suit_ends_before_authenticate(answer: str, code: str, status: str) -> None:
    with serving(clientVersion=answer) as service:
        outcome = hold(service, manner=Manner(accept_warning=lambda _text: False))
    assert service.operations == ["serverVersion", "clientVersion"]
    assert (outcome.well, outcome.code) == (False, code)
    assert status in outcome.status


@pytest.mark.parametrize("strings", [[], ["only-a-ticket"], None])
def test_fewer_than_two_strings_are_an_index_out_of_bounds(strings: list[str | None] | None) -> None:
    with serving(authenticate=strings) as service:
        outcome = hold(service)
    assert outcome.status == "QBWC1012: Index was outside the bounds of the array."
    assert service.operations[-1] == "authenticate"


@pytest.mark.parametrize(
    ("selector", "status", "well"),
    [
        ("none", "No Data Exchange", True),
        ("NONE", "No Data Exchange", True),
        ("nvu", "Invalid password for username", False),
        ("busy", "Application Busy", False),
    ],
)
def test_no_work_closes_and_ends(selector: str, status: str, *, well: bool) -> None:
    quickbooks = FakeQuickBooks()
    with serving(authenticate=["t", selector]) as service:
        outcome = hold(service, quickbooks=quickbooks)
    assert service.operations[-2:] == ["authenticate", "closeConnection"]
    assert (outcome.status, outcome.well) == (status, well)
    assert quickbooks.opened == []


def test_a_postponement_counts_on_auto_run_only() -> None:
    with serving(authenticate=["t", "", "60", ""]) as service:
        by_hand = hold(service)
        postponed = hold(service, manner=on_auto_run())
    assert (by_hand.requests, by_hand.wait) == (1, 0)
    assert (postponed.status, postponed.well, postponed.wait) == ("Update postponed by application", True, 60)
    assert service.operations[-1] == "authenticate"


def test_the_lower_limit_of_the_interval_counts_on_auto_run_only() -> None:
    with serving(authenticate=["t", "none", "", "300"]) as service:
        assert hold(service).minimum_run == 0
        assert hold(service, manner=on_auto_run()).minimum_run == 300


def test_none_with_a_wait_is_a_postponement_on_auto_run() -> None:
    with serving(authenticate=["t", "none", "20", ""]) as service:
        outcome = hold(service, manner=on_auto_run())
    assert (outcome.status, outcome.wait) == ("Update postponed by application", 20)


def test_a_path_selects_the_company_file() -> None:
    quickbooks = FakeQuickBooks()
    with serving(authenticate=["t", "C:\\Other.QBW"]) as service:
        hold(service, quickbooks=quickbooks)
    assert quickbooks.ended == ["session of C:\\Other.QBW"]


def test_an_unreachable_company_is_reported_and_done_ends_it() -> None:
    quickbooks = FakeQuickBooks(refusing={"": QuickBooksSays("0x80040417", "No company file is open.")})
    with serving(connectionError="DONE") as service:
        outcome = hold(service, quickbooks=quickbooks)
    [told] = service.calls("connectionError")
    assert (told["hresult"], told["message"]) == ("0x80040417", "No company file is open.")
    assert service.operations[-2:] == ["connectionError", "closeConnection"]
    assert (outcome.well, outcome.code) == (False, "QBWC1013")


def test_a_path_from_connection_error_is_tried_next() -> None:
    quickbooks = FakeQuickBooks(refusing={"C:\\Old.QBW": QuickBooksSays("0x80040406", "The file is missing.")})
    with serving(authenticate=["t", "C:\\Old.QBW"], connectionError="") as service:
        assert hold(service, quickbooks=quickbooks).well
    assert len(service.calls("connectionError")) == 1
    assert quickbooks.ended == ["session of "]


def test_a_service_that_never_gives_up_is_given_up() -> None:
    quickbooks = FakeQuickBooks(refusing={"": QuickBooksSays("0x80040414", "A modal dialog is open.")})
    with serving(connectionError=None) as service:
        outcome = hold(service, quickbooks=quickbooks, manner=Manner(connection_attempts=3))
    assert len(service.calls("connectionError")) == 3
    assert outcome.code == "QBWC1013"


def test_a_failing_host_query_is_qbwc1014() -> None:
    quickbooks = FakeQuickBooks(hcp_problem=QuickBooksSays("0x80040402", "Unexpected."))
    with serving() as service:
        outcome = hold(service, quickbooks=quickbooks)
    assert outcome.code == "QBWC1014"
    assert quickbooks.ended == ["session of "]


def test_an_edition_that_the_application_excludes_is_qbwc1034() -> None:
    with serving() as service:
        assert hold(service, auth_flags=0x8).code == "QBWC1034"
        assert hold(service, auth_flags=0x2).well


def test_a_session_that_cannot_be_ended_does_not_spoil_the_outcome(tmp_path: Path) -> None:
    quickbooks = FakeQuickBooks(end_problem=QuickBooksSays("0x8004040D", "Ticket invalid."))
    with serving() as service:
        assert hold(service, quickbooks=quickbooks, folder=tmp_path).well
    assert "QBWC1015" in (tmp_path / "QWCLog.txt").read_text()


@pytest.mark.parametrize("nothing", ["", "NoOp", None])
def test_noop_pauses_five_seconds_and_asks_again(nothing: str | None) -> None:
    paused: list[float] = []
    with serving(sendRequestXML=says(nothing, "<QBXML/>"), getLastError="NoOp") as service:
        outcome = hold(service, manner=Manner(pause=paused.append))
    assert paused == [5.0]
    assert outcome.well
    assert service.operations[3:6] == ["sendRequestXML", "getLastError", "sendRequestXML"]


def test_a_noop_before_the_first_request_has_used_up_the_host_answer() -> None:
    with serving(sendRequestXML=says("", "<QBXML/>"), getLastError="NoOp") as service:
        hold(service)
    assert [bool(call["strHCPResponse"]) for call in service.calls("sendRequestXML")] == [True, False]


def test_no_request_and_no_error_ends_well() -> None:
    with serving(sendRequestXML="", getLastError="") as service:
        outcome = hold(service)
    assert service.operations[-3:] == ["sendRequestXML", "getLastError", "closeConnection"]
    assert (outcome.well, outcome.status) == (True, "OK")


def test_the_text_of_the_last_error_is_the_status() -> None:
    with serving(sendRequestXML="", getLastError="Another company file is open.") as service:
        outcome = hold(service)
    assert (outcome.well, outcome.status) == (False, "Another company file is open.")
    assert service.operations[-1] == "closeConnection"


@pytest.mark.parametrize("percents", [[0, 100], [50, 99, 100], [99, 1, 100], [120]])
def test_below_a_hundred_there_is_more_to_do(percents: list[int]) -> None:
    with serving(receiveResponseXML=says(*percents)) as service:
        outcome = hold(service)
    assert outcome.requests == len(percents)
    assert service.operations[-1] == "closeConnection"


def test_a_negative_percentage_asks_for_the_error_and_closes() -> None:
    with serving(receiveResponseXML=-1, getLastError="The set was refused.") as service:
        outcome = hold(service)
    assert service.operations[-3:] == ["receiveResponseXML", "getLastError", "closeConnection"]
    assert (outcome.well, outcome.status) == (False, "The set was refused.")


def test_a_refused_request_arrives_as_hresult_with_an_empty_response() -> None:
    refusal = QuickBooksSays("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
    quickbooks = FakeQuickBooks(failing={"<QBXML/>": refusal})
    with serving() as service:
        assert hold(service, quickbooks=quickbooks).well
    [received] = service.calls("receiveResponseXML")
    assert (received["response"], received["hresult"], received["message"]) == ("", "0x80040400", refusal.text)


def test_a_bug_of_quickbooks_is_not_taken_for_an_answer() -> None:
    class Broken(FakeQuickBooks):
        def process(self, ticket: str, text: str) -> str:
            raise KeyError(ticket + text)

    with serving() as service, pytest.raises(KeyError):
        hold(service, quickbooks=Broken())


def test_interactive_mode_shows_the_page_and_goes_on_when_done() -> None:
    visited: list[str] = []
    answers: dict[str, stub.Answers] = {
        "getInteractiveURL": "http://localhost/choose",
        "interactiveDone": says("not yet", "Done"),
    }
    with serving(
        well_behaved() | answers,
        sendRequestXML=says("", "<QBXML/>"),
        getLastError="Interactive mode",
    ) as service:
        outcome = hold(service, manner=Manner(visit=visited.append, pause=lambda _seconds: None))
    assert visited == ["http://localhost/choose"]
    assert service.operations[5:9] == ["getInteractiveURL", "interactiveDone", "interactiveDone", "sendRequestXML"]
    assert outcome.well


def test_a_user_who_never_finishes_is_reported_as_a_rejection() -> None:
    answers: dict[str, stub.Answers] = {
        "getInteractiveURL": "http://localhost/choose",
        "interactiveDone": "not yet",
        "interactiveRejected": "Come back later.",
    }
    manner = Manner(visit=lambda _url: None, pause=lambda _seconds: None, interactive_polls=2)
    with serving(well_behaved() | answers, sendRequestXML="", getLastError="Interactive mode") as service:
        outcome = hold(service, manner=manner)
    assert service.operations[-2:] == ["interactiveRejected", "closeConnection"]
    assert outcome.status == "Come back later."


CODES = [
    ("clientVersion", "QBWC1036"),
    ("authenticate", "QBWC1012"),
    ("sendRequestXML", "QBWC1041"),
    ("receiveResponseXML", "QBWC1042"),
    ("getLastError", "QBWC1043"),
    ("closeConnection", "QBWC1044"),
    ("connectionError", "QBWC1045"),
]
FAILURES: list[stub.Answers] = [
    Raw(b"Internal Server Error", status=500, headers={"Content-Type": "text/html"}),
    stub.fault("it broke"),
    Raw(b"", status=301, headers={"Location": "/soap/"}),
    Raw(b"", status=404),
    Raw(b"<html></html>"),
    hang_up,
]


@pytest.mark.parametrize("failure", FAILURES, ids=["500", "fault", "redirect", "404", "html", "cut"])
@pytest.mark.parametrize(("operation", "code"), CODES)
def test_a_failing_call_ends_the_session_with_its_code(operation: str, code: str, failure: stub.Answers) -> None:
    quickbooks = FakeQuickBooks()
    changed: dict[str, stub.Answers] = {operation: failure}
    if operation == "getLastError":
        changed["sendRequestXML"] = ""
    if operation == "connectionError":
        quickbooks.refusing[""] = QuickBooksSays("0x80040408", "QuickBooks could not be started.")
    with serving(well_behaved() | changed) as service:
        outcome = hold(service, quickbooks=quickbooks)
    assert (outcome.well, outcome.code) == (False, code)
    assert service.operations[-1] == operation, "no call follows, and none is repeated"
    assert service.operations.count(operation) == 1


def test_the_log_speaks_the_web_connectors_words_and_hides_the_password(tmp_path: Path) -> None:
    echoed = stub.PASSWORD
    with serving(closeConnection=f"Your password is {echoed}") as service:
        hold(service, folder=tmp_path)
    log = (tmp_path / "QWCLog.txt").read_text()
    assert 'authRet[0]="the-ticket" authRet[1]="" authRet[2]="" authRet[3]=""' in log
    assert "Processing request #1" in log
    assert "size (bytes) = 8" in log
    assert 'qbNationality="US" qbXMLMajorVers="13"' in log
    assert "This application agrees with the current version of QBWebConnector. Allowing update operation." in log
    assert "Your password is <MaskedForSecurity>" in log
    assert echoed not in log


def test_the_error_of_server_version_is_logged(tmp_path: Path) -> None:
    with serving(serverVersion=stub.fault("no such thing")) as service:
        hold(service, folder=tmp_path)
    log = (tmp_path / "QWCLog.txt").read_text()
    assert "Actual error received from web service for serverVersion call: <no such thing>" in log
