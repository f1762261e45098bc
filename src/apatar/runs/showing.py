"""How a run and its changes look on a page. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from django.urls import reverse

from apatar.runs.closing import summary
from apatar.runs.models import Change, ChangeState, Outcome, Run, Side
from apatar.runs.remote import unpacked
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side as CoreSide

TONES: Mapping[str, str] = {
    Outcome.OK: "good",
    Outcome.WITH_PROBLEMS: "wait",
    Outcome.STOPPED: "wait",
    Outcome.SHOWN: "wait",
    Outcome.FAILED: "bad",
    Outcome.INTERRUPTED: "bad",
}
STATE_TONES: Mapping[str, str] = {
    ChangeState.CONFIRMED: "good",
    ChangeState.UNKNOWN: "wait",
    ChangeState.SHOWN: "wait",
    ChangeState.REFUSED: "bad",
}
BOOKKEEPING = {
    "QuickBooks_ListID__c": "QuickBooks id",
    "QuickBooks_TxnID__c": "QuickBooks id",
    "QuickBooks_Job_ListID__c": "QuickBooks id of the job",
    "ExternalGUID": "Mark of Apatar On-Demand",
    "QuickBooks_Sync_Status__c": "Sync status",
    "QuickBooks_Synced_At__c": "Last synced",
    "QuickBooks_Sync_Error__c": "Why it waits",
}
"""What is written beside people's own values: the marks by which a record is recognised."""
VERBS = {"create": "Created", "update": "Updated", "void": "Voided", "deactivate": "Deactivated"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the history."""

    run: Run
    tone: str
    created: int
    updated: int
    problems: int
    conflicts: int


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a run; `link` leads to what it counts."""

    number: int
    label: str
    link: str


@dataclass(frozen=True, slots=True)
class Value:
    """One field before and after; `label` in plain words, `field` as its own system calls it."""

    label: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One change, as the page of its run shows it."""

    change: Change
    title: str
    tone: str
    values: tuple[Value, ...]


def row_of(run: Run) -> Row:
    return Row(
        run=run,
        tone=TONES.get(run.outcome, ""),
        created=sum(count_of(run, side, "created") for side in Side),
        updated=sum(count_of(run, side, "updated") for side in Side),
        problems=_number(run.counts.get("problems")),
        conflicts=_number(run.counts.get("conflicts")),
    )


def figures_of(run: Run) -> list[Figure]:
    """The numbers of a finished run; every number of something written leads to it."""
    words = (("created", "create"), ("updated", "update"))
    written = [
        Figure(count_of(run, side, word), f"{word} in {side.label}", f"?side={side}&operation={operation}#changes")
        for side in Side
        for word, operation in words
    ]
    # An open problem moves on with every run that meets it, so its number leads to what waits now.
    waiting = reverse("problems", args=[run.connection_id])
    conflicts, problems = _number(run.counts.get("conflicts")), _number(run.counts.get("problems"))
    return [
        *written,
        Figure(conflicts, _many(conflicts, "conflict"), "#conflicts"),
        Figure(problems, _many(problems, "problem"), waiting),
    ]


def says_more(run: Run) -> bool:
    """Whether the sentence of a run tells anything that its figures do not."""
    return bool(run.message) and not (run.counts and run.message == summary(run.counts))


def count_of(run: Run, side: Side, word: str) -> int:
    """Read one number from the run's counts; a run that has not counted yet has 0 of everything."""
    counts = run.counts.get(side.value, {})
    return _number(counts.get(word)) if isinstance(counts, dict) else 0


def entries_of(changes: Iterable[Change]) -> list[Entry]:
    return [entry_of(change) for change in changes]


def entry_of(change: Change) -> Entry:
    """Show a change: its verb, where, and only the fields whose value differs."""
    verb = VERBS.get(change.operation, change.operation.capitalize())
    if change.state == ChangeState.SHOWN:
        verb = f"Would be {verb.lower()}"
    elif change.state != ChangeState.CONFIRMED:
        verb = change.get_state_display()
    title = f"{verb} · {change.object_type} in {Side(change.side).label}"
    return Entry(change, title, STATE_TONES.get(change.state, ""), _values(change))


def _values(change: Change) -> tuple[Value, ...]:
    return values_between(change.mapping, change.side, unpacked(change.before), unpacked(change.fields))


def values_between(
    mapping: str, side: str, before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[Value, ...]:
    """Return the fields of `after` whose value differs from what stood there before."""
    labels = _labels(mapping, side)
    rows = ((labels.get(field, field), field, _text(before.get(field)), _text(value)) for field, value in after.items())
    return tuple(Value(*row) for row in rows if row[2] != row[3])


@cache
def _labels(mapping: str, side: str) -> Mapping[str, str]:
    """Name the fields of one side in plain words; a street has one name for all its lines."""
    found = {
        path: field.label if len(paths) == 1 else f"{field.label}, line {number}"
        for one in PAIRS
        if one.name == mapping
        for field in reversed(one.fields)  # where two fields share a path, the first one names it
        for paths in [field.paths(CoreSide(side))]
        for number, path in enumerate(paths, start=1)
    }
    return {**found, **BOOKKEEPING}


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def _many(number: int, word: str) -> str:
    return word if number == 1 else f"{word}s"


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
