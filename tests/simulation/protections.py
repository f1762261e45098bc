"""The protections of the service, one by one: how each is switched off on purpose, and the story that it is there for.

With the protection the story ends well; without it the judge must see a broken promise. Otherwise the simulation could
not see what it claims to see.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apatar.connections import salesforce as org_login
from apatar.qbxml.answers import Answer, Ret
from apatar.qbxml.hresults import Hresult
from apatar.qbxml.status import Outcome
from apatar.runs import (
    deciding_batch,
    models,
    quickbooks_outcomes,
    quickbooks_read,
    quickbooks_side,
    quickbooks_write,
    rehearsal,
    salesforce_read,
    salesforce_write,
)
from apatar.runs.models import Batch, Change, ChangeState, Run
from apatar.runs.steps import Refused
from apatar.salesforce.client import Client
from apatar.salesforce.limits import Budget
from apatar.salesforce.results import SaveResult
from apatar.sync import undo
from apatar.sync.change import Change as Done
from apatar.sync.change import Operation
from apatar.sync.mapping import ObjectMapping
from apatar.sync.record import Record, Side
from tests.simulation import steps
from tests.simulation.schedule import LISTS, TRADE
from tests.simulation.steps import (
    Befalls,
    Deal,
    Edit,
    Elsewhere,
    Make,
    Meanwhile,
    Moment,
    Refuse,
    Rehearse,
    Schedule,
    Step,
    TakeBack,
    Trouble,
    Typed,
    Wait,
    Wrong,
)

MONDAY = "an ordinary Monday"
HERE, THERE = (Side.SALESFORCE,), (Side.QUICKBOOKS,)
CALM = steps.Run()
IN_STEP = (Make(HERE, "Kern Lighting"), Make(THERE, "Abel & Sons"), CALM, Wait(10))
A_WON_DEAL = (*IN_STEP, CALM, Deal("open", 0, 2), Deal("win", 0, 2), Wait(4))
PHONE_HERE = Edit(Side.SALESFORCE, 0, Typed.PHONE)
PHONE_THERE = Edit(Side.QUICKBOOKS, 0, Typed.PHONE)
Off = Callable[[pytest.MonkeyPatch], object]


@dataclass(frozen=True, slots=True)
class Protection:
    """One protection: how to do without it, the promises that then break, and the story."""

    name: str
    off: Off
    breaks: tuple[str, ...]
    story: tuple[Step, ...]
    trades: bool = False
    season: str = MONDAY

    @property
    def schedule(self) -> Schedule:
        return Schedule(0, self.season, TRADE if self.trades else LISTS, prepared=True, steps=self.story)


def befallen(*troubles: Befalls, meanwhile: Meanwhile | None = None) -> steps.Run:
    return steps.Run(troubles=troubles, meanwhile=meanwhile)


def _replaced(module: Any, name: str, instead: Any) -> Off:
    return lambda monkeypatch: monkeypatch.setattr(module, name, instead)


def _nothing(*_args: Any, **_named: Any) -> None:
    """Do nothing instead."""


def _sent_again_blindly(run: Run, *, conversation: int) -> None:
    """Plan anew what was sent in a lost set, without asking what became of it."""
    lost = Batch.objects.filter(connection=run.connection, side=models.Side.QUICKBOOKS, answered_at=None)
    for batch in lost.exclude(conversation=conversation, lost_at=None):
        batch.changes.filter(state__in=(ChangeState.SENT, ChangeState.UNKNOWN)).update(state=ChangeState.PLANNED)
        batch.answered_at = datetime.now(UTC)
        batch.save()
        if run.phase == models.Phase.WRITING:
            run.quickbooks_written = False
        Change.objects.filter(batch=batch).update(run=run)


def _forgotten(run: Run, batch_id: int, error: Hresult, *, now: datetime) -> Refused:
    """Take a set that went out and was not answered as one that never went out: nothing was written down of it."""
    batch = Batch.objects.get(pk=batch_id)
    batch.changes.filter(state=ChangeState.SENT).update(state=ChangeState.PLANNED)
    quickbooks_write._answered(batch, now)
    return Refused(error.sentence)


def _inserted(mapping: ObjectMapping, client: Client, changes: Sequence[Change]) -> list[SaveResult]:
    rows = [{**salesforce_write._payload(change), mapping.external_id_field: None} for change in changes]
    if changes[0].operation == Operation.CREATE:
        return client.insert(mapping.salesforce_object, rows)
    return client.update(mapping.salesforce_object, rows)


def _overwritten_where_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the same values again with the new edit sequence, instead of merging again."""
    real = quickbooks_outcomes._try_again

    def again(run: Run, mapping: ObjectMapping, change: Change, answer: Answer, now: datetime) -> bool:
        if answer.status.outcome is not Outcome.STALE:
            return real(run, mapping, change, answer, now)
        change.version, change.state = answer.rets[0].edit_sequence or "", ChangeState.PLANNED
        change.save()
        return True

    monkeypatch.setattr(quickbooks_outcomes, "_try_again", again)


