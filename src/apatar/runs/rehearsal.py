"""Dry runs: a run that decides everything and writes nothing, and the run that carries out what was shown.

A plan is shown as changes of the dry run. Its release carries out exactly those: what comes up besides is shown in
turn, never applied blindly. What follows from a create itself needs no release: its id and its number come back, and an
invoice that a deal became is shown in Salesforce.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db.models import Count
from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.closing import counts_of
from apatar.runs.models import Change, ChangeState, Link, Outcome, Phase, Run, Side
from apatar.runs.outcomes import look_at_both_again
from apatar.runs.pairs import pairs_of_run
from apatar.runs.problems import open_problems
from apatar.runs.proposal import ProposalChoice
from apatar.runs.proposals import unaccepted
from apatar.salesforce.client import LARGEST_COLLECTION
from apatar.sync import safety
from apatar.sync.change import Operation
from apatar.sync.counts import Counts, Tally
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs import PAIRS

OPEN_FOR = 7
"""Days for which a shown plan can be released: after that too much may have changed."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one pair of objects would write to one side; `calls` is what it costs in Salesforce."""

    mapping: str
    label: str
    side: str
    creates: int
    updates: int
    calls: int


def plan_to_carry_out(connection: Connection) -> Run | None:
    """Return the dry run that somebody released and that no run has carried out yet."""
    released = Run.objects.filter(connection=connection, outcome=Outcome.SHOWN, released_at__isnull=False)
    return released.filter(carried_out_by=None).order_by("-number").first()


def shows_only(run: Run) -> bool:
    return run.is_dry and run.carries_out_id is None


def may_go(run: Run, mapping: ObjectMapping, rows: Sequence[Change]) -> list[Change]:
    """Return those changes that a run may carry out; of one that follows a release, only what was shown.

    The others are kept as shown, for the next release.
    """
    if shows_only(run):
        return _held(rows)
    if run.carries_out_id is None:
        return list(rows)
    shown = _shown_contents(run, mapping, rows)
    made = _made(run, rows)
    free = [row for row in rows if row.content in shown or _follows(row, made)]
    _held([row for row in rows if row not in free])
    return free


def _held(rows: Iterable[Change]) -> list[Change]:
    for row in rows:
        row.state = ChangeState.SHOWN
    return []


def _shown_contents(run: Run, mapping: ObjectMapping, rows: Sequence[Change]) -> set[str]:
    shown = Change.objects.filter(
        run=run.carries_out, state=ChangeState.SHOWN, mapping=mapping.name,
        source_id__in=[row.source_id for row in rows],
    )  # fmt: skip
    return set(shown.values_list("content", flat=True))


def _made(run: Run, rows: Sequence[Change]) -> set[tuple[str, str]]:
    """Return the records that this run has created, by side and id, of those that the changes are about."""
    ids = {one for row in rows for one in (row.source_id, row.remote_id) if one}
    created = Change.objects.filter(
        run=run, state=ChangeState.CONFIRMED, operation=Operation.CREATE.value, remote_id__in=ids
    )
    return set(created.values_list("side", "remote_id"))


def _follows(row: Change, made: set[tuple[str, str]]) -> bool:
    """Tell whether a change is what a create of this run brings with it."""
    other = Side.QUICKBOOKS if row.side == Side.SALESFORCE else Side.SALESFORCE
    return (row.side, row.remote_id) in made or (other.value, row.source_id) in made


def hold(run: Run, sentence: str, *, now: datetime) -> None:
    """End a run before it writes: what it planned is shown instead. Call in a transaction, with the run locked."""
    planned = run.changes.filter(state=ChangeState.PLANNED)
    rows = list(planned.only("connection_id", "mapping", "side", "source_id", "remote_id"))
    look_at_both_again(rows)
    planned.update(state=ChangeState.SHOWN)
    look_at_both_again(list(run.changes.filter(state=ChangeState.SHOWN)))
    run.counts = {**counts_of(run, open_problems(run, now=now)), "shown": _counted(run)}
    run.phase, run.outcome, run.finished_at, run.message = Phase.DONE, Outcome.SHOWN, now, sentence
    run.save(update_fields=["phase", "outcome", "finished_at", "message", "counts"])


