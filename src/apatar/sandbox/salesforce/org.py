"""A whole org: its rows, its people, its faults, and the one door through which every request comes in."""

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from apatar.sandbox.names import business
from apatar.sandbox.salesforce import rest
from apatar.sandbox.salesforce.access import Access, keep_credentials, keep_key, same
from apatar.sandbox.salesforce.calls import Call
from apatar.sandbox.salesforce.errors import ConnectionCut, JsonObject, Refused
from apatar.sandbox.salesforce.faults import FaultBook, answer_admin
from apatar.sandbox.salesforce.ids import make_id
from apatar.sandbox.salesforce.metadata_soap import MetadataDoor
from apatar.sandbox.salesforce.oauth import OAuthDoor
from apatar.sandbox.salesforce.querying import Queries
from apatar.sandbox.salesforce.samples import add_samples
from apatar.sandbox.salesforce.saving import Writer
from apatar.sandbox.salesforce.soap_login import SoapDoor
from apatar.sandbox.salesforce.state import Actor, Row, State
from apatar.sandbox.salesforce.wire import Request, Response, json_response

_STRANGERS = 1_000_000


class Org:
    """A Salesforce org kept in a folder. Ask it with `handle`, or over HTTP with `server.serve`."""

    def __init__(self, home: Path, *, bare: bool = False, now: Callable[[], float] = time.time) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.credentials = keep_credentials(home)
        self.jwt_key, public_key = keep_key(home)
        self.closing = threading.Event()
        self._clock = now
        self._lock = threading.Lock()
        self.state = State(home / "org.sqlite3", bare=bare, now=self.now)
        self.faults = FaultBook(self.state)
        with self.state.undoable():
            ids = self._found()
            add_samples(self.state, ids["admin"])
        self.access = Access(self.state, org_id=ids["org"], user_id=ids["user"], admin_id=ids["admin"])
        self._queries = Queries(self.state, self.faults)
        self._oauth = OAuthDoor(self.state, self.access, self.faults, self.credentials, public_key)
        self._soap = SoapDoor(self.state, self.access, self.faults, self.credentials)
        self._metadata = MetadataDoor(self.state, self.access, self.faults)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> float:
        """Return the org's own time, which a fault may set apart from the machine's."""
        book = getattr(self, "faults", None)
        return self._clock() + (book.in_force.clock_offset if book else 0.0)

    def close(self) -> None:
        self.closing.set()
        with self._lock:
            self.state.close()

    def add_accounts(self, count: int, *, same_as_company: int) -> None:
        """Create accounts, the first of them being the customers of a sample company; once in an org's life."""
        with self._lock, self.state.undoable():
            if not count or self.state.setting("accounts_added", default=False):
                return
            writer = Writer(self.state, self.faults, Actor(self.access.admin_id, is_operator=True))
            for number in range(count):
                values = _account(number if number < same_as_company else _STRANGERS + number)
                writer.insert(self.state.object("Account"), values)
            self.state.put_setting("accounts_added", value=True)

    def handle(self, request: Request) -> Response:
        """Answer one request; raises ConnectionCut where a fault says that nothing is answered."""
        if request.path.startswith("/sandbox/"):
            with self._lock:
                return self._admin(request)
        if self._is_operators(request):
            return self._answer(request)
        with self._lock:
            held = self.faults.take("hold", request)
            seconds = self.faults.in_force.hold_seconds if held else 0.0
            after = self.faults.in_force.hold_after
        if not after:
            self._wait(seconds)
        answer = self._faulty(request)
        if after:
            self._wait(seconds)
        return answer

    def _faulty(self, request: Request) -> Response:
        with self._lock:
            if self.faults.take("unavailable", request):
                message = "Server is unavailable or too busy"
                return json_response([{"message": message, "errorCode": "SERVER_UNAVAILABLE"}], 503)
            if self.faults.take("cut_before", request):
                raise ConnectionCut
            cut = self.faults.take("cut_after", request)
        answer = self._answer(request)
        if cut:
            raise ConnectionCut
        return answer

    def _wait(self, seconds: float) -> None:
        if seconds:
            self.closing.wait(seconds)

    def _is_operators(self, request: Request) -> bool:
        with self._lock:
            try:
                return self.access.actor(request.headers.get("authorization")).is_operator
            except Refused:
                return False

    def _answer(self, request: Request) -> Response:
        with self._lock:
            path = request.path.rstrip("/")
            if path == "/services/data":
                return rest.list_versions()
            if path.startswith("/services/Soap/") and request.method == "POST":
                door = self._metadata if path.startswith("/services/Soap/m/") else self._soap
                return door.answer(request)
            if path.startswith("/services/oauth2/"):
                return self._refusable(self._oauth.answer, request)
            if path.startswith("/id/"):
                return self._refusable(self._oauth.userinfo, request)
            if path.startswith("/services/data/"):
                return self._refusable(self._rest, request)
        return Response(404, b"<html><head><title>Error 404</title></head></html>", {"Content-Type": "text/html"})

    def _refusable(self, handler: Callable[[Request], Response], request: Request) -> Response:
        try:
            return handler(request)
        except Refused as refusal:
            return json_response([refusal.as_rest()], refusal.status)

    def _rest(self, request: Request) -> Response:
        version = rest.version_of(request)
        actor = self.access.actor(request.headers.get("authorization"))
        in_force = self.faults.in_force
        if not actor.is_operator:
            self._check_limits(request)
            self.state.count_call()
        call = Call(self.state, self.faults, self.access, self._queries, actor, version, request)
        with self.state.undoable():
            answer = rest.dispatch(call)
        used = f"api-usage={self.state.calls_today()}/{in_force.daily_limit}"
        return replace(answer, headers={**answer.headers, "Sforce-Limit-Info": used})

    def _check_limits(self, request: Request) -> None:
        in_force = self.faults.in_force
        if in_force.request_limit or self.state.calls_today() >= in_force.daily_limit:
            raise Refused("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
        if self.faults.take("concurrent_limit", request):
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise Refused("REQUEST_LIMIT_EXCEEDED", message, status=403)
        if not in_force.api_access:
            raise Refused("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner", status=403)

    def _admin(self, request: Request) -> Response:
        """Serve the operator: /sandbox/faults, POST /sandbox/merge and POST /sandbox/expire-sessions."""
        kind, _, coded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(coded).decode().partition(":")
        except ValueError:
            user = password = ""
        if (
            kind.lower() != "basic"
            or user != self.credentials.admin_user
            or not same(password, self.credentials.admin_password)
        ):
            return Response(401, b"", {"WWW-Authenticate": 'Basic realm="sandbox"'})
        if request.path == "/sandbox/expire-sessions" and request.method == "POST":
            self.access.expire_sessions()
            return Response(204)
        if request.path == "/sandbox/merge" and request.method == "POST":
            return self._merge(request)
        if request.path != "/sandbox/faults" or request.method not in ("GET", "POST", "DELETE"):
            return Response(404)
        return answer_admin(self.faults, request)

    def merge(self, object_name: str, *, master: str, loser: str) -> None:
        """Merge two accounts or contacts, as the administrator does with the page's own button. Raises Refused."""
        with self._lock:
            self._merged(object_name, master, loser)

    def _merged(self, object_name: str, master: str, loser: str) -> None:
        writer = Writer(self.state, self.faults, Actor(self.access.admin_id, is_operator=True))
        writer.merge(self.state.object(object_name), master, loser)

    def _merge(self, request: Request) -> Response:
        try:
            asked = json.loads(request.body)
            self._merged(asked["object"], asked["master"], asked["loser"])
        except (ValueError, KeyError, TypeError):
            return Response(400, b'Give {"object", "master", "loser"}: a name and two ids.\n')
        except Refused as refused:
            return Response(400, f"{refused.message}\n".encode())
        return Response(204)

    def _found(self) -> dict[str, str]:
        """Return the ids of the org and its two people, made at its first start."""
        known = self.state.setting("founded")
        if known is not None:
            return dict(known)
        at = int(self.now())
        for name in ("founded_at", "described_at"):
            self.state.put_setting(name, at)
        ids = {"org": make_id("00D", 1), "user": make_id("005", 2), "admin": make_id("005", 3)}
        book = self.state.new_id("01s")
        shared: Row = {"CreatedDate": at, "LastModifiedDate": at, "SystemModstamp": at}
        shared |= {"CreatedById": ids["admin"], "LastModifiedById": ids["admin"]}
        for name, row in _founding_rows(ids, book, self.credentials.user, self.credentials.admin_user):
            self.state.write_row(self.state.object(name), {**row, **shared})
        self.state.put_setting("founded", ids)
        return ids


def _founding_rows(ids: dict[str, str], book: str, user: str, admin: str) -> list[tuple[str, Row]]:
    zone: Row = {"TimeZoneSidKey": "America/New_York", "LanguageLocaleKey": "en_US"}
    organization: Row = {
        "Id": ids["org"], "Name": "Sandbox Org", "Country": "US", "PrimaryContact": "Sandbox Operator",
        "OrganizationType": "Developer Edition", "InstanceName": "SBX1", "IsSandbox": 0,
        "DefaultLocaleSidKey": "en_US", "FiscalYearStartMonth": 1, **zone,
    }  # fmt: skip
    standard: Row = {"Id": book, "Name": "Standard Price Book", "IsStandard": 1, "IsActive": 1}
    return [
        ("Organization", organization),
        ("User", {"Id": ids["user"], **zone, **_person("Apatar", "Integration", user)}),
        ("User", {"Id": ids["admin"], **zone, **_person("Sandbox", "Operator", admin)}),
        ("Pricebook2", standard),
    ]


def _person(first: str, last: str, user: str) -> Row:
    return {
        "Username": user, "Email": user, "FirstName": first, "LastName": last, "Name": f"{first} {last}",
        "Alias": first[:8].lower(), "CommunityNickname": first.lower(), "IsActive": 1, "UserType": "Standard",
        "LocaleSidKey": "en_US", "EmailEncodingKey": "UTF-8",
    }  # fmt: skip


def _account(index: int) -> JsonObject:
    one = business(index)
    place = {
        "Street": "\n".join(one.street),
        "City": one.city,
        "State": one.state,
        "PostalCode": one.postal_code,
        "Country": one.country,
    }
    return {
        "Name": one.name,
        "Phone": one.phone,
        "Fax": one.fax,
        "AccountNumber": one.account_number,
        **{f"Billing{name}": value for name, value in place.items()},
        **{f"Shipping{name}": value for name, value in place.items()},
    }


def credentials_json(org: Org, url: str) -> str:
    """Return the one line that `--json` prints (CONTRACT.md), with what else a caller may need."""
    known = org.credentials
    return json.dumps(
        {
            "ready": url,
            "user": known.user,
            "password": known.password,
            "security_token": known.security_token,
            "client_id": known.client_id,
            "client_secret": known.client_secret,
            "admin_user": known.admin_user,
            "admin_password": known.admin_password,
            "admin_security_token": known.admin_security_token,
            "jwt_key": str(org.jwt_key),
            "org_id": org.access.org_id,
        }
    )