def _all_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the whole run up for one record that is refused."""

    def give_up(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("one record was refused")

    monkeypatch.setattr(salesforce_write, "refuse", lambda *args, **_: give_up() if args[2] else None)


def _whatever_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a change back as if everything stood as it left it."""
    real = undo.take_back

    def take_back(mapping: ObjectMapping, done: Done, current: Record | None, *rest: Any, **named: Any) -> undo.Undoing:
        plain = {path: value for path, value in done.fields.items() if not isinstance(value, tuple)}
        stands = replace(current, fields={**current.fields, **plain}) if current else None
        return real(mapping, done, stands, *rest, **named)

    monkeypatch.setattr(undo, "take_back", take_back)


def _everything_may_go(run: Run, _mapping: ObjectMapping, rows: Sequence[Change]) -> list[Change]:
    return rehearsal._held(rows) if rehearsal.shows_only(run) else list(rows)


PROTECTIONS = (
    Protection(
        "What became of a lost message set is asked before anything is sent again",
        _replaced(quickbooks_write, "unanswered", _sent_again_blindly),
        ("I1",),
        (*A_WON_DEAL, befallen(Befalls(Trouble.CRASH_AFTER, 1, 2)), Wait(4), CALM),
        trades=True,
    ),
    Protection(
        "A message set is journaled before it is sent",
        _replaced(quickbooks_write, "take_error", _forgotten),
        ("I1",),
        (*A_WON_DEAL, befallen(Befalls(Trouble.CRASH_AFTER, 1, 2)), Wait(4), CALM),
        trades=True,
    ),
    Protection(
        "A document that we made is known by its GUID",
        _replaced(Ret, "external_guid", None),
        ("I1",),
        (
            *A_WON_DEAL,
            befallen(Befalls(Trouble.CRASH_AFTER, 1, 2), Befalls(Trouble.FORGETS)),
            Wait(4),
            CALM,
        ),
        trades=True,
    ),
    Protection(
        "Accounts are made by upsert on their external id",
        _replaced(salesforce_write, "_call", _inserted),
        ("I1", "I3"),
        (
            *IN_STEP,
            Make(THERE, "Kern Lighting"),
            befallen(Befalls(Trouble.LATE_ROWS, 1, 4), Befalls(Trouble.ORG_LOSES_REPLY, 1, 2)),
        ),
    ),
    Protection(
        "What Salesforce shows late is read once more",
        _replaced(salesforce_read, "OVERLAP", timedelta()),
        ("I2", "I3"),
        (
            *IN_STEP,
            befallen(
                Befalls(Trouble.LATE_ROWS, 1, 4),
                meanwhile=Meanwhile(Moment.BEFORE_READ, Make(HERE, "Kern Lighting")),
            ),
            Wait(4),
            CALM,
        ),
    ),
    Protection(
        "QuickBooks is read with an overlap, for its clocks go back",
        _replaced(quickbooks_read, "OVERLAP", timedelta()),
        ("I2", "I3"),
        (Make(THERE, "Kern Lighting"), Wait(25), PHONE_THERE, CALM, Wait(25), PHONE_THERE, CALM),
        season="half an hour before clocks go back",
    ),
    Protection(
        "Salesforce is looked at once more before it is written",
        _replaced(salesforce_write, "_look_again", _nothing),
        ("I2",),
        (*IN_STEP, PHONE_THERE, befallen(meanwhile=Meanwhile(Moment.AFTER_QUERY, PHONE_HERE))),
    ),
    Protection(
        "A record that moved meanwhile is merged again",
        _overwritten_where_stale,
        ("I2",),
        (*IN_STEP, PHONE_HERE, befallen(meanwhile=Meanwhile(Moment.BEFORE_WRITE, PHONE_THERE))),
    ),
    Protection(
        "The losing value of a conflict is kept",
        _replaced(deciding_batch, "keep_conflicts", _nothing),
        ("I2",),
        (*IN_STEP, PHONE_HERE, PHONE_THERE, CALM),
    ),
    Protection(
        "Another company file is refused",
        _replaced(quickbooks_side, "check_company", _nothing),
        ("I6",),
        (*IN_STEP, Wrong(Elsewhere.FILE)),
    ),
    Protection(
        "Another org is refused",
        _replaced(org_login, "bind_org", _nothing),
        ("I6",),
        (*IN_STEP, Wrong(Elsewhere.ORG)),
    ),
    Protection(
        "One record that is refused does not hold up the others",
        _all_or_none,
        ("I3", "I4"),
        (*IN_STEP, Refuse(Side.SALESFORCE, 0), Make(THERE, "Kern Lighting"), CALM),
    ),
    Protection(
        "The org keeps a tenth of its daily calls for others",
        _replaced(Budget, "allows", lambda *_args, **_named: True),
        ("I7",),
        (*IN_STEP, PHONE_THERE, Make(THERE, "Kern Lighting"), befallen(Befalls(Trouble.QUOTA, 1, 1))),
    ),
    Protection(
        "A dry run writes nothing",
        _replaced(rehearsal, "shows_only", lambda _run: False),
        ("I3", "I8"),
        (*IN_STEP, PHONE_HERE, Rehearse()),
    ),
    Protection(
        "A release writes only what was shown",
        _replaced(rehearsal, "may_go", _everything_may_go),
        ("I8",),
        (*IN_STEP, PHONE_HERE, Rehearse(Edit(Side.QUICKBOOKS, 1, Typed.CITY))),
    ),
    Protection(
        "What was edited since is not taken back",
        _whatever_stands,
        ("I9",),
        (*IN_STEP, PHONE_HERE, TakeBack(PHONE_THERE)),
    ),
)
