"""The eleven operations, for real: who calls, which session, what comes next.

Nothing here decides about records: `runs.quickbooks_side` says what to ask QuickBooks and takes in the answers.
A call is one transaction: what is asked is kept with the session, in the transaction of the work it belongs to, and
none is open while an answer travels.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import close_old_connections, transaction
from django_scopes import scope

from apatar import __version__
from apatar.connections.address import public_address
from apatar.runs import quickbooks_side
from apatar.runs.durable import journal
from apatar.runs.models import Run
from apatar.runs.pipeline import locked_run
from apatar.runs.steps import Ask, Finished, GoOn, Refused, Step, Wait
from apatar.webconnector import sessions
from apatar.webconnector.admission import TurnedAway, admit, note_call, note_refusal
from apatar.webconnector.door import door
from apatar.webconnector.models import Session

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger()

DONE = 100
FAILED = -1
NO_OP = "NoOp"
EXPIRED = (
    "This conversation with Apatar On-Demand is over. Nothing was lost: click Update Selected, or wait for the next "
    "Auto-Run."
)

TWO_AT_ONCE = (
    "The Web Connector on {there} is at work for this connection, and the one on {here} called as well. Nothing was "
    "read or written for {here}. Only one PC should call: remove QuickBooks and SalesForce synchronization from "
    "the Web Connector on the other one."
)


def now() -> datetime:
    return datetime.now(UTC)


class Calls:
    """The `Operations` of the door, on the database; `clock` returns aware UTC."""

    def __init__(self, clock: Callable[[], datetime] = now) -> None:
        self._now = clock

    def server_version(self) -> str:
        return f"Apatar On-Demand {__version__}"

    def client_version(self, version: str) -> str:
        # A warning would open a dialog and block an unattended PC (QBWC.md, section 1.3): every version is welcome.
        log.debug("webconnector version", version=version[:20])
        return ""

    def authenticate(self, user: str, password: str, *, address: str) -> Sequence[str]:
        """Return ticket, company selector, seconds to postpone, lower limit of the timer (QBWC.md, section 1.3)."""
        moment = self._now()
        verdict = admit(user, password, address=address, now=moment)
        ticket = sessions.new_ticket()
        if isinstance(verdict, TurnedAway):
            return self._turn_away(verdict, ticket, user, moment)
        with transaction.atomic():
            note_call(verdict.caller, moment)
            sessions.open_session(verdict.caller.pk, ticket, now=moment, address=address)
        minutes = verdict.caller.frequency_minutes
        return [ticket, verdict.company, "", str(minutes * 60) if minutes else ""]

    def _turn_away(self, verdict: TurnedAway, ticket: str, user: str, moment: datetime) -> Sequence[str]:
        if verdict.caller is None:
            log.info("webconnector refused", user=user[:64], reason=verdict.reason)
            return [ticket, verdict.word, "", ""]
        with transaction.atomic():
            note_call(verdict.caller, moment)
            sessions.file_visit(verdict.caller.pk, ticket, now=moment)
        return [ticket, verdict.word, "", ""]

    def send_request_xml(
        self, ticket: str, hcp_response: str, company_file_name: str, country: str, major: int, minor: int
    ) -> str:
        """Return the next qbXML, "NoOp" while Salesforce is at work, or nothing with a reason in getLastError."""
        del country, major, minor  # the first answer of the session says it in full
        session = sessions.find(ticket, now=self._now())
        if session is None:
            return ""
        with scope(connection=session.connection):
            if session.run_id is None:
                refusal = self._begin(session, hcp_response, company_file_name)
                if refusal is not None:
                    return self._tell(session, refusal)
            return self._next(session)

    def _begin(self, session: Session, hcp_response: str, company_file_name: str) -> Refused | None:
        facts = quickbooks_side.look_at(session.connection, hcp_response, company_file_name)
        if isinstance(facts, Refused):
            note_refusal(session.connection_id, facts.message)
            return facts
        with transaction.atomic():
            busy = sessions.take_over(session, facts.company.machine or "", now=self._now())
        if busy is not None:
            return self._wait_for(busy, facts.company.machine or "")
        opened = quickbooks_side.begin(session.connection, facts, company_file_name, now=self._now())
        if isinstance(opened, Refused):
            note_refusal(session.connection_id, opened.message)
            return opened
        sessions.note(session, now=self._now(), run=opened)
        return None

    def _wait_for(self, busy: Session, machine: str) -> Refused:
        log.warning("two web connectors at once", connection=busy.connection_id, machine=machine, other=busy.machine)
        said = TWO_AT_ONCE.format(here=machine, there=busy.machine)
        note_refusal(busy.connection_id, said)
        return Refused(said)

    def _next(self, session: Session) -> str:
        if session.run_id is None:
            return ""
        with journal():
            run = locked_run(session.run_id)
            step = quickbooks_side.next_step(run, conversation=session.pk, now=self._now())
            if isinstance(step, Ask):
                requests = session.requests + 1
                sessions.note(session, now=self._now(), asked=step.asked, waiting=False, requests=requests)
                return step.text
        return self._tell(session, step)

    def _tell(self, session: Session, step: Step) -> str:
        if isinstance(step, Wait):
            sessions.note(session, now=self._now(), asked={}, waiting=True)
            return NO_OP
        if isinstance(step, Finished | Refused):
            sessions.note(session, now=self._now(), asked={}, waiting=False, message=step.message)
        self._show(session, step)
        return ""

    def _show(self, session: Session, step: object) -> None:
        """Let the connection's page say why the Web Connector was sent home; a run that failed says it by itself."""
        if isinstance(step, Refused) and session.run is not None and session.run.finished_at is None:
            note_refusal(session.connection_id, step.message)

    def receive_response_xml(self, ticket: str, response: str, hresult: str, message: str) -> int:
        """Take in an answer and return percent done; an answer that nobody asked for changes nothing."""
        session = sessions.find(ticket, now=self._now())
        if session is None or session.run_id is None:
            return FAILED
        with scope(connection=session.connection):
            if not session.asked:
                return quickbooks_side.percent_done(Run.objects.get(pk=session.run_id))
            answer = quickbooks_side.read_answer(response, hresult=hresult, message=message)
            return self._take(session, session.run_id, answer)

    def _take(self, session: Session, run_id: int, answer: quickbooks_side.Answered) -> int:
        with transaction.atomic():
            # A repeated delivery may be on its way in another thread: only one of the two finds the question open.
            session.refresh_from_db(from_queryset=Session.objects.select_for_update(of=("self",)))
            run = locked_run(run_id)
            if not session.asked or not quickbooks_side.belongs(session.asked, answer):
                log.warning("an answer that nobody asked for", asked=session.asked.get("what"))
                return quickbooks_side.percent_done(run)
            step = quickbooks_side.take_answer(run, session.asked, answer, now=self._now())
            said = "" if isinstance(step, GoOn) else step.message
            sessions.note(session, now=self._now(), asked={}, waiting=False, message=said)
        self._show(session, step)
        match step:
            case Finished():
                return DONE
            case Refused():
                return FAILED
            case GoOn():
                return quickbooks_side.percent_done(run)

    def connection_error(self, ticket: str, hresult: str, message: str) -> str:
        session = sessions.find(ticket, now=self._now())
        if session is not None:
            said = quickbooks_side.could_not_open(session.connection, hresult=hresult, message=message)
            note_refusal(session.connection_id, said)
            with scope(connection=session.connection):
                sessions.note(session, now=self._now(), message=said, closed_at=self._now())
        # Any other word, even an empty one, would be taken for a company file to try (QBWC.md, section 1.3).
        return "done"

    def get_last_error(self, ticket: str) -> str:
        session = sessions.find(ticket, now=self._now())
        if session is None:
            return EXPIRED
        return NO_OP if session.waiting else session.message or EXPIRED

    def close_connection(self, ticket: str) -> str:
        if sessions.was_visit(ticket):
            return "OK"
        session = sessions.find(ticket, now=self._now())
        if session is None:
            return "OK"
        with scope(connection=session.connection):
            return sessions.close(session, now=self._now())

    def get_interactive_url(self, ticket: str, session_id: str) -> str:
        del ticket, session_id
        return f"{public_address()}/support/"

    def interactive_rejected(self, ticket: str, reason: str) -> str:
        del ticket, reason
        return "Nothing was changed."

    def interactive_done(self, ticket: str) -> str:
        del ticket
        return "Done"


def webconnector_door() -> "WSGIApplication":
    """Return the WSGI application that stands at /webconnector/, outside Django's request cycle."""
    inner = door(Calls(), address=lambda: f"{public_address()}/webconnector/", limit=settings.LARGEST_CALL)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        close_old_connections()
        return inner(environ, start_response)

    return application
