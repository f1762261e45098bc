"""A small Salesforce org as a program: it answers over the client's own HTTP seam, and breaks when told to."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx2

from apatar.salesforce.client import Client
from apatar.salesforce.credentials import ClientCredentials, Credentials, PasswordLogin, RefreshToken
from apatar.salesforce.hosts import HostRule
from apatar.salesforce.limits import Budget
from apatar.salesforce.sessions import InMemoryStore, SessionKeeper, SessionStore
from apatar.salesforce.transport import Transport

MY_DOMAIN = "https://acme.my.salesforce.com"
ORG_ID = "00D5g00000ABCDEEA5"
USER_ID = "0055g00000ABCDEAA5"
ORG_PERSON_ID = f"https://login.salesforce.com/id/{ORG_ID}/{USER_ID}"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Answering = Callable[[httpx2.Request], httpx2.Response]


class Clock:
    """A clock that moves when somebody sleeps, and when a test says so."""

    def __init__(self) -> None:
        self.now = NOON
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class FakeOrg:
    """Knows tokens, answers each resource by a function, and keeps every request it has seen.

    `breaks` holds answers (or exceptions) for the next requests that carry a session; `rotating` hands out a new
    refresh token at each use and refuses the old one.
    """

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.breaks: deque[Answering] = deque()
        self.login_breaks: deque[Answering] = deque()
        self.valid: set[str] = set()
        self.refuses_every_session = False
        self.logins = 0
        self.rotating = False
        self.refresh_token = "refresh-0"
        self.resources: dict[tuple[str, str], Answering] = {}
        self.usage = "api-usage=18/5000"
        self.instance_url = MY_DOMAIN

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        path = request.url.path
        if path.startswith(("/services/oauth2/token", "/services/Soap/u/")):
            return self._log_in(request)
        if self._token(request) not in self.valid and path != "/services/data":
            return rest_error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.breaks:
            return self.breaks.popleft()(request)
        return self._resource(request)

    def answers(self, method: str, path: str, answering: Answering | Any) -> None:
        """Answer a resource (below the data version, or in full) with a function, or always with this JSON."""
        full = path if path.startswith("/") else f"/services/data/v62.0/{path}"
        self.resources[method, full] = answering if callable(answering) else lambda _: js(answering)

    def expire_sessions(self) -> None:
        self.valid.clear()

    @property
    def api_requests(self) -> list[httpx2.Request]:
        return [request for request in self.requests if request.url.path.startswith("/services/data")]

    def _resource(self, request: httpx2.Request) -> httpx2.Response:
        answering = self.resources.get((request.method, request.url.path))
        answer = (
            answering(request) if answering else rest_error(404, "NOT_FOUND", "The requested resource does not exist")
        )
        answer.headers["Sforce-Limit-Info"] = self.usage
        answer.headers["Date"] = "Sun, 22 Nov 2026 12:00:07 GMT"
        return answer

    def _log_in(self, request: httpx2.Request) -> httpx2.Response:
        self.logins += 1
        if self.login_breaks:
            return self.login_breaks.popleft()(request)
        token = f"{ORG_ID[:15]}!token-{self.logins}"
        if not self.refuses_every_session:
            self.valid = {token}
        if "/Soap/" in request.url.path:
            return httpx2.Response(200, content=soap_session(token, self.instance_url))
        return self._granted(token, form(request))

    def _granted(self, token: str, sent: Mapping[str, str]) -> httpx2.Response:
        body = {"access_token": token, "instance_url": self.instance_url, "id": ORG_PERSON_ID, "token_type": "Bearer"}
        if sent["grant_type"] != "refresh_token":
            return js(body)
        if sent["refresh_token"] != self.refresh_token:
            return oauth_error("invalid_grant", "expired access/refresh token")
        if self.rotating:
            self.refresh_token = f"refresh-{self.logins}"
            body["refresh_token"] = self.refresh_token
        return js(body)

    def _token(self, request: httpx2.Request) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")


def js(body: Any, status: int = 200, **headers: str) -> httpx2.Response:
    return httpx2.Response(
        status, content=json.dumps(body).encode(), headers={"Content-Type": "application/json"} | headers
    )


def rest_error(status: int, code: str, message: str) -> httpx2.Response:
    return js([{"errorCode": code, "message": message}], status)


def oauth_error(error: str, description: str) -> httpx2.Response:
    return js({"error": error, "error_description": description}, 400)


def html(status: int) -> Answering:
    page = b"<!DOCTYPE html><html><body>Down for maintenance</body></html>"
    return lambda _: httpx2.Response(status, content=page, headers={"Content-Type": "text/html"})


def breaking(error: type[httpx2.TransportError]) -> Answering:
    """The connection breaks: before (`ConnectError`) or after (`ReadTimeout`) the request went out."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        raise error("broken by the test", request=request)

    return answer


def form(request: httpx2.Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(request.content.decode()).items()}


def sent_json(request: httpx2.Request) -> Any:
    return json.loads(request.content)


def soap_session(token: str, instance_url: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
        'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com">'
        "<soapenv:Body><loginResponse><result><passwordExpired>false</passwordExpired>"
        f"<serverUrl>{instance_url}/services/Soap/u/64.0/{ORG_ID[:15]}</serverUrl><sessionId>{token}</sessionId>"
        f"<userId>{USER_ID}</userId><userInfo><orgHasPersonAccounts>true</orgHasPersonAccounts>"
        f"<organizationId>{ORG_ID}</organizationId><organizationMultiCurrency>false</organizationMultiCurrency>"
        "<organizationName>Acme</organizationName></userInfo></result></loginResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()


def soap_fault(code: str, message: str) -> Answering:
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring><detail><sf:LoginFault>"
        f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    return lambda _: httpx2.Response(500, content=body.encode(), headers={"Content-Type": "text/xml"})


APP = ClientCredentials(MY_DOMAIN, "consumer-key", "consumer-secret")
PASSWORD = PasswordLogin("https://login.salesforce.com", "ann@acme.example", "p&ss<word>", "t0ken")
PERMISSION = RefreshToken(MY_DOMAIN, "consumer-key", None, "refresh-0")


def transport_to(org: Answering, **options: Any) -> Transport:
    return Transport(http=httpx2.MockTransport(org), **options)


def keeper_for(
    org: FakeOrg, clock: Clock, *, credentials: Credentials = APP, store: SessionStore | None = None
) -> SessionKeeper:
    return SessionKeeper(
        credentials=credentials, transport=transport_to(org), store=store or InMemoryStore(), now=clock
    )


def client_of(
    org: FakeOrg,
    *,
    clock: Clock | None = None,
    credentials: Credentials = APP,
    store: SessionStore | None = None,
    budget: Budget | None = None,
    hosts: HostRule | None = None,
) -> Client:
    clock = clock or Clock()
    transport = transport_to(org, hosts=hosts)
    keeper = SessionKeeper(credentials=credentials, transport=transport, store=store or InMemoryStore(), now=clock)
    return Client(keeper, transport, budget=budget, sleep=clock.sleep)


@contextmanager
def counting_logins(org: FakeOrg) -> Iterator[Callable[[], int]]:
    """How many logins happened inside the block."""
    before = org.logins
    yield lambda: org.logins - before
