"""The seam to HTTP: what went out, what came back, and what is never done."""

from datetime import UTC, datetime

import httpx2
import pytest

from apatar.salesforce.errors import HostRefused, NotAnswered, NotReached, NotUnderstood, OutcomeUnknown
from apatar.salesforce.limits import Usage
from apatar.salesforce.transport import Timeouts, Transport
from tests.salesforce.fake_org import MY_DOMAIN, Answering, breaking, html, js, transport_to


def always(answer: httpx2.Response) -> Answering:
    return lambda _: answer


def test_an_answer_tells_usage_and_the_servers_clock() -> None:
    headers = {"Sforce-Limit-Info": "api-usage=18/5000", "Date": "Sun, 22 Nov 2026 12:00:07 GMT"}
    transport = transport_to(always(httpx2.Response(200, headers=headers, content=b'{"amount": 1.10}')))
    answer = transport.send("GET", MY_DOMAIN)
    assert str(answer.json()["amount"]) == "1.10"
    assert (transport.calls, transport.usage) == (1, Usage(18, 5000))
    assert transport.server_time == datetime(2026, 11, 22, 12, 0, 7, tzinfo=UTC)


def test_an_answer_without_headers_keeps_what_was_known() -> None:
    answers = iter([httpx2.Response(200, headers={"Sforce-Limit-Info": "api-usage=1/9"}), httpx2.Response(200)])
    transport = transport_to(lambda _: next(answers))
    transport.send("GET", MY_DOMAIN)
    transport.send("GET", MY_DOMAIN)
    assert transport.usage == Usage(1, 9)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["https://evil.example/", f"{MY_DOMAIN}/elsewhere"])
def test_a_redirect_is_never_followed(status: int, target: str) -> None:
    seen: list[str] = []

    def redirecting(request: httpx2.Request) -> httpx2.Response:
        seen.append(str(request.url))
        return httpx2.Response(status, headers={"Location": target})

    with pytest.raises(HostRefused, match="sends us elsewhere"):
        transport_to(redirecting).send("GET", MY_DOMAIN, headers={"Authorization": "Bearer token"})
    assert len(seen) == 1
    assert seen[0].startswith(MY_DOMAIN)


def test_nothing_is_sent_to_a_refused_host() -> None:
    transport = transport_to(always(js({})))
    with pytest.raises(HostRefused):
        transport.send("GET", "https://evil.example/")
    assert transport.calls == 0


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
def test_what_never_left_is_safe_to_repeat_even_if_it_writes(error: type[httpx2.TransportError]) -> None:
    with pytest.raises(NotReached) as raised:
        transport_to(breaking(error)).send("POST", MY_DOMAIN, writes=True)
    assert not raised.value.outcome_unknown


@pytest.mark.parametrize("error", [httpx2.ReadTimeout, httpx2.ReadError, httpx2.RemoteProtocolError, httpx2.WriteError])
def test_what_left_and_was_not_answered_is_unknown_if_it_writes(error: type[httpx2.TransportError]) -> None:
    with pytest.raises(OutcomeUnknown) as raised:
        transport_to(breaking(error)).send("POST", MY_DOMAIN, writes=True)
    assert raised.value.outcome_unknown
    with pytest.raises(NotAnswered) as read:
        transport_to(breaking(error)).send("GET", MY_DOMAIN)
    assert not read.value.outcome_unknown


def test_an_oversized_answer_is_cut_off_even_where_it_is_compressed() -> None:
    import gzip

    bomb = httpx2.Response(200, content=gzip.compress(b"0" * 1_000_000), headers={"Content-Encoding": "gzip"})
    with pytest.raises(NotAnswered, match="no usable answer") as raised:
        transport_to(always(bomb), largest_answer=10_000).send("GET", MY_DOMAIN)
    assert raised.value.code == "ANSWER_TOO_LARGE"
    assert raised.value.permanent


def test_an_answer_that_trickles_for_ever_is_given_up() -> None:
    moments = iter(range(0, 10_000, 400))
    transport = Transport(
        http=httpx2.MockTransport(always(httpx2.Response(200, content=iter([b"{"] * 10)))),
        timeouts=Timeouts(total=600),
        monotonic=lambda: next(moments),
    )
    with pytest.raises(NotAnswered) as raised:
        transport.send("GET", MY_DOMAIN)
    assert raised.value.code == "ANSWER_TOO_SLOW"


def test_html_is_not_taken_for_json() -> None:
    answer = transport_to(html(200)).send("GET", MY_DOMAIN)
    with pytest.raises(NotUnderstood):
        answer.json()


def test_a_transport_closes_with_its_block() -> None:
    with transport_to(always(js({}))) as transport:
        transport.send("GET", MY_DOMAIN)
    with pytest.raises(RuntimeError):
        transport.send("GET", MY_DOMAIN)
