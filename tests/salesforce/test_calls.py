"""One call: its session, its repeats, its budget."""

from datetime import timedelta

import httpx2
import pytest

from apatar.salesforce.calls import Call, Repeat, address
from apatar.salesforce.errors import (
    HostRefused,
    LimitReached,
    LoginPaused,
    NotAnswered,
    NotReached,
    OutcomeUnknown,
    RequestRefused,
    SessionRefused,
)
from apatar.salesforce.hosts import HostRule
from tests.salesforce.fake_org import (
    MY_DOMAIN,
    PASSWORD,
    Answering,
    Clock,
    FakeOrg,
    breaking,
    client_of,
    counting_logins,
    html,
    rest_error,
)

READ = Call("GET", "/services/data/v62.0/thing")
INSERT = Call("POST", "/services/data/v62.0/thing", Repeat.INSERT, headers={"X-Own": "1"}, content=b"{}")
UPSERT = Call("PATCH", "/services/data/v62.0/thing", Repeat.IDEMPOTENT_WRITE, content=b"{}")


@pytest.fixture
def org() -> FakeOrg:
    org = FakeOrg()
    for method in ("GET", "POST", "PATCH"):
        org.answers(method, "thing", {"done": True})
    return org


def failing(org: FakeOrg, *answers: Answering) -> None:
    org.breaks.extend(answers)


def test_every_call_says_who_we_are(org: FakeOrg) -> None:
    client_of(org).caller.call(READ)
    sent = org.requests[-1].headers
    assert sent["Sforce-Call-Options"] == "client=ApatarOnDemand"
    assert sent["Authorization"].startswith("Bearer 00D5g00000ABCDE!")


def test_an_expired_session_is_renewed_once_and_the_call_is_replayed_with_all_its_headers(org: FakeOrg) -> None:
    clock = Clock()
    client = client_of(org, clock=clock)
    client.caller.call(READ)
    org.expire_sessions()
    clock.now += timedelta(hours=3)
    with counting_logins(org) as logins:
        assert client.caller.call(INSERT).ok
    assert logins() == 1
    refused, replayed = org.requests[-3], org.requests[-1]
    assert refused.headers["X-Own"] == replayed.headers["X-Own"] == "1"
    assert refused.content == replayed.content == b"{}"
    assert refused.headers["Authorization"] != replayed.headers["Authorization"]


def test_a_session_that_is_refused_again_and_again_costs_one_login_and_then_none(org: FakeOrg) -> None:
    clock = Clock()
    client = client_of(org, clock=clock, credentials=PASSWORD)
    client.caller.call(READ)
    org.expire_sessions()
    org.refuses_every_session = True
    clock.now += timedelta(hours=3)
    with counting_logins(org) as logins:
        with pytest.raises(SessionRefused):
            client.caller.call(READ)
        for _ in range(20):
            with pytest.raises(LoginPaused):
                client.caller.call(READ)
    assert logins() == 1


@pytest.mark.parametrize(
    "text", ["This session is not valid for use with the REST API", "Connected app is not attached to Agent"]
)
def test_a_refusal_that_no_login_can_cure_causes_none(org: FakeOrg, text: str) -> None:
    client = client_of(org)
    client.session()
    failing(org, lambda _: rest_error(401, "INVALID_SESSION_ID", text))
    with counting_logins(org) as logins, pytest.raises(RequestRefused):
        client.caller.call(READ)
    assert logins() == 0


def test_a_401_page_of_a_proxy_is_met_by_one_new_login(org: FakeOrg) -> None:
    clock = Clock()
    client = client_of(org, clock=clock)
    client.session()
    clock.now += timedelta(hours=1)
    failing(org, html(401))
    with counting_logins(org) as logins:
        assert client.caller.call(READ).ok
    assert logins() == 1


