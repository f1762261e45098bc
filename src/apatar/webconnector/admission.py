"""Who may come in, and whether there is work: what stands behind `authenticate`.

Every company calls every few minutes, all day, and mostly there is nothing to do: so this is three short queries and
one transaction, on plain values.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef
from django_scopes import scopes_disabled

from apatar.accounts.models import Membership
from apatar.connections.company import selector_of
from apatar.connections.models import Connection
from apatar.connections.schedule import Calls, is_due
from apatar.connections.webconnector_password import (
    note_failure,
    password_fits,
    password_known,
    too_many_failures,
    waste_time,
)
from apatar.runs.models import Run

INVALID_USER = "nvu"
NO_WORK = "none"
REFUSED = "The Web Connector gave a wrong password. Type your On-Demand password into its Password field again."
NOT_HERE_ANY_MORE = (
    "The person whose password the Web Connector gives does not belong to this workspace any more. Make a separate "
    "password for the Web Connector on this page, and type it there."
)
COLUMNS = (
    "pk", "company", "frequency_minutes", "paused_at", "sealed_credentials", "webconnector_proof", "first_call_at",
    "last_call_at", "call_before_last_at", "sync_asked_at", "settings_changed_at", "owner__password",
    "owner__is_active", "owner_belongs",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """What a call needs of the connection whose user name it gave; the order is that of COLUMNS."""

    pk: int
    company: str
    frequency_minutes: int | None
    paused_at: datetime | None
    sealed_credentials: str
    webconnector_proof: str
    first_call_at: datetime | None
    last_call_at: datetime | None
    call_before_last_at: datetime | None
    sync_asked_at: datetime | None
    settings_changed_at: datetime | None
    owner_password: str
    owner_is_active: bool
    owner_belongs: bool

    @property
    def owner_may(self) -> bool:
        """Whether the owner's own password still opens this door; one made for the connection does not depend on it."""
        return bool(self.webconnector_proof) or (self.owner_is_active and self.owner_belongs)


@dataclass(frozen=True, slots=True)
class Admitted:
    """There is work: `company` is the selector, empty for the company file that is open."""

    caller: Caller
    company: str


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """`word` is the Web Connector's own (QBWC.md, section 1.3); `caller` is None where the password was wrong."""

    word: str
    reason: str
    caller: Caller | None = None


Verdict = Admitted | TurnedAway


def admit(user: str, password: str, *, address: str, now: datetime) -> Verdict:
    """Check the password, and decide whether this call is to be a run; writes nothing unless the password is wrong."""
    caller = _caller(user)
    if caller is None or not password_known(password, caller.webconnector_proof, caller.owner_password):
        refused = _try_password(user, password, caller, address)
        if refused is not None:
            return refused
    if caller is None or not caller.owner_may:
        return _refuse(caller, NOT_HERE_ANY_MORE)
    return _verdict(caller, now)


def _caller(user: str) -> Caller | None:
    belongs = Membership.objects.filter(person=OuterRef("owner"), workspace=OuterRef("workspace"))
    with scopes_disabled():  # the user name is what tells whose connection this is
        rows = Connection.objects.filter(webconnector_user=user[:64]).annotate(owner_belongs=Exists(belongs))
        found = rows.order_by().values_list(*COLUMNS).first()
    return Caller(*found) if found else None


def _try_password(user: str, password: str, caller: Caller | None, address: str) -> TurnedAway | None:
    """Check a password that is not known to be right yet: it costs much, so not too often."""
    if too_many_failures(user, address):
        return TurnedAway(INVALID_USER, "too many wrong passwords")
    if caller is None:
        waste_time(password)
        note_failure(user, address)
        return TurnedAway(INVALID_USER, "unknown user name")
    if not password_fits(password, proof=caller.webconnector_proof, owner_hash=caller.owner_password):
        note_failure(user, address)
        return _refuse(caller, REFUSED)
    return None


def _refuse(caller: Caller | None, reason: str) -> TurnedAway:
    if caller is not None:
        note_refusal(caller.pk, reason)
    return TurnedAway(INVALID_USER, reason)


def note_refusal(connection_id: int, reason: str) -> None:
    """Keep why the Web Connector was sent home, for the connection's page; the next good call clears it."""
    with scopes_disabled():
        Connection.objects.filter(pk=connection_id).exclude(last_refusal=reason).update(last_refusal=reason)


def _verdict(caller: Caller, now: datetime) -> Verdict:
    if caller.paused_at is not None:
        return TurnedAway(NO_WORK, "paused", caller)
    if not caller.sealed_credentials:
        return TurnedAway(NO_WORK, "no Salesforce credentials yet", caller)
    frequency = timedelta(minutes=caller.frequency_minutes) if caller.frequency_minutes else None
    if not is_due(_calls(caller, now), frequency=frequency):
        return TurnedAway(NO_WORK, "not due", caller)
    return Admitted(caller, selector_of(caller.company))


def _calls(caller: Caller, now: datetime) -> Calls:
    with scopes_disabled():
        last = Run.objects.filter(connection_id=caller.pk).order_by("-number").values_list("started_at", "finished_at")
        found = last.first()
    return Calls(
        now=now,
        last_call=caller.last_call_at,
        call_before_last=caller.call_before_last_at,
        last_run=found[0] if found else None,
        asked=caller.sync_asked_at,
        settings_changed=caller.settings_changed_at,
        unfinished=bool(found and found[1] is None),
    )


def note_call(caller: Caller, now: datetime) -> None:
    """Keep the last two calls: by them a timer is told from a person. Call in a transaction."""
    with scopes_disabled():
        Connection.objects.filter(pk=caller.pk).update(
            first_call_at=caller.first_call_at or now,
            call_before_last_at=caller.last_call_at,
            last_call_at=now,
            last_refusal="",
        )
