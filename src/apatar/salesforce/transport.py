"""The one seam to HTTP: every byte to and from Salesforce passes here."""

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2

from apatar.salesforce.errors import HostRefused, NotAnswered, NotReached, NotUnderstood, OutcomeUnknown
from apatar.salesforce.hosts import HostRule
from apatar.salesforce.limits import Usage, parse_usage
from apatar.salesforce.wire import read_json

LARGEST_ANSWER = 64 * 1024 * 1024
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError)
_REDIRECTS = (301, 302, 303, 307, 308)
_LOOPBACK_WITHOUT_PROXY: Mapping[str, httpx2.BaseTransport | None] = {
    "all://localhost": None,
    "all://127.0.0.1": None,
    "all://[::1]": None,
}


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; `total` bounds a whole answer, because Salesforce itself ends a call after ten minutes."""

    connect: float = 10
    write: float = 60
    read: float = 120
    total: float = 660


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body with exact decimals. Raises NotUnderstood where it is not JSON."""
        return read_json(self.body)

    @property
    def ok(self) -> bool:
        return self.status < 300


class Transport:
    """Sends requests to allowed hosts only, follows no redirect, and never waits for ever.

    `http` replaces the network in tests. Proxies come from the environment, as the operator set them; this machine
    itself is always reached directly. One transport may be shared by several clients of one org, not by several orgs:
    `usage` and `server_time` are those of the last answer.
    """

    def __init__(
        self,
        *,
        hosts: HostRule | None = None,
        timeouts: Timeouts | None = None,
        http: httpx2.BaseTransport | None = None,
        largest_answer: int = LARGEST_ANSWER,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.hosts = hosts or HostRule()
        self.calls = 0
        self.usage: Usage | None = None
        self.server_time: datetime | None = None
        self._timeouts = timeouts or Timeouts()
        self._largest_answer = largest_answer
        self._monotonic = monotonic
        self._http = httpx2.Client(
            transport=http,
            verify=_trust(),
            mounts=None if http else _LOOPBACK_WITHOUT_PROXY,
            follow_redirects=False,
            timeout=httpx2.Timeout(
                connect=self._timeouts.connect,
                write=self._timeouts.write,
                read=self._timeouts.read,
                pool=self._timeouts.connect,
            ),
            headers={"User-Agent": "ApatarOnDemand"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
        writes: bool = False,
    ) -> Answer:
        """Send one request and read the whole answer, whatever its status.

        Raises HostRefused (also on a redirect), NotReached where nothing was sent, and NotAnswered — OutcomeUnknown
        for a request that `writes` — where something was.
        """
        url = self.hosts.check(address)
        url = url.copy_merge_params(params) if params else url
        request = self._http.build_request(method, url, headers=headers, content=content)
        self.calls += 1
        try:
            answer = self._exchange(request)
        except _NEVER_SENT as error:
            raise NotReached(code="NOT_REACHED", detail=type(error).__name__) from error
        except (httpx2.HTTPError, NotAnswered) as error:
            raise _unanswered(error, writes=writes) from error
        self._learn(answer)
        _refuse_redirect(answer)
        return answer

    def _exchange(self, request: httpx2.Request) -> Answer:
        deadline = self._monotonic() + self._timeouts.total
        response = self._http.send(request, stream=True)
        try:
            body = self._body(response, deadline=deadline)
        finally:
            response.close()
        return Answer(response.status_code, {key.lower(): value for key, value in response.headers.items()}, body)

    def _body(self, response: httpx2.Response, *, deadline: float) -> bytes:
        """Read the decoded body, so that neither size, compression nor slowness can exhaust us."""
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._largest_answer:
                raise NotAnswered(code="ANSWER_TOO_LARGE", permanent=True)
            if self._monotonic() > deadline:
                raise NotAnswered(code="ANSWER_TOO_SLOW")
        return bytes(body)

    def _learn(self, answer: Answer) -> None:
        self.usage = parse_usage(answer.headers.get("sforce-limit-info")) or self.usage
        self.server_time = _server_time(answer.headers.get("date")) or self.server_time


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once: reading them takes longer than a call."""
    return httpx2.create_ssl_context()


def refuse_unknown_media(answer: Answer, expected: str) -> None:
    """Raise NotUnderstood where an answer that should be `expected` (`text/csv`) is something else, such as HTML."""
    media = answer.headers.get("content-type", expected)
    if expected not in media:
        raise NotUnderstood(code="UNEXPECTED_MEDIA_TYPE", detail=media[:100], status=answer.status)


def _unanswered(error: Exception, *, writes: bool) -> NotAnswered:
    kind = OutcomeUnknown if writes else NotAnswered
    code = error.code if isinstance(error, NotAnswered) else "NOT_ANSWERED"
    permanent = error.permanent if isinstance(error, NotAnswered) else None
    return kind(code=code, detail=type(error).__name__, permanent=permanent)


def _refuse_redirect(answer: Answer) -> None:
    if answer.status in _REDIRECTS:
        raise HostRefused(
            "The address sends us elsewhere instead of answering. Enter the org's own address, which ends in "
            ".my.salesforce.com, in the form.",
            code="REDIRECT",
            status=answer.status,
        )


def _server_time(header: str | None) -> datetime | None:
    if not header:
        return None
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
