"""Conversations of the Web Connector with the real service behind the door."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django_scopes import scopes_disabled

from apatar.connections.qwc import OWNER_ID, braced
from apatar.runs.models import Outcome
from apatar.sandbox.quickbooks.errors import AccessRefused
from apatar.sandbox.webconnector.calls import WebService
from apatar.sandbox.webconnector.faults import Fault, Mishap
from apatar.sandbox.webconnector.log import Level, Log
from apatar.webconnector.models import Session
from tests.runs.world import COMPANY, PASSWORD, World, a_world, nothing_was_written


@pytest.fixture
def world(transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    with a_world(tmp_path, monkeypatch, settings) as one:
        yield one


def a_caller(world: World) -> WebService:
    """A Web Connector that makes its calls one by one, as a test wants them."""
    return WebService(world.wire, Log(world.folder / "calls.txt", level=Level.NONE))


def let_in(world: World) -> tuple[WebService, str]:
    caller = a_caller(world)
    ticket, company, *_ = caller.authenticate(world.connection.webconnector_user, PASSWORD)
    assert company == ""
    return caller, ticket or ""


def ask(caller: WebService, ticket: str, hcp: str = "") -> str:
    path = r"C:\Books\Bayshore.QBW"
    return caller.send_request_xml(ticket, hcp, company_file=path, country="US", version=(13, 0)) or ""


def what_quickbooks_says_of_itself(world: World) -> str:
    world.desk.begin_session("")
    return world.desk.host_company_preferences(OWNER_ID, braced(world.connection.file_id), "SANDBOX-PC")


def hand_over(world: World, caller: WebService, ticket: str, question: str) -> tuple[int, str]:
    """Let QuickBooks answer, and hand its answer over."""
    answer = world.desk.process(world.desk.begin_session(""), question)
    return caller.receive_response_xml(ticket, answer, hresult="", message=""), answer


def test_a_wrong_password_is_refused_and_said_on_the_page(world: World) -> None:
    outcome = world.sync(password="not it")
    assert outcome.status == "Invalid password for username"
    assert outcome.calls == ("serverVersion", "clientVersion", "authenticate", "closeConnection")
    assert world.runs() == []
    assert "Type your On-Demand password" in world.reload().last_refusal
    world.run_well()
    assert world.reload().last_refusal == ""


def test_an_unknown_user_is_answered_like_a_wrong_password(world: World) -> None:
    word = a_caller(world).authenticate("nobody", PASSWORD)[1]
    assert word == a_caller(world).authenticate(world.connection.webconnector_user, "not it")[1] == "nvu"


def test_ten_wrong_passwords_shut_the_door_for_a_while(world: World) -> None:
    for _ in range(10):
        a_caller(world).authenticate(world.connection.webconnector_user, "not it")
    assert a_caller(world).authenticate(world.connection.webconnector_user, PASSWORD)[1] == "nvu"
    world.clock.pass_by(minutes=16)
    assert a_caller(world).authenticate(world.connection.webconnector_user, PASSWORD)[1] == ""


@pytest.mark.parametrize("company", ["Somebody Else's Books", "Bayshore"])
def test_another_company_than_the_one_in_the_form_gets_not_one_question(world: World, company: str) -> None:
    world.books.add("Kern Lighting")
    world.save(company=company)

    outcome = world.sync()

    assert not outcome.well
    assert f"“{COMPANY}”, but the form says “{company}”" in outcome.status
    assert "Nothing was read and nothing was changed" in outcome.status
    assert "Open the right company file" in outcome.status
    assert (world.runs(), world.desk.asked, world.people.names(), world.org_calls()) == ([], [], [], 0)


def test_a_file_that_is_not_the_bound_one_gets_not_one_question(world: World) -> None:
    world.run_well()
    asked = len(world.desk.asked)
    world.save(company_name="Larry's Landscaping", company_path=r"D:\Larry.qbw")
    world.clock.pass_by(minutes=10)

    outcome = world.sync()

    assert "this connection belongs to “Larry's Landscaping”" in outcome.status
    assert len(world.desk.asked) == asked


def test_a_file_that_was_moved_or_renamed_on_disk_is_the_same_company(world: World) -> None:
    world.run_well()
    world.save(company_path=r"D:\Old place\Bayshore.qbw")
    world.clock.pass_by(minutes=10)
    assert world.run_well().outcome == Outcome.OK


def test_a_paused_connection_finds_no_work(world: World) -> None:
    world.books.add("Kern Lighting")
    world.save(paused_at=world.clock.now())
    assert world.sync().status == "No Data Exchange"
    assert world.runs() == []
    world.save(paused_at=None)
    world.run_well()
    assert world.people.names() == ["Kern Lighting"]


def test_a_timer_that_does_not_listen_is_sent_home_until_the_frequency_has_passed(world: World) -> None:
    world.save(frequency_minutes=60, settings_changed_at=None)
    started = world.clock.now()
    statuses = []
    for minute in range(0, 80, 10):
        world.clock.sleep((started - world.clock.now()).total_seconds() + 60 * minute)
        statuses.append(world.sync().status)
    assert statuses[3:6] == ["No Data Exchange"] * 3
    assert len(world.runs()) < len(statuses) - 2


def test_sync_now_makes_the_next_call_a_run(world: World) -> None:
    world.save(frequency_minutes=60, settings_changed_at=None)
    started = world.clock.now()
    for minute in (0, 10, 20, 30):
        world.clock.sleep((started - world.clock.now()).total_seconds() + 60 * minute)
        world.sync()
    before = len(world.runs())
    world.save(sync_asked_at=world.clock.now())
    world.clock.sleep((started - world.clock.now()).total_seconds() + 60 * 40)
    world.run_well()
    assert len(world.runs()) == before + 1


def test_the_frequency_of_the_form_reaches_the_timer(world: World) -> None:
    world.save(frequency_minutes=15)
    assert a_caller(world).authenticate(world.connection.webconnector_user, PASSWORD)[3] == "900"


def test_the_path_of_the_form_is_the_file_that_is_opened(world: World) -> None:
    path = r"C:\Books\Bayshore.qbw"
    world.save(company=path)
    assert a_caller(world).authenticate(world.connection.webconnector_user, PASSWORD)[1] == path


@pytest.mark.parametrize("ticket", ["", "made up", "x" * 5000])
def test_a_ticket_that_was_never_given_opens_nothing(world: World, ticket: str) -> None:
    caller = a_caller(world)
    assert ask(caller, ticket) == ""
    assert "This conversation with Apatar On-Demand is over" in (caller.get_last_error(ticket) or "")
    assert caller.receive_response_xml(ticket, "<QBXML/>", hresult="", message="") == -1
    assert caller.connection_error(ticket, hresult="0x80040408", message="") == "done"
    assert caller.close_connection(ticket) == "OK"


def test_a_ticket_of_yesterday_opens_nothing(world: World) -> None:
    caller, ticket = let_in(world)
    world.clock.pass_by(hours=13)
    assert ask(caller, ticket, what_quickbooks_says_of_itself(world)) == ""
    assert world.runs() == []


def test_a_second_conversation_ends_the_first(world: World) -> None:
    first, ticket = let_in(world)
    hcp = what_quickbooks_says_of_itself(world)
    question = ask(first, ticket, hcp)
    assert "CustomerQueryRq" in question
    world.sync()
    assert hand_over(world, first, ticket, question)[0] == -1
    assert ask(first, ticket) == ""


def test_the_ticket_of_a_call_without_work_opens_nothing(world: World) -> None:
    world.save(paused_at=world.clock.now())
    caller = a_caller(world)
    ticket, word, *_ = caller.authenticate(world.connection.webconnector_user, PASSWORD)
    assert word == "none"
    assert ask(caller, ticket or "", what_quickbooks_says_of_itself(world)) == ""
    assert world.runs() == []


def test_an_answer_that_arrives_twice_changes_nothing(world: World) -> None:
    for number in range(3):
        world.books.add(f"Kern {number}")
        world.people.add(f"Northern {number}")
    every = [Fault(Mishap.DUPLICATE, "receiveResponseXML", nth) for nth in range(1, 30)]
    assert world.sync(*every).well
    world.clock.pass_by(minutes=10)
    world.run_well()
    assert world.agreement().differences == ()
    assert len(world.books.names()) == len(world.people.names()) == 6
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_an_old_answer_that_comes_late_is_not_taken_for_the_new_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy delivers the first page again while the second one is under way: no customer may be lost by it."""
    monkeypatch.setattr("apatar.runs.quickbooks_read.PAGE", 2)
    for number in range(6):
        world.books.add(f"Kern {number}")
    caller, ticket = let_in(world)
    session = world.desk.begin_session("")
    hcp = world.desk.host_company_preferences(OWNER_ID, braced(world.connection.file_id), "PC")
    first = world.desk.process(session, ask(caller, ticket, hcp))
    caller.receive_response_xml(ticket, first, hresult="", message="")
    second = world.desk.process(session, ask(caller, ticket))
    caller.receive_response_xml(ticket, first, hresult="", message="")
    caller.receive_response_xml(ticket, second, hresult="", message="")
    while not world.last_run().quickbooks_read:
        answer = world.desk.process(session, ask(caller, ticket))
        caller.receive_response_xml(ticket, answer, hresult="", message="")
    world.work()
    assert world.people.names() == [f"Kern {number}" for number in range(6)]


