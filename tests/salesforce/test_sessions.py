"""One session for all, renewed once, never hammered."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import httpx2
import pytest

from apatar.salesforce.errors import LoginPaused, LoginRefused, NotReached, SalesforceError, SessionRefused
from apatar.salesforce.sessions import InMemoryStore, Kept, SessionKeeper
from tests.salesforce.fake_org import (
    NOON,
    PASSWORD,
    PERMISSION,
    Clock,
    FakeOrg,
    breaking,
    html,
    keeper_for,
    oauth_error,
    soap_fault,
    transport_to,
)


class WatchedStore(InMemoryStore):
    """Notes what was saved, and can be told to fail like a full disk."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[Kept] = []
        self.full = False

    def save(self, kept: Kept) -> None:
        if self.full:
            raise OSError("no space left")
        self.saved.append(kept)
        super().save(kept)


def refused_login() -> Callable[[httpx2.Request], httpx2.Response]:
    return soap_fault("INVALID_LOGIN", "Invalid username, password, security token; or user locked out.")


def test_a_session_is_opened_once_and_reused_by_other_processes() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    first = keeper_for(org, clock, store=store).current()
    assert keeper_for(org, clock, store=store).current() == first
    assert org.logins == 1


def test_many_threads_without_a_session_log_in_once() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    keepers = [keeper_for(org, clock, store=store) for _ in range(8)]
    together = threading.Barrier(len(keepers))

    def ask(keeper: SessionKeeper) -> str:
        together.wait(timeout=5)
        return keeper.current().access_token

    with ThreadPoolExecutor(len(keepers)) as threads:
        tokens = set(threads.map(ask, keepers))
    assert len(tokens) == org.logins == 1


def test_a_stale_session_that_another_process_has_replaced_costs_no_login() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    mine, other = keeper_for(org, clock, store=store), keeper_for(org, clock, store=store)
    stale = mine.current()
    clock.now += timedelta(hours=2)
    renewed = other.renew(stale)
    assert mine.renew(stale) == renewed
    assert org.logins == 2


def test_a_session_refused_right_after_its_login_is_not_renewed() -> None:
    org, clock = FakeOrg(), Clock()
    keeper = keeper_for(org, clock)
    with pytest.raises(SessionRefused):
        keeper.renew(keeper.current())
    assert org.logins == 1
    with pytest.raises(LoginPaused):
        keeper.current()
    assert org.logins == 1


def test_a_rejected_session_makes_the_next_login_wait() -> None:
    org, clock = FakeOrg(), Clock()
    keeper = keeper_for(org, clock)
    error = keeper.reject(keeper.current())
    assert isinstance(error, SessionRefused)
    with pytest.raises(LoginPaused):
        keeper.current()
    clock.now += timedelta(seconds=61)
    assert keeper.current()
    assert org.logins == 2


def test_rejecting_a_session_that_was_replaced_meanwhile_keeps_the_new_one() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    keeper = keeper_for(org, clock, store=store)
    stale = keeper.current()
    clock.now += timedelta(hours=2)
    renewed = keeper.renew(stale)
    keeper.reject(stale)
    assert keeper.current() == renewed


def test_a_refused_password_is_never_tried_again_by_itself() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    org.login_breaks.append(refused_login())
    for _ in range(3):
        with pytest.raises(LoginRefused, match="did not accept") as refused:
            keeper_for(org, clock, credentials=PASSWORD, store=store).current()
        assert refused.value.permanent
        clock.now += timedelta(days=1)
    assert org.logins == 1


def test_new_credentials_or_a_persons_wish_try_again() -> None:
    org, clock = FakeOrg(), Clock()
    keeper = keeper_for(org, clock, credentials=PASSWORD)
    org.login_breaks.append(refused_login())
    with pytest.raises(LoginRefused):
        keeper.current()
    keeper.forget()
    assert keeper.current()


@pytest.mark.parametrize("trouble", [html(503), breaking(httpx2.ReadTimeout), breaking(httpx2.ConnectError)])
def test_a_login_that_failed_for_a_passing_reason_waits_one_minute_then_five(
    trouble: Callable[[httpx2.Request], httpx2.Response],
) -> None:
    org, clock = FakeOrg(), Clock()
    keeper = keeper_for(org, clock)
    org.login_breaks.extend([trouble, trouble])
    tries = []
    for second in range(0, 480, 10):
        clock.now = NOON + timedelta(seconds=second)
        before = org.logins
        with suppress(SalesforceError):
            keeper.current()
        if org.logins > before:
            tries.append(second)
    assert tries == [0, 60, 360]


