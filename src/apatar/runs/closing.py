"""Closing a run: counts, outcome, and the sentence that says it."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count

from apatar.runs import proposals
from apatar.runs.models import ChangeState, Conflict, Outcome, Phase, Record, Run, Side
from apatar.runs.outcomes import decide_again
from apatar.runs.problems import open_problems

log = structlog.get_logger()


def close(run: Run, *, now: datetime) -> None:
    """Write how the run ended into `run` (saved by the caller's transaction)."""
    problems = open_problems(run, now=now)
    run.counts = counts_of(run, problems)
    run.phase = Phase.DONE
    unknown = run.changes.filter(state__in=(ChangeState.SENT, ChangeState.UNKNOWN)).count()
    asked = Conflict.objects.filter(connection=run.connection, winner="", chosen="", resolved_at=None).count()
    likely = proposals.waiting(run.connection).count()
    run.outcome = Outcome.WITH_PROBLEMS if problems or unknown or asked or likely else Outcome.OK
    run.finished_at = now
    run.message = summary(run.counts, unknown=unknown, asked=asked, likely=likely)
    log.info("run closed", outcome=run.outcome, counts=run.counts, salesforce_calls=run.salesforce_calls)


def fail(run: Run, sentence: str, *, now: datetime, outcome: Outcome = Outcome.FAILED) -> None:
    """Close a run that cannot go on; what was planned is decided anew by the next one."""
    with transaction.atomic():
        run.refresh_from_db(from_queryset=Run.objects.select_for_update(of=("self",)).select_related("connection"))
        if run.finished_at is not None:
            return
        decide_again(run.changes.filter(state=ChangeState.PLANNED))
        close(run, now=now)
        run.outcome = outcome
        run.message = sentence
        run.save()
    log.warning("run failed", sentence=sentence)


def counts_of(run: Run, problems: int) -> dict[str, object]:
    """Return created, updated and unchanged per side; unchanged are the mapped records that needed nothing."""
    done = run.changes.filter(state=ChangeState.CONFIRMED).values("side", "operation").annotate(count=Count("id"))
    written = {(row["side"], row["operation"]): row["count"] for row in done.order_by()}
    sides = {side.value: _counts_of_side(run, side, written) for side in Side}
    return {**sides, "conflicts": Conflict.objects.filter(run=run).count(), "problems": problems}


def _counts_of_side(run: Run, side: Side, written: dict[tuple[str, str], int]) -> dict[str, int]:
    created, updated = (written.get((side.value, word), 0) for word in ("create", "update"))
    held = Record.objects.filter(connection=run.connection, side=side, variant="", deleted_at=None).count()
    return {"created": created, "updated": updated, "unchanged": max(0, held - created - _touched(run, side))}


def _touched(run: Run, side: Side) -> int:
    """Count the records updated but not created in this run: one record may be both."""
    created = run.changes.filter(state=ChangeState.CONFIRMED, side=side, operation="create").values("remote_id")
    updated = run.changes.filter(state=ChangeState.CONFIRMED, side=side, operation="update")
    return int(updated.exclude(remote_id__in=created).values("remote_id").distinct().count())


def summary(counts: dict[str, object], *, unknown: int = 0, asked: int = 0, likely: int = 0) -> str:
    """Say the counts in a line that fits the Web Connector's Status column."""
    words = [_said(side, counts[side.value]) for side in Side]
    problems = counts["problems"]
    waiting = f" {problems} {'waits' if problems == 1 else 'wait'} for you: see Problems." if problems else ""
    conflicts = f" {asked} conflicts wait for your answer: see Conflicts." if asked else ""
    review = f" {likely} {'is' if likely == 1 else 'are'} likely the same: see Review." if likely else ""
    unsure = f" {unknown} writes were not confirmed: the next run looks them up." if unknown else ""
    return f"OK. {words[0]}; {words[1]}.{waiting}{conflicts}{review}{unsure}"


def _said(side: Side, counts: object) -> str:
    numbers = counts if isinstance(counts, dict) else {}
    return f"{side.label}: {numbers.get('created', 0)} created, {numbers.get('updated', 0)} updated"
