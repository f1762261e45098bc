"""What QuickBooks answered to each write: the table from its outcome to ours."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apatar.connections.map import mapping_of, settings_of
from apatar.qbxml.answers import Answer, Ret
from apatar.qbxml.requests import Request
from apatar.qbxml.status import Outcome, Retry, Status
from apatar.runs import intake
from apatar.runs.models import Change, ChangeState, Problem, Run, Side
from apatar.runs.outcomes import Confirmed, Refusal, confirm, decide_again, refuse
from apatar.runs.quickbooks_read import incoming_customer, record_of_ret
from apatar.sync.backoff import next_attempt
from apatar.sync.change import Operation
from apatar.sync.mapping import ObjectMapping

ATTEMPTS = 3
"""A record that somebody has open is sent so often within a run."""
NAME_IN_USE = "name-in-use"
LOOK_AGAIN = timedelta(hours=24)
KINDS = {
    "Vendor": "a vendor",
    "Employee": "an employee",
    "OtherName": "an other name",
    "Customer": "another customer or job",
}


def take(run: Run, answered: Sequence[tuple[Change, Answer]], *, now: datetime, late: bool = False) -> bool:
    """Take in the answers to writes; False where one was applied but not shown. Call in a transaction."""
    mapping = mapping_of(run.connection)
    applied = [(change, answer) for change, answer in answered if answer.status.applied]
    all_seen = _confirm(run, mapping, applied, now, late=late)
    refusals = []
    for change, answer in answered:
        if answer.status.applied:
            continue
        if _try_again(run, mapping, change, answer):
            continue
        refusals.append(_refusal(change, answer.status, now))
    refuse(run, mapping, refusals, now=now)
    _note_names_in_use(run, refusals)
    return all_seen


def _confirm(
    run: Run, mapping: ObjectMapping, applied: Sequence[tuple[Change, Answer]], now: datetime, *, late: bool
) -> bool:
    settings = settings_of(run.connection, run.direction)
    confirmed = []
    unseen = []
    for change, answer in applied:
        ret = answer.rets[0] if answer.rets else None
        if ret is None or not ret.remote_id:
            unseen.append(change.pk)
            continue
        fields = record_of_ret(mapping, ret).fields
        confirmed.append(Confirmed(change, ret.remote_id, incoming_customer(mapping, ret, settings), fields))
    confirm(run, mapping, confirmed, now=now, late=late)
    # Applied, but without the record in the answer: only a new read can show it, recognised by its ExternalGUID or id.
    decide_again(Change.objects.filter(pk__in=unseen))
    return not unseen


def _try_again(run: Run, mapping: ObjectMapping, change: Change, answer: Answer) -> bool:
    """Merge again where the answer holds the current record, send again where the cause passes at once."""
    if answer.status.outcome is Outcome.STALE:
        _take_current(run, mapping, answer.rets)
        decide_again(Change.objects.filter(pk=change.pk))
        return True
    if answer.status.retry is Retry.NOW and change.attempts + 1 < ATTEMPTS:
        change.attempts += 1
        change.state = ChangeState.PLANNED
        change.save(update_fields=["attempts", "state"])
        return True
    return False


def _take_current(run: Run, mapping: ObjectMapping, rets: Sequence[Ret]) -> None:
    """Store the record as it now stands: a stale edit sequence is answered with it (QBWC.md, section 4.7)."""
    settings = settings_of(run.connection, run.direction)
    current = [incoming_customer(mapping, ret, settings) for ret in rets if ret.remote_id]
    intake.store(run.connection, Side.QUICKBOOKS, mapping.quickbooks_object, current)


def _refusal(change: Change, status: Status, now: datetime) -> Refusal:
    if status.outcome is Outcome.NAME_IN_USE:
        return Refusal(change, NAME_IN_USE, status.sentence(), status.remedy(), retry_at=now + LOOK_AGAIN)
    transient = status.retry is not Retry.NEVER
    return Refusal(
        change=change,
        code=str(status.code),
        sentence=status.sentence(),
        remedy=status.remedy(),
        # Permissions, features, closing dates and lists are changed elsewhere: nothing on the record will tell.
        retry_at=next_attempt(change.attempts + 1, now=now, jitter=0.5) if transient else now + LOOK_AGAIN,
    )


def _note_names_in_use(run: Run, refusals: Sequence[Refusal]) -> None:
    """Remember whose name was taken, so that the next question finds out by whom."""
    names = [str(one.change.fields.get("Name", "")) for one in refusals if one.code == NAME_IN_USE]
    if not names:
        return
    run.quickbooks_cursor["names"] = [*run.quickbooks_cursor.get("names", []), *filter(None, names)]
    run.save(update_fields=["quickbooks_cursor"])


def who_holds(names: Sequence[str], request_id: str) -> Request:
    """Ask which list each name is in."""
    return Request("EntityQuery", {"FullName": list(names)}, request_id=request_id)


def take_holders(run: Run, answer: Answer) -> None:
    """Say in the open problems by whom a name is taken. Call in a transaction."""
    holders = {(ret.full_name or ret.name or "").casefold(): ret for ret in answer.rets}
    waiting = Problem.objects.filter(connection=run.connection, code=NAME_IN_USE, closed_at=None, run=run)
    for problem in waiting:
        change = Change.objects.filter(run=run, source_id=problem.remote_id, operation=Operation.CREATE).last()
        name = str(change.fields.get("Name", "")) if change else problem.name
        holder = holders.get(name.casefold())
        if holder is None:
            continue
        problem.sentence, problem.remedy = _taken(name, holder)
        problem.save(update_fields=["sentence", "remedy"])


def _taken(name: str, holder: Ret) -> tuple[str, str]:
    kind = KINDS.get(holder.type, "another entry")
    inactive = " (inactive)" if holder.is_active is False else ""
    sentence = (
        f"QuickBooks already uses the name “{name}” for {kind}{inactive}. A name can be used only once among "
        "customers, vendors, employees and other names, so the customer was not created."
    )
    if holder.type == "Customer":
        return sentence, "If both are the same, give the account exactly that customer's name; else rename one of them."
    example = f"{name[:36]} (V)"
    return sentence, f"Rename {kind} in QuickBooks, say to “{example}”, or rename the account in Salesforce."