def show_what_came_up(run: Run, *, now: datetime) -> str:
    """Have what a released run could not carry out shown by the next one; return the sentence that says so.

    Call while the run is closed, in its transaction.
    """
    left = list(run.changes.filter(state=ChangeState.SHOWN)) if run.carries_out_id else []
    if not left:
        return ""
    look_at_both_again(left)
    ask_for_a_dry_run(run.connection, now=now)
    count = len(left)
    what = "1 change that came" if count == 1 else f"{count} changes that came"
    return f" {what} up since you looked {'was' if count == 1 else 'were'} not written: the next run shows them."


def shown_by(run: Run) -> list[Shown]:
    """Return what a dry run would write, by pair of objects and side, with the Salesforce calls it would take."""
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for mapping, side, operation, count in run.counts.get("shown") or _counted(run):
        counts.setdefault((mapping, side), {})[operation] = count
    labels = {one.name: one.label for one in (*PAIRS, *pairs_of_run(run))}
    return [_shown(name, side, found, labels) for (name, side), found in sorted(counts.items())]


def _counted(run: Run) -> list[tuple[str, str, str, int]]:
    """Count what is shown; kept with the run, for counting a plan of 100,000 changes takes most of a second."""
    shown = run.changes.filter(state=ChangeState.SHOWN).order_by().values_list("mapping", "side", "operation")
    return list(shown.annotate(count=Count("id")))


def _shown(name: str, side: str, found: Mapping[str, int], labels: Mapping[str, str]) -> Shown:
    creates, updates = found.get("create", 0), found.get("update", 0)
    batches = ceil(creates / LARGEST_COLLECTION) + ceil(updates / LARGEST_COLLECTION)
    return Shown(name, labels.get(name, name), side, creates, updates, batches if side == Side.SALESFORCE else 0)


def too_much(run: Run) -> safety.Stop | None:
    """Return why a run must wait for a release: it would create or change more than the connection allows."""
    connection = run.connection
    if run.is_dry or (connection.hold_creates is None and connection.hold_percent is None):
        return None
    counted = run.changes.filter(state=ChangeState.PLANNED).order_by().values("side", "operation")
    tallies = {side: Tally() for side in Side}
    for row in counted.annotate(count=Count("id")):
        name = "created" if row["operation"] == "create" else "updated"
        side = Side(row["side"])
        tallies[side] = Tally(**{**_numbers(tallies[side]), name: row["count"]})
    counts = Counts(salesforce=tallies[Side.SALESFORCE], quickbooks=tallies[Side.QUICKBOOKS])
    linked = Link.objects.filter(connection=connection).count()
    population = safety.Population(linked=linked, present=max(linked, 1))
    limits = safety.Thresholds(
        gone_percent=100,
        withdrawn_percent=100,
        updated_percent=connection.hold_percent,
        created_at_most=connection.hold_creates,
    )
    return safety.judge(counts, salesforce=population, quickbooks=population, thresholds=limits)


def _numbers(tally: Tally) -> dict[str, int]:
    return {"created": tally.created, "updated": tally.updated}


def ask_for_a_dry_run(connection: Connection, *, now: datetime) -> None:
    """Have the next run show its plan only; what was released before and not carried out yet is taken back."""
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(dry_run_asked_at=now)
    Run.objects.filter(connection=connection, outcome=Outcome.SHOWN, carried_out_by=None).update(released_at=None)


def release(run: Run, *, by: str, now: datetime) -> bool:
    """Release what a dry run has shown; False where it cannot be released any more."""
    newest = Run.objects.filter(connection=run.connection).order_by("-number").first()
    if run.outcome != Outcome.SHOWN or newest is None or newest.pk != run.pk:
        return False
    if run.finished_at is None or (now - run.finished_at).days >= OPEN_FOR:
        return False
    return bool(
        Run.objects.filter(pk=run.pk, released_at=None, carried_out_by=None).update(released_at=now, released_by=by)
    )


def begins_to_write(run: Run, *, now: datetime) -> None:
    """Keep that a released plan is carried out for the first time: from now on the connection writes by itself.

    Not before: a release that was taken back, or whose run failed while it read, is none. Call in a transaction.
    """
    if run.carries_out is None or run.connection.first_released_at is not None:
        return
    run.connection.first_released_at = now
    with scopes_disabled():
        Connection.objects.filter(pk=run.connection_id).update(first_released_at=now)
    unaccepted(run.connection).update(
        choice=ProposalChoice.LINK, decided_by=run.carries_out.released_by, decided_at=now
    )
