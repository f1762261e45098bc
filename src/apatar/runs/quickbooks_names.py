"""Names that QuickBooks keeps for somebody else: asked for where one was refused, and where a plan would meet one.

Customers, vendors, employees and other names share one list of names (QBWC.md, section 5), and only customers are read.
So QuickBooks is asked who has the names that are wanted for new ones; nothing else of those people comes here. Items
have a list of their own, which is read whole.
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from apatar.qbxml.answers import Answer, Ret
from apatar.qbxml.requests import Request, drop_unsupported, message_set
from apatar.qbxml.versions import Version
from apatar.runs.models import Change, ChangeState, Outcome, Problem, Run, Side
from apatar.runs.proposal import Proposal, ProposalChoice, ProposalKind
from apatar.runs.steps import Ask
from apatar.sync.change import Operation

NAME_IN_USE = "name-in-use"
REFUSED, PLANNED = "names", "planned names"
"""What is asked: who has the names that were refused, or those that a run has shown it would create."""
CUSTOMER = "Customer"
SHOWN = ("ListID", "Name", "FullName", "IsActive")
"""All that is asked for: what else stands there of an employee is nobody's business here."""
AT_ONCE = 200
KINDS = {
    "Vendor": "vendor",
    "Employee": "employee",
    "OtherName": "other name",
    CUSTOMER: "customer or job",
}


def note_refused(run: Run, changes: Sequence[Change]) -> None:
    """Remember names that were refused, so that the next question finds out who has them."""
    names = [str(one.fields["Name"]) for one in changes if one.object_type == CUSTOMER and one.fields.get("Name")]
    if names:
        run.quickbooks_cursor[REFUSED] = [*run.quickbooks_cursor.get(REFUSED, []), *names]
        run.save(update_fields=["quickbooks_cursor"])


def ask_about_refused(run: Run, version: Version) -> Ask | None:
    """Return the question who has the names that were refused, or None where none was."""
    names = run.quickbooks_cursor.get(REFUSED)
    return _ask(names, version, {"what": REFUSED}) if names else None


def ask_about_planned(run: Run, version: Version) -> Ask | None:
    """Return the next question who has the names that a run would create, or None where all was asked.

    Only of a run that shows its plan: one that writes learns it from QuickBooks' refusal.
    """
    if run.outcome != Outcome.SHOWN:
        return None
    after = run.quickbooks_cursor.get(PLANNED, 0)
    changes = list(_planned(run).filter(pk__gt=after)[:AT_ONCE])
    if not changes:
        return None
    about = {"what": PLANNED, "after": after, "last": changes[-1].pk}
    return _ask([str(change.fields["Name"]) for change in changes], version, about)


def take(run: Run, asked: Mapping[str, Any], answer: Answer | None) -> None:
    """Say by whom names are taken: in the open problems, or in the plan and the review. Call in a transaction."""
    holders = {(ret.full_name or ret.name or "").casefold(): ret for ret in answer.rets} if answer else {}
    if asked["what"] == REFUSED:
        _tell_problems(run, holders)
        run.quickbooks_cursor.pop(REFUSED, None)
    else:
        _tell_plan(run, holders, after=asked["after"], last=asked["last"])
        run.quickbooks_cursor[PLANNED] = asked["last"]
    run.save(update_fields=["quickbooks_cursor"])


def _tell_problems(run: Run, holders: Mapping[str, Ret]) -> None:
    waiting = Problem.objects.filter(connection=run.connection, code=NAME_IN_USE, closed_at=None, run=run)
    for problem in waiting:
        change = Change.objects.filter(run=run, source_id=problem.remote_id, operation=Operation.CREATE).last()
        name = str(change.fields.get("Name", "")) if change else problem.name
        if holder := holders.get(name.casefold()):
            problem.sentence, problem.remedy = _told(name, holder)
            problem.save(update_fields=["sentence", "remedy"])


def _tell_plan(run: Run, holders: Mapping[str, Ret], *, after: int, last: int) -> None:
    for change in _planned(run).filter(pk__gt=after, pk__lte=last) if holders else ():
        name = str(change.fields["Name"])
        if holder := holders.get(name.casefold()):
            told = _told(name, holder)
            change.notes = [*change.notes, *told]
            change.save(update_fields=["notes"])
            _alone(run, change).update(kind=ProposalKind.TAKEN, reason=" ".join(told))


def _planned(run: Run) -> "QuerySet[Change]":
    """Return what would be created at the top of the list; below a customer a name is free again."""
    creates = run.changes.filter(state=ChangeState.SHOWN, side=Side.QUICKBOOKS, operation=Operation.CREATE.value)
    mine = creates.filter(object_type=CUSTOMER, fields__has_key="Name").order_by("pk")
    return mine.exclude(fields__has_any_keys=["ParentRef.ListID", "ParentRef.FullName"])


def _alone(run: Run, change: Change) -> "QuerySet[Proposal]":
    """Return what the review says of a record that has no counterpart, and that nobody has decided about."""
    return Proposal.objects.filter(
        connection=run.connection,
        mapping=change.mapping,
        salesforce_id=change.source_id,
        quickbooks_id="",
        kind=ProposalKind.ALONE,
        choice=ProposalChoice.NONE,
    )


def _ask(names: Sequence[str], version: Version, about: dict[str, Any]) -> Ask:
    mark = secrets.token_hex(6)
    fields = {"FullName": list(names), "IncludeRetElement": list(SHOWN)}
    request, _ = drop_unsupported(Request("EntityQuery", fields, request_id=mark), version)
    return Ask(message_set([request], version=version), {**about, "id": mark})


def _told(name: str, holder: Ret) -> tuple[str, str]:
    kind = KINDS.get(holder.type, "entry")
    one = f"{'an' if kind[0] in 'aeio' else 'a'} {kind}"
    inactive = " (inactive)" if holder.is_active is False else ""
    sentence = (
        f"QuickBooks already uses the name “{name}” for {one}{inactive}. A name can be used only once among "
        "customers, vendors, employees and other names."
    )
    if holder.type == CUSTOMER:
        return sentence, "If both are the same, give the account exactly that customer's name; else rename one of them."
    example = f"{name[:36]} (V)"
    return sentence, f"Rename the {kind} in QuickBooks, say to “{example}”, or rename the account in Salesforce."
