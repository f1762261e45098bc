"""Keeping one session per connection: reused by every process, renewed once, never hammered.

Rules learnt from others (facts, section 1.3): one login at a time; a rotated refresh token is stored before its access
token is used; a refused grant is never tried again; after any other failure we wait.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from apatar.salesforce.credentials import Credentials, Session
from apatar.salesforce.errors import LoginPaused, LoginRefused, SalesforceError, SessionRefused
from apatar.salesforce.login import log_in
from apatar.salesforce.transport import Transport

FIRST_PAUSE = timedelta(seconds=60)
LONGER_PAUSE = timedelta(seconds=300)
_TOO_YOUNG_TO_DIE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Failure:
    """The last login that failed, and how many failed in a row."""

    sentence: str
    code: str
    permanent: bool
    at: datetime
    times: int = 1

    @property
    def pause(self) -> timedelta:
        return FIRST_PAUSE if self.times == 1 else LONGER_PAUSE


@dataclass(frozen=True, slots=True)
class Kept:
    """What is remembered between processes. Holds secrets: `as_json` is to be sealed before it is stored.

    Store an empty `Kept()` whenever the credentials change: that forgets the session of the old ones and a refusal.
    """

    session: Session | None = None
    refresh_token: str | None = field(default=None, repr=False)
    failure: Failure | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "session": self.session.as_json() if self.session else None,
            "refresh_token": self.refresh_token,
            "failure": {**asdict(self.failure), "at": self.failure.at.isoformat()} if self.failure else None,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Kept":
        session, failure = values.get("session"), values.get("failure")
        return cls(
            session=Session.from_json(session) if session else None,
            refresh_token=values.get("refresh_token"),
            failure=Failure(**{**failure, "at": datetime.fromisoformat(failure["at"])}) if failure else None,
        )


class SessionStore(Protocol):
    """Where the session of one connection lives, sealed, for all processes.

    `lock` keeps other threads and processes from logging in at the same time; it is held across a network call, so it
    must not be a database transaction. `save` must be durable when it returns.
    """

    def load(self) -> Kept: ...

    def save(self, kept: Kept) -> None: ...

    def lock(self) -> AbstractContextManager[object]: ...


class InMemoryStore:
    """A store for one process, such as a command or a test."""

    def __init__(self, kept: Kept | None = None) -> None:
        self._kept = kept or Kept()
        self._lock = threading.Lock()

    def load(self) -> Kept:
        return self._kept

    def save(self, kept: Kept) -> None:
        self._kept = kept

    def lock(self) -> AbstractContextManager[object]:
        return self._lock


class SessionSource(Protocol):
    """What the client asks for sessions."""

    def current(self) -> Session: ...

    def renew(self, stale: Session) -> Session: ...

    def reject(self, session: Session) -> SalesforceError: ...


class SessionKeeper:
    """Hands out the session of one connection, and logs in where there is none."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        transport: Transport,
        store: SessionStore,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._credentials = credentials
        self._transport = transport
        self._store = store
        self._now = now

    def current(self) -> Session:
        """The kept session, or a new one. Raises LoginRefused, LoginPaused and what a login raises."""
        kept = self._store.load()
        if kept.session:
            return kept.session
        with self._store.lock():
            kept = self._store.load()
            return kept.session or self._log_in(kept)

    def renew(self, stale: Session) -> Session:
        """Replace a session that Salesforce refused, unless somebody else has done so already.

        Raises SessionRefused where the refused session is brand-new: another login would not help.
        """
        with self._store.lock():
            kept = self._store.load()
            if kept.session and kept.session.access_token != stale.access_token:
                return kept.session
            if kept.session and self._now() - kept.session.issued_at < _TOO_YOUNG_TO_DIE:
                raise self._remember(kept, SessionRefused(code="INVALID_SESSION_ID"))
            return self._log_in(kept)

    def reject(self, session: Session) -> SalesforceError:
        """Note that a renewed session was refused as well, and return the error to raise; the next login waits."""
        error = SessionRefused(code="INVALID_SESSION_ID")
        with self._store.lock():
            kept = self._store.load()
            if kept.session and kept.session.access_token != session.access_token:
                return error
            return self._remember(kept, error)

    def drop(self, session: Session) -> None:
        """Forget a session that is of no use, so that the next question logs in; the refresh token stays."""
        with self._store.lock():
            kept = self._store.load()
            if kept.session and kept.session.access_token == session.access_token:
                self._store.save(replace(kept, session=None))

    def adopt(self, session: Session) -> None:
        """Take over a session that was opened elsewhere, such as by `oauth.exchange_code`; forgets every failure."""
        with self._store.lock():
            self._store.save(Kept(session, session.refresh_token))

    def forget(self) -> None:
        """Forget session, refresh token and refusals, because the credentials changed or a person asks to try again."""
        with self._store.lock():
            self._store.save(Kept())

    def _log_in(self, kept: Kept) -> Session:
        self._refuse_to_hammer(kept.failure)
        try:
            session = log_in(self._credentials, self._transport, now=self._now(), refresh_token=kept.refresh_token)
        except SalesforceError as error:
            raise self._remember(kept, error) from error.__cause__
        self._store.save(Kept(session, session.refresh_token or kept.refresh_token))
        return session

    def _refuse_to_hammer(self, failure: Failure | None) -> None:
        if failure is None:
            return
        if failure.permanent:
            raise LoginRefused(failure.sentence, code=failure.code)
        left = failure.at + failure.pause - self._now()
        if left > timedelta(0):
            raise LoginPaused(failure.sentence, code=failure.code, retry_after=left)

    def _remember(self, kept: Kept, error: SalesforceError) -> SalesforceError:
        """Note the failure. The refused session goes; the refresh token stays, it may be the only one left."""
        times = kept.failure.times + 1 if kept.failure else 1
        refused = error.permanent and isinstance(error, LoginRefused)
        failure = Failure(error.sentence, error.code, refused, self._now(), times)
        self._store.save(replace(kept, session=None, failure=failure))
        if not error.permanent:
            error.retry_after = failure.pause
        return error
