"""One call with a session: authorised, budgeted, repeated only where a repeat is safe."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from apatar.salesforce.credentials import Session
from apatar.salesforce.errors import HostRefused, NotAnswered, NotReached, SalesforceError
from apatar.salesforce.hosts import origin
from apatar.salesforce.limits import Budget
from apatar.salesforce.refusals import first_error, refusal
from apatar.salesforce.sessions import SessionSource
from apatar.salesforce.transport import Answer, Transport

CLIENT_NAME = "ApatarOnDemand"
_PAUSES = (1.0, 3.0, 9.0)
_NO_USE_IN_A_NEW_SESSION = ("not attached to agent", "not valid for use with the rest api")
_SESSION_CODES = ("INVALID_SESSION_ID", "INVALID_AUTH_HEADER")


class Repeat(IntEnum):
    """How often a call may be repeated after it went out and was not answered."""

    READ = 3
    IDEMPOTENT_WRITE = 1
    INSERT = 0


@dataclass(frozen=True, slots=True)
class Call:
    """One request, before it knows its session; `path` is as Salesforce gives it, from the first slash on."""

    method: str
    path: str
    repeat: Repeat = Repeat.READ
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None

    @property
    def writes(self) -> bool:
        return self.repeat is not Repeat.READ


class Caller:
    """Makes calls for one connection; `sleep` is a parameter so that tests need not wait."""

    def __init__(
        self,
        *,
        source: SessionSource,
        transport: Transport,
        api_version: str,
        budget: Budget | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.transport = transport
        self.source = source
        self.sleep = sleep
        self._api_version = api_version
        self._budget = budget or Budget()

    def data(self, path: str) -> str:
        """The path of a REST resource at our data version."""
        return f"/services/data/v{self._api_version}/{path}"

    def call(self, call: Call) -> Answer:
        """Return a successful answer (below 300), after one new login where the session has expired.

        Raises whatever the tree of errors has; OutcomeUnknown only for calls that write.
        """
        session = self.source.current()
        answer = self._persistently(call, session)
        if not _session_expired(answer):
            return answer
        session = self.source.renew(session)
        answer = self._persistently(call, session)
        if not _session_expired(answer):
            return answer
        raise self.source.reject(session)

    def _persistently(self, call: Call, session: Session) -> Answer:
        unanswered = 0
        for pause in _PAUSES:
            try:
                return self._once(call, session)
            except SalesforceError as error:
                unanswered += isinstance(error, NotAnswered)
                if not _may_repeat(error, call.repeat, unanswered=unanswered):
                    raise
            self.sleep(pause)
        return self._once(call, session)

    def _once(self, call: Call, session: Session) -> Answer:
        self._budget.check(self.transport.usage)
        answer = self.transport.send(
            call.method,
            address(session.instance_url, call.path),
            params=call.params,
            content=call.content,
            writes=call.writes,
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {session.access_token}",
                "Sforce-Call-Options": f"client={CLIENT_NAME}",
                **call.headers,
            },
        )
        if answer.ok or _session_expired(answer):
            return answer
        raise refusal(answer, writes=call.writes)


def address(instance_url: str, path: str) -> str:
    """Join what Salesforce calls the next address to the instance; the session goes to its own instance only."""
    if path.startswith("/") and not path.startswith("//"):
        return f"{instance_url}{path}"
    if "://" in path and origin(path) == origin(instance_url):
        return path
    raise HostRefused("Salesforce referred us to another host. Ask the operator to look at the log.", code="OTHER_HOST")


def _may_repeat(error: SalesforceError, repeat: Repeat, *, unanswered: int) -> bool:
    """Nothing was sent, or it was turned away before any work: repeat. Else only as often as the call allows."""
    if isinstance(error, NotReached) or error.code == "CONCURRENT_LIMIT":
        return True
    return isinstance(error, NotAnswered) and not error.permanent and unanswered <= repeat


def _session_expired(answer: Answer) -> bool:
    """A 401 that a new login can cure; two texts are about the application, and would cause a loop of logins."""
    if answer.ok:
        return False
    error = first_error(answer)
    code, message = str(error.get("errorCode", "")), str(error.get("message", "")).casefold()
    if any(part in message for part in _NO_USE_IN_A_NEW_SESSION):
        return False
    return code in _SESSION_CODES or (answer.status == 401 and not code)
