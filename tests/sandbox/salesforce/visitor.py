"""A visitor to a sandbox org in the same process: asks it without a socket, and moves its clock."""

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

from apatar.sandbox.salesforce.access import keep_key
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request, Response

BASE = "http://127.0.0.1:9"
NOON = 1_795_348_800.0  # 2026-11-22T12:00:00Z


@dataclass
class Clock:
    """Time that passes only when it is told to."""

    at: float = NOON

    def __call__(self) -> float:
        return self.at


@dataclass
class Visitor:
    """Someone with a session; `version` is that of the addresses it asks."""

    org: Org
    clock: Clock
    token: str = ""
    version: str = "68.0"
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, target: str, body: Any = None, **headers: str) -> Response:
        """Send a request; a body that is not bytes goes as JSON."""
        sent = {"authorization": f"Bearer {self.token}", **self.headers}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.org.handle(Request(method, target, sent, raw, BASE))

    def data(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        return self.ask(method, f"/services/data/v{self.version}/{path}", body, **headers)

    def get(self, path: str) -> Any:
        """Return the JSON of a GET that must succeed."""
        answer = self.data("GET", path)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def query(self, soql: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self.get(f"query?q={quote(soql)}")["records"]
        return records

    def refused(self, soql: str) -> tuple[str, str]:
        """Return the code and message that a wrong query is answered with."""
        answer = self.data("GET", f"query?q={quote(soql)}")
        assert answer.status == 400
        error = json.loads(answer.body)[0]
        return error["errorCode"], error["message"]

    def create(self, kind: str, **values: Any) -> str:
        answer = self.data("POST", f"sobjects/{kind}", values)
        assert answer.status == 201, answer.body
        return str(json.loads(answer.body)["id"])

    def error(self, answer: Response) -> tuple[int, str, str]:
        """Return status, code and message of a refusal."""
        one = json.loads(answer.body)[0]
        return answer.status, one["errorCode"], one["message"]

    def collect(self, method: str, path: str, records: list[dict[str, Any]], *, all_or_none: bool = False) -> Any:
        """Return the results of a collection of Accounts (or of the types that the records name)."""
        typed = [{"attributes": {"type": "Account"}, **one} for one in records]
        answer = self.data(method, path, {"allOrNone": all_or_none, "records": typed})
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def token_request(self, **form: str) -> tuple[int, dict[str, Any]]:
        answer = self.ask("POST", "/services/oauth2/token", urlencode(form).encode())
        return answer.status, json.loads(answer.body)


def visit(home: Path, *, bare: bool = False) -> Visitor:
    """Return the integration user of a new org, with a session."""
    clock = Clock()
    _lend_key(home)
    org = Org(home, bare=bare, now=clock)
    visitor = Visitor(org, clock)
    visitor.token = org.access.open_session(org.access.user_id)
    return visitor


def _lend_key(home: Path) -> None:
    """Give a new org a key that was made before: making one takes longer than most tests."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "jwt_key.pem").write_bytes(_one_key())


@cache
def _one_key() -> bytes:
    with TemporaryDirectory() as folder:
        path, _ = keep_key(Path(folder))
        return path.read_bytes()


def operator(visitor: Visitor) -> Visitor:
    """Return the org's operator: no fault meets it, and it sees every row at once."""
    org = visitor.org
    return Visitor(org, visitor.clock, org.access.open_session(org.access.admin_id))


def basic(org: Org) -> str:
    """Return the Authorization header of the admin address."""
    known = org.credentials
    return "Basic " + base64.b64encode(f"{known.admin_user}:{known.admin_password}".encode()).decode()