@pytest.mark.parametrize("mishap", [Mishap.LOSE_REQUEST, Mishap.LOSE_RESPONSE, Mishap.CUT_BEFORE, Mishap.CUT_AFTER])
@pytest.mark.parametrize("call", [3, 5, 7, 9, 11, 13, 15])
def test_a_conversation_that_is_lost_at_any_call_leaves_nothing_behind(world: World, mishap: Mishap, call: int) -> None:
    world.books.add("Kern Lighting")
    world.people.add("Northern Pines")
    world.sync(Fault(mishap, None, call))
    for _ in range(2):
        world.clock.pass_by(minutes=6)
        world.run_well()
    assert world.books.names() == world.people.names() == ["Kern Lighting", "Northern Pines"]
    assert world.agreement().differences == ()
    world.clock.pass_by(minutes=6)
    assert nothing_was_written(world.run_well())


def test_the_status_column_says_what_was_done(world: World) -> None:
    world.books.add("Kern Lighting")
    assert world.sync().status == "OK. Salesforce: 1 created, 0 updated; QuickBooks: 0 created, 0 updated."


def test_an_unreachable_quickbooks_is_said_in_plain_words(world: World) -> None:
    caller, ticket = let_in(world)
    assert caller.connection_error(ticket, hresult="0x80040408", message="Could not start QuickBooks.") == "done"
    with scopes_disabled():
        session = Session.objects.latest("id")
    assert session.message.startswith("QuickBooks could not be started. Start QuickBooks by hand")
    assert ask(caller, ticket) == "", "a conversation that never reached QuickBooks is over"


