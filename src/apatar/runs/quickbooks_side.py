"""The QuickBooks side of a run, as the Web Connector lives it: what to ask next, and what an answer means.

`look_at` checks the company file, `begin` opens the run; `next_step` says what to ask; `take_answer` takes in what
came. The callers keep `asked` with their session, in the transaction in which these functions are called.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction

from apatar.connections.company import Expected, OpenCompany, check_company
from apatar.connections.computers import check_place
from apatar.connections.errors import WrongCompany
from apatar.connections.gate import is_taken
from apatar.connections.models import Connection
from apatar.connections.qwc import OWNER_ID, braced
from apatar.qbxml.answers import AnswerSet, read_answers
from apatar.qbxml.company import HostCompanyPreferences, read_hcp
from apatar.qbxml.errors import QbxmlError
from apatar.qbxml.hresults import Hresult, hresult
from apatar.qbxml.requests import Request, forget_outcome, message_set
from apatar.qbxml.versions import Version
from apatar.runs import company_binding, quickbooks_names, quickbooks_read, quickbooks_write
from apatar.runs.models import Batch, Change, Outcome, Phase, Run, Side
from apatar.runs.opening import open_run
from apatar.runs.pipeline import advance, advance_locked, wake_worker, why_it_rests
from apatar.runs.steps import Ask, Finished, GoOn, Refused, Step, Taken, Wait

log = structlog.get_logger()

PATIENCE = timedelta(minutes=30)
"""How long the Web Connector waits for the Salesforce side before it is sent home; the worker goes on."""
PERCENT = {Phase.READING: 20, Phase.DECIDING: 50, Phase.WRITING: 70, Phase.DONE: 99}
TOO_OLD = "This QuickBooks is too old: it speaks no version of qbXML that Apatar On-Demand knows. Update QuickBooks."
PAUSED = "This connection is paused. Nothing is read or written until somebody clicks Resume on its page."
TAKES_LONG = (
    "Salesforce's side is taking long. It goes on by itself; the next run of the Web Connector fetches what is left."
)


@dataclass(frozen=True, slots=True)
class Answered:
    """What receiveResponseXML brought: answers, or the error that stands in their place."""

    answers: AnswerSet | None = None
    error: Hresult | None = None
    unreadable: str = ""


def look_at(connection: Connection, hcp: str, company_path: str) -> HostCompanyPreferences | Refused:
    """Check the open company file: is it the one of this connection, and not a copy of it?"""
    try:
        facts = read_hcp(hcp, owner_id=OWNER_ID)
        company = _open_company(connection, facts, company_path)
        check_company(_expected(connection), company)
        check_place(company, connection.company_machine, connection.former_places)
    except (QbxmlError, WrongCompany) as error:
        log.warning("company refused", connection=connection.pk, reason=str(error))
        return Refused(str(error))
    return Refused(TOO_OLD) if facts.host.version is None else facts


def begin(connection: Connection, facts: HostCompanyPreferences, company_path: str, *, now: datetime) -> Run:
    """Bind the open company file at the first run, and open the run; wake the worker."""
    with transaction.atomic():
        run = open_run(connection, now=now)
        company_binding.bind(run, facts, _open_company(connection, facts, company_path), now=now)
        wake_worker(run)
    return run


def _expected(connection: Connection) -> Expected:
    return Expected(
        form=connection.company,
        file_id=braced(connection.file_id),
        bound_name=connection.company_name,
        bound_path=connection.company_path,
    )


def _open_company(connection: Connection, facts: HostCompanyPreferences, path: str) -> OpenCompany:
    company = facts.company
    return OpenCompany(
        name=company.name,
        legal_name=company.name,
        path=path,
        file_id=company.file_id or "",
        machine=company.machine or "",
        taken=is_taken(company.file_id, path=path[:512], machine=company.machine or "", beside=connection),
    )


def next_step(run: Run, *, conversation: int, now: datetime) -> Step:
    """Return what the Web Connector is told next. Call in `journal()`, with a locked run."""
    version = Version.parse(run.connection.qbxml_version)
    if run.connection.paused_at is not None:
        return Refused(PAUSED)
    if run.finished_at is not None:
        return _goodbye(run, version)
    if lost := quickbooks_write.unanswered(run, conversation=conversation):
        return quickbooks_write.ask_for_outcome(lost, version=version)
    if run.phase == Phase.READING and not run.quickbooks_read:
        return quickbooks_read.next_question(run, conversation=conversation, version=version, now=now)
    if run.phase == Phase.WRITING and not run.quickbooks_written:
        return _write_step(run, conversation, version, now)
    return _wait(run, now)


def _wait(run: Run, now: datetime) -> Step:
    """Salesforce's side is at work; nobody waits at the Web Connector for what goes on much later only."""
    if reason := why_it_rests(run, now=now):
        return Refused(reason)
    return Wait() if now - run.touched_at < PATIENCE else Refused(TAKES_LONG)


def _write_step(run: Run, conversation: int, version: Version, now: datetime) -> Step:
    if ask := quickbooks_names.ask_about_refused(run, version):
        return ask
    ask = quickbooks_write.next_set(run, conversation=conversation, version=version, now=now)
    if ask is not None:
        return ask
    run.quickbooks_written = True
    run.save(update_fields=["quickbooks_written"])
    advance(run)
    return next_step(run, conversation=conversation, now=now)