def test_a_pause_says_how_long_it_lasts_and_why() -> None:
    org, clock = FakeOrg(), Clock()
    keeper = keeper_for(org, clock)
    org.login_breaks.append(breaking(httpx2.ConnectError))
    with pytest.raises(NotReached):
        keeper.current()
    clock.now += timedelta(seconds=20)
    with pytest.raises(LoginPaused, match="could not be reached") as paused:
        keeper.current()
    assert paused.value.retry_after == timedelta(seconds=40)
    assert not paused.value.permanent


def test_each_rotated_refresh_token_is_used_once() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    org.rotating = True
    keeper = keeper_for(org, clock, credentials=PERMISSION, store=store)
    session = keeper.current()
    for _ in range(3):
        clock.now += timedelta(hours=2)
        session = keeper_for(org, clock, credentials=PERMISSION, store=store).renew(session)
    assert org.logins == 4
    assert store.load().refresh_token == org.refresh_token


def test_a_rotated_refresh_token_is_stored_before_its_session_is_handed_out() -> None:
    org, store, clock = FakeOrg(), WatchedStore(), Clock()
    org.rotating = True
    session = keeper_for(org, clock, credentials=PERMISSION, store=store).current()
    assert store.saved[-1].refresh_token == session.refresh_token == org.refresh_token
    store.full = True
    clock.now += timedelta(hours=2)
    with pytest.raises(OSError, match="no space"):
        keeper_for(org, clock, credentials=PERMISSION, store=store).renew(session)


def test_a_failed_refresh_keeps_the_last_refresh_token() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    org.rotating = True
    keeper = keeper_for(org, clock, credentials=PERMISSION, store=store)
    session = keeper.current()
    clock.now += timedelta(hours=2)
    org.login_breaks.append(html(503))
    with pytest.raises(Exception, match="Salesforce"):
        keeper.renew(session)
    assert store.load().session is None
    assert store.load().refresh_token == org.refresh_token
    clock.now += timedelta(minutes=2)
    assert keeper.current().refresh_token == org.refresh_token


def test_a_rejected_grant_is_not_tried_twice() -> None:
    org, clock = FakeOrg(), Clock()
    org.login_breaks.append(lambda _: oauth_error("invalid_grant", "expired access/refresh token"))
    keeper = keeper_for(org, clock, credentials=PERMISSION)
    for _ in range(3):
        with pytest.raises(LoginRefused):
            keeper.current()
        clock.now += timedelta(days=1)
    assert org.logins == 1


def test_a_session_opened_by_connect_with_salesforce_is_taken_over() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    opened = keeper_for(org, clock, credentials=PERMISSION).current()
    keeper = keeper_for(org, clock, credentials=PERMISSION, store=store)
    keeper.adopt(opened)
    assert keeper.current() == opened
    assert org.logins == 1


def test_what_is_kept_survives_being_written_down() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    keeper = keeper_for(org, clock, credentials=PERMISSION, store=store)
    keeper.reject(keeper.current())
    clock.now += timedelta(minutes=2)
    keeper.current()
    for kept in (store.load(), Kept()):
        assert Kept.from_json(json.loads(json.dumps(kept.as_json()))) == kept


def test_a_failure_survives_being_written_down_and_shows_no_secret() -> None:
    org, store, clock = FakeOrg(), InMemoryStore(), Clock()
    org.login_breaks.append(refused_login())
    with pytest.raises(LoginRefused):
        keeper_for(org, clock, credentials=PASSWORD, store=store).current()
    kept = store.load()
    written = json.dumps(kept.as_json())
    assert Kept.from_json(json.loads(written)) == kept
    assert PASSWORD.password not in written


def test_a_keeper_takes_the_real_clock_if_none_is_given() -> None:
    keeper = SessionKeeper(credentials=PASSWORD, transport=transport_to(FakeOrg()), store=InMemoryStore())
    assert keeper.current().issued_at.tzinfo is not None