def test_an_answer_that_cannot_be_read_loses_nothing(world: World) -> None:
    world.books.add("Kern Lighting")
    caller, ticket = let_in(world)
    assert ask(caller, ticket, what_quickbooks_says_of_itself(world))
    assert caller.receive_response_xml(ticket, "<html>proxy</html>", hresult="", message="") == -1
    assert caller.get_last_error(ticket)
    world.clock.pass_by(minutes=5)
    world.run_well()
    assert world.people.names() == ["Kern Lighting"]


def test_a_quickbooks_that_dies_while_it_writes_is_asked_what_became_of_it(world: World) -> None:
    world.people.add("Northern Pines")

    def crash() -> None:
        raise AccessRefused("0x80010105", "The server threw an exception.")

    world.desk.when("CustomerAddRq", crash, after=True)
    world.sync()
    assert any("oldMessageSetID" in text or "newMessageSetID" in text for text in world.desk.asked)
    world.clock.pass_by(minutes=5)
    world.run_well()
    assert world.books.names() == ["Northern Pines"]
    assert sum("CustomerAddRq" in text for text in world.desk.asked) == 1


def test_only_digests_of_tickets_are_kept(world: World) -> None:
    _, ticket = let_in(world)
    with scopes_disabled():
        assert ticket not in str(list(Session.objects.values_list()))