def _goodbye(run: Run, version: Version) -> Step:
    """End the conversation: with a reason, or with a last question, so that the Web Connector hears 100.

    An empty sendRequestXML would be asked for its error (QBWC.md, section 1.3), although nothing is wrong.
    """
    if run.outcome not in (Outcome.OK, Outcome.WITH_PROBLEMS, Outcome.SHOWN):
        return Refused(run.message)
    if ask := quickbooks_names.ask_about_planned(run, version):
        return ask
    kept = Batch.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS, forgotten_at=None, answered_at__isnull=False
    ).first()
    if kept is not None:
        return Ask(forget_outcome(kept.message_set_id or "", version), {"what": "forget", "batch": kept.pk})
    mark = secrets.token_hex(6)
    return Ask(message_set([Request("HostQuery", {}, request_id=mark)], version=version), _asked("bye", mark))


def _asked(what: str, mark: str) -> dict[str, Any]:
    """Return what is kept of a question: an answer that does not carry its mark belongs to another one."""
    return {"what": what, "id": mark}


def read_answer(response: str, *, hresult: str, message: str) -> Answered:
    """Read what came, outside any transaction; `hresult` and `message` are empty unless QuickBooks failed."""
    del message  # in the words of the PC's Windows language; the code says it as well
    if hresult.strip():
        return Answered(error=_error(hresult))
    try:
        return Answered(answers=read_answers(response))
    except QbxmlError as error:
        return Answered(unreadable=str(error))


def _error(code: str) -> Hresult:
    return hresult(code)


def belongs(asked: dict[str, Any], answer: Answered) -> bool:
    """Tell whether an answer is the one to what was asked, and not a late or repeated one to something else."""
    if answer.answers is None:
        return True  # an error names no question
    carried = {one.request_id for one in answer.answers.answers}
    if "id" in asked:
        return carried == {asked["id"]}
    if not carried:
        return True
    if asked["what"] == "forget":
        return False
    changes = Change.objects.filter(batch_id=asked["batch"]).values_list("pk", flat=True)
    return not carried.isdisjoint(map(str, changes))


def take_answer(run: Run, asked: dict[str, Any], answer: Answered, *, now: datetime) -> Taken:
    """Take in the answer to what was asked. Call in a transaction, with a locked run."""
    read, generation = answer.answers, run.generation
    taken = _take_failure(run, asked, answer, now) if read is None else _take(run, asked, read, now)
    if run.generation != generation:
        wake_worker(run)  # the run was taken back to its beginning, and Salesforce is to be read again, too
    if isinstance(taken, GoOn) and run.finished_at is None:
        go_on = advance_locked if asked["what"] in (quickbooks_read.RECORDS, quickbooks_read.DELETED) else advance
        go_on(run)
    return taken


def _take(run: Run, asked: dict[str, Any], answers: AnswerSet, now: datetime) -> Taken:
    taken: Taken = GoOn()
    match asked["what"]:
        case quickbooks_read.WITNESS if not run.quickbooks_read:
            taken = quickbooks_read.take_witnesses(run, answers, now=now)
        case quickbooks_read.RECORDS if not run.quickbooks_read:
            taken = quickbooks_read.take_records(run, answers, now=now)
        case quickbooks_read.DELETED if not run.quickbooks_read:
            taken = quickbooks_read.take_deleted(run, answers, now=now)
        case quickbooks_read.ROSTER if not run.quickbooks_read:
            taken = quickbooks_read.take_roster(run, answers, now=now)
        case "changes":
            taken = quickbooks_write.take_outcomes(run, asked["batch"], answers, now=now)
        case "outcome":
            taken = quickbooks_write.take_stored_outcome(run, asked["batch"], answers, now=now)
        case quickbooks_names.REFUSED | quickbooks_names.PLANNED:
            quickbooks_names.take(run, asked, answers.answers[0] if answers.answers else None)
        case "forget":
            taken = _forgotten(asked["batch"], now)
        case "bye":
            taken = Finished(run.message)
    return taken


def _forgotten(batch_id: int, now: datetime) -> Taken:
    Batch.objects.filter(pk=batch_id).update(forgotten_at=now)
    return GoOn()


def _take_failure(run: Run, asked: dict[str, Any], answer: Answered, now: datetime) -> Taken:
    """QuickBooks threw, or its answer cannot be read: what is known of the outcome decides."""
    error = answer.error or hresult("")
    log.warning("quickbooks failed", asked=asked["what"], code=error.code, unreadable=answer.unreadable)
    match asked["what"]:
        case "changes":
            return quickbooks_write.take_error(run, asked["batch"], error, now=now)
        case "outcome" if answer.error is None or error.code == quickbooks_write.PARSE_ERROR:
            return quickbooks_write.forget_lost(run, asked["batch"], now=now)
        case "forget":
            return _forgotten(asked["batch"], now)
        case "bye" | quickbooks_names.PLANNED:
            return Finished(run.message)
    return Refused(answer.unreadable or f"{error.sentence} {error.remedy}")


def percent_done(run: Run) -> int:
    """Return how far the run is, as the Web Connector's bar shows it: 100 would end the conversation."""
    return PERCENT[Phase(run.phase)]


def could_not_open(connection: Connection, *, hresult: str, message: str) -> str:
    """Say in plain words why the Web Connector could not reach QuickBooks; nothing was read or written."""
    error = _error(hresult)
    log.warning("quickbooks not reached", connection=connection.pk, code=error.code, message=message[:200])
    return f"{error.sentence} {error.remedy}"