@pytest.mark.parametrize("trouble", [html(503), html(502), breaking(httpx2.ReadTimeout), breaking(httpx2.ConnectError)])
def test_a_read_is_repeated_three_times_with_growing_pauses(org: FakeOrg, trouble: Answering) -> None:
    clock = Clock()
    client = client_of(org, clock=clock)
    failing(org, trouble, trouble, trouble)
    assert client.caller.call(READ).ok
    assert clock.slept == [1.0, 3.0, 9.0]


def test_a_read_gives_up_after_the_third_repeat(org: FakeOrg) -> None:
    failing(org, *[html(503)] * 9)
    with pytest.raises(NotAnswered) as raised:
        client_of(org).caller.call(READ)
    assert not raised.value.outcome_unknown
    assert len(org.api_requests) == 4


@pytest.mark.parametrize("trouble", [html(503), html(500), breaking(httpx2.ReadTimeout), breaking(httpx2.ReadError)])
def test_an_insert_that_was_sent_and_not_answered_is_never_repeated(org: FakeOrg, trouble: Answering) -> None:
    failing(org, trouble)
    with pytest.raises(OutcomeUnknown) as raised:
        client_of(org).caller.call(INSERT)
    assert raised.value.outcome_unknown
    assert len(org.api_requests) == 1


def test_an_insert_that_never_left_is_repeated(org: FakeOrg) -> None:
    failing(org, breaking(httpx2.ConnectError))
    assert client_of(org).caller.call(INSERT).ok


def test_an_insert_turned_away_before_any_work_is_repeated(org: FakeOrg) -> None:
    failing(org, lambda _: rest_error(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."))
    assert client_of(org).caller.call(INSERT).ok


def test_an_upsert_is_repeated_once(org: FakeOrg) -> None:
    failing(org, html(503))
    assert client_of(org).caller.call(UPSERT).ok
    failing(org, html(503), html(503))
    with pytest.raises(OutcomeUnknown):
        client_of(org).caller.call(UPSERT)


def test_an_unreachable_org_is_given_up_in_the_end(org: FakeOrg) -> None:
    failing(org, *[breaking(httpx2.ConnectError)] * 9)
    with pytest.raises(NotReached):
        client_of(org).caller.call(INSERT)
    assert len(org.api_requests) == 4


def test_a_daily_limit_ends_the_matter_at_once(org: FakeOrg) -> None:
    failing(org, lambda _: rest_error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    with pytest.raises(LimitReached) as raised:
        client_of(org).caller.call(READ)
    assert raised.value.retry_after == timedelta(hours=1)
    assert len(org.api_requests) == 1


def test_calls_stop_before_the_org_does(org: FakeOrg) -> None:
    org.usage = "api-usage=4500/5000"
    client = client_of(org)
    client.caller.call(READ)
    with pytest.raises(LimitReached):
        client.caller.call(READ)
    assert len(org.api_requests) == 1


@pytest.mark.parametrize("path", ["https://evil.example/x", "//evil.example/x", "http://acme.my.salesforce.com/x", "x"])
def test_the_session_goes_nowhere_but_to_its_own_instance(path: str) -> None:
    with pytest.raises(HostRefused):
        address(MY_DOMAIN, path)


def test_a_full_address_of_the_same_instance_is_followed() -> None:
    assert address(MY_DOMAIN, f"{MY_DOMAIN}/services/data/x") == f"{MY_DOMAIN}/services/data/x"
    assert address(MY_DOMAIN, "/services/data/x") == f"{MY_DOMAIN}/services/data/x"


def test_an_org_on_this_machine_works_where_the_operator_allows_it() -> None:
    org = FakeOrg()
    org.instance_url = "http://localhost:8801"
    org.answers("GET", "thing", {})
    client = client_of(org, hosts=HostRule.allowing(["localhost:8801"]))
    assert client.caller.call(READ).ok
    assert org.requests[-1].url.port == 8801
    with pytest.raises(HostRefused):
        client_of(org).caller.call(READ)


def test_the_clock_of_the_server_is_known_after_a_call(org: FakeOrg) -> None:
    client = client_of(org)
    client.caller.call(READ)
    assert client.server_time is not None
    assert client.server_time.second == 7
