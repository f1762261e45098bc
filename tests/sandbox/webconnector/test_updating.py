"""Update Selected and Auto-Run: who talks when, and what is remembered."""

import threading
from pathlib import Path

import pytest

from apatar.sandbox.webconnector.conversation import Manner, Outcome
from apatar.sandbox.webconnector.errors import Refused
from apatar.sandbox.webconnector.home import Entry, Home
from apatar.sandbox.webconnector.log import Level, Log
from apatar.sandbox.webconnector.updating import Desk, auto_run, due_at, update_selected
from tests.sandbox.webconnector.stub import PASSWORD, FakeQuickBooks, Service, application, serving

OTHER_FILE = "{00000000-33D9-4815-AC85-BC87A7E7D1EB}"


def desk(folder: Path, service: Service, *, automatic: bool = False, now: float = 1000.0, **changed: object) -> Desk:
    """Return a desk with one application whose password is known."""
    home = Home(folder)
    home.add(application(service.url, **changed))
    home.set_password("user", PASSWORD)
    log = Log(home.log_file, level=Level.NONE)
    manner = Manner(auto_run=automatic, pause=lambda _seconds: None)
    return Desk(home=home, log=log, quickbooks=FakeQuickBooks(), manner=manner, timeout=5, clock=lambda: now)


def test_an_update_is_remembered(tmp_path: Path) -> None:
    with serving() as service:
        [outcome] = update_selected(desk(tmp_path, service), [])
    [entry] = Home(tmp_path).entries()
    assert outcome.well
    assert (entry.status, entry.last_run) == ("OK", 1000.0)


def test_the_password_that_was_typed_is_sent(tmp_path: Path) -> None:
    with serving() as service:
        update_selected(desk(tmp_path, service), ["Test Application"])
    assert service.calls("authenticate") == [{"strUserName": "user", "strPassword": PASSWORD}]


def test_without_a_password_nothing_is_called(tmp_path: Path) -> None:
    with serving() as service:
        [outcome] = update_selected(desk(tmp_path, service, user_name="forgetful"), [])
    assert (outcome.code, service.operations) == ("QBWC1030", [])


def test_nothing_selected_is_qbwc1016(tmp_path: Path) -> None:
    with serving() as service:
        empty = desk(tmp_path / "one", service)
    with pytest.raises(Refused, match="QBWC1016"):
        update_selected(Desk(Home(tmp_path / "two"), empty.log, empty.quickbooks, empty.manner), [])


def test_selected_applications_are_updated_one_after_the_other(tmp_path: Path) -> None:
    with serving() as service:
        both = desk(tmp_path, service)
        both.home.add(application(service.url, app_name="Second", file_id=OTHER_FILE))
        service.answers["receiveResponseXML"] = 100
        assert [outcome.application for outcome in update_selected(both, [])] == ["Test Application", "Second"]
        assert [outcome.application for outcome in update_selected(both, ["Second"])] == ["Second"]


def test_auto_run_honours_a_postponement(tmp_path: Path) -> None:
    with serving(authenticate=["t", "", "60", ""]) as service:
        assert run_once(desk(tmp_path, service, automatic=True, every_seconds=30)).status.startswith("Update postponed")
    [entry] = Home(tmp_path).entries()
    assert due_at(entry, None) == 1060.0


def test_auto_run_honours_the_lower_limit_of_the_service(tmp_path: Path) -> None:
    with serving(authenticate=["t", "none", "", "300"]) as service:
        run_once(desk(tmp_path, service, automatic=True, every_seconds=60))
    [entry] = Home(tmp_path).entries()
    assert due_at(entry, None) == 1300.0
    assert due_at(entry, 10) == 1300.0
    assert due_at(entry, 900) == 1900.0


def test_an_application_that_is_not_due_waits(tmp_path: Path) -> None:
    with serving() as service:
        first = desk(tmp_path, service, automatic=True, every_seconds=60)
        run_once(first)
        stop = threading.Event()
        waiting = threading.Thread(
            target=auto_run, args=(first, []), kwargs={"every": None, "stop": stop, "told": print}
        )
        waiting.start()
        stop.set()
        waiting.join(5)
        assert service.operations.count("authenticate") == 1


def test_without_an_interval_auto_run_asks_for_one() -> None:
    with pytest.raises(Refused, match="QBWC1032"):
        due_at(Entry(application("http://localhost/")), None)


def run_once(chosen: Desk) -> Outcome:
    """Let Auto-Run update what is due and stop it after the first session."""
    stop, told = threading.Event(), list[Outcome]()

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        stop.set()

    assert auto_run(chosen, [], every=None, stop=stop, told=tell) == all(outcome.well for outcome in told)
    return told[0]
