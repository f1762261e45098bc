"""One conversation of the Web Connector with one application: authenticate, ask, answer, say goodbye.

serverVersion → clientVersion → authenticate → QuickBooks is opened → (sendRequestXML → receiveResponseXML)* →
closeConnection, with the side ways of the Programmer's Guide, chapter 2, and of its appendix A.
"""

import time
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field

from apatar.sandbox.webconnector.calls import CODES, WebService
from apatar.sandbox.webconnector.companyfile import Host, RequestProcessor, failure, read_host
from apatar.sandbox.webconnector.errors import Abandoned, CallFailed
from apatar.sandbox.webconnector.log import Log
from apatar.sandbox.webconnector.qwc import Application

VERSION = "2.3.0.215"
NO_WORK = {"none": "No Data Exchange", "nvu": "Invalid password for username", "busy": "Application Busy"}


@dataclass(frozen=True, slots=True)
class Manner:
    """How this Web Connector behaves where the real one asks a person, a clock or the registry."""

    auto_run: bool = False
    noop_seconds: float = 5.0
    version: str = VERSION
    machine: str = "SANDBOX-PC"
    pause: Callable[[float], None] = time.sleep
    accept_warning: Callable[[str], bool] = lambda _text: True
    visit: Callable[[str], object] = webbrowser.open
    interactive_polls: int = 60
    connection_attempts: int = 20
    """Intuit's own would loop for ever with a service that never answers “done”; a test has to end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a conversation ended; `status` is what the Status column shows, `code` a QBWC10xx or an empty string.

    `wait` and `minimum_run` are the seconds the service asked for, 0 for none; the Auto-Run honours them.
    """

    application: str
    status: str
    well: bool
    code: str = ""
    requests: int = 0
    calls: tuple[str, ...] = ()
    wait: int = 0
    minimum_run: int = 0


@dataclass(slots=True)
class Session:
    """What a conversation knows once it was let in."""

    ticket: str
    company: str
    host: Host | None = None
    hcp: str = ""
    company_file: str = ""
    requests: int = 0
    quickbooks_ticket: str | None = field(default=None)


class Ended(Exception):
    """The conversation has come to its end, good or bad."""

    def __init__(self, status: str, *, well: bool = False, code: str = "", wait: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.well = well
        self.code = code
        self.wait = wait


class Conversation:
    """Holds one conversation; `run` never raises for what the service or QuickBooks does wrong."""

    def __init__(
        self, application: Application, service: WebService, quickbooks: RequestProcessor, log: Log, manner: Manner
    ) -> None:
        self._application = application
        self._service = service
        self._quickbooks = quickbooks
        self._log = log
        self._manner = manner
        self._session = Session("", "")
        self._minimum_run = 0

    def run(self, password: str) -> Outcome:
        """Hold the conversation from serverVersion to its end."""
        self._log.hide(password)
        try:
            self._greet()
            self._enter(password)
            self._open_company()
            ended = self._exchange()
        except Ended as end:
            ended = end
        except Abandoned as error:
            ended = Ended(str(error), well=False)
        except CallFailed as error:
            ended = self._failed(error)
        finally:
            self._leave_company()
            self._service.close()
        return self._outcome(ended)

    def _greet(self) -> None:
        """Ask for the server's version, which may fail, and show ours, which the service may refuse."""
        try:
            self._service.server_version()
        except CallFailed as error:
            self._note("serverVersion", f"Actual error received from web service for serverVersion call: <{error}>")
        try:
            answer = self._service.client_version(self._manner.version) or ""
        except CallFailed as error:
            if not error.tolerable:
                raise
            answer = ""
        self._heed(answer)

    def _heed(self, answer: str) -> None:
        kind, text = answer[:2], answer[2:]
        if kind == "W:" and self._manner.accept_warning(text):
            self._note("clientVersion", f"Warning from the application: {text}. The user goes on.")
        elif kind in {"W:", "E:"}:
            raise Ended(text, code="QBWC1037")
        elif kind == "O:":
            raise Ended(f"The application expects version {text} of the Web Connector.")
        elif answer:
            raise Ended(f"The answer “{answer}” of clientVersion is not understood.", code="QBWC1046")
        else:
            self._note(
                "clientVersion",
                "This application agrees with the current version of QBWebConnector. Allowing update operation.",
            )

    def _enter(self, password: str) -> None:
        """Authenticate; the answer's third and fourth string count on Auto-Run only (Guide, pages 62-64)."""
        answer = [text or "" for text in self._service.authenticate(self._application.user_name, password)]
        answer += [""] * (4 - len(answer))
        self._session = Session(answer[0], answer[1])
        wait = _seconds(answer[2]) if self._manner.auto_run else 0
        self._minimum_run = _seconds(answer[3]) if self._manner.auto_run else 0
        refused = NO_WORK.get(answer[1].lower())
        if refused:
            self._close()
            status = "Update postponed by application" if wait else refused
            raise Ended(status, well=answer[1].lower() == "none", wait=wait)
        if wait:
            raise Ended("Update postponed by application", well=True, wait=wait)

    def _open_company(self) -> None:
        """Open QuickBooks, asking the service which file to try next for as long as it names one."""
        company = self._session.company
        for _ in range(self._manner.connection_attempts):
            problem = self._begin(company)
            if problem is None:
                return self._learn_host()
            hresult, message = problem
            self._note("do_connection", f"QBWC1013: Error connecting to QuickBooks. {hresult} {message}")
            answer = self._service.connection_error(self._session.ticket, hresult=hresult, message=message) or ""
            if answer.lower() == "done":
                self._close()
                raise Ended(message, code="QBWC1013")
            company = answer
        raise Ended("The service names one company file after the other and none can be opened.", code="QBWC1013")

    def _begin(self, company: str) -> tuple[str, str] | None:
        """Begin a session with a company file; return HRESULT and text where QuickBooks refuses."""
        try:
            self._quickbooks.open_connection(self._application.app_name)
            self._session.quickbooks_ticket = self._quickbooks.begin_session(company)
        except Exception as error:  # noqa: BLE001 - QuickBooks' errors are known by their HRESULT, not by a class
            return failure(error)
        return None

    def _learn_host(self) -> None:
        """Run the Host, Company and Preferences queries that go with the first sendRequestXML."""
        application, session = self._application, self._session
        try:
            session.hcp = self._quickbooks.host_company_preferences(
                application.owner_id, application.file_id, self._manner.machine
            )
        except Exception as error:
            hresult, message = failure(error)
            raise Ended(f"{hresult} {message}", code="QBWC1014") from error
        session.host = read_host(session.hcp)
        session.company_file = self._quickbooks.company_file_name(session.quickbooks_ticket or "")
        if application.auth_flags and session.host.edition and not application.auth_flags & session.host.edition:
            raise Ended(f"The application does not allow {session.host.product}.", code="QBWC1034")

    def _exchange(self) -> Ended:
        """Carry requests and answers until the service has no more."""
        percent = 0
        while percent < 100:
            request = self._next_request()
            if request is None:
                continue
            self._session.requests += 1
            self._note("ProcessRequestXML", f"Processing request #{self._session.requests}")
            percent = self._deliver(request)
            if percent < 0:
                text = self._service.get_last_error(self._session.ticket) or ""
                self._close()
                return Ended(text or "The service reported an error without a text.")
        return Ended(self._close(), well=True)

    def _next_request(self) -> str | None:
        """Return the next request, or None after a pause or a visit to the service's pages; raises Ended."""
        session, host = self._session, self._session.host
        assert host is not None  # noqa: S101 - _learn_host came first
        hcp, session.hcp = session.hcp, ""
        request = self._service.send_request_xml(
            session.ticket, hcp, company_file=session.company_file, country=host.country, version=host.version
        )
        if request not in {None, "", "NoOp"}:
            return request
        text = self._service.get_last_error(session.ticket) or ""
        if text == "NoOp":
            self._manner.pause(self._manner.noop_seconds)
        elif text == "Interactive mode":
            self._show_pages()
        else:
            goodbye = self._close()
            raise Ended(text or goodbye, well=not text)
        return None

    def _deliver(self, request: str) -> int:
        """Let QuickBooks process a request unchanged and hand the answer over; returns the percentage done."""
        session, response, hresult, message = self._session, "", "", ""
        try:
            response = self._quickbooks.process(session.quickbooks_ticket or "", request)
        except Exception as error:  # noqa: BLE001
            hresult, message = failure(error)
        return self._service.receive_response_xml(session.ticket, response, hresult=hresult, message=message)

    def _show_pages(self) -> None:
        """Let the user visit the service's own pages, and go on when the service says that they are done.

        Unverified: the Guide contradicts itself on the answer of interactiveDone (“Done” on page 75, empty on page
        24) and is silent on what follows; both end the visit here and the next call is sendRequestXML.
        """
        ticket = self._session.ticket
        url = self._service.get_interactive_url(ticket, self._session.quickbooks_ticket or "")
        if url:
            self._manner.visit(url)
        for _ in range(self._manner.interactive_polls):
            if (self._service.interactive_done(ticket) or "").lower() in {"", "done"}:
                return
            self._manner.pause(self._manner.noop_seconds)
        message = self._service.interactive_rejected(ticket, "Timeout") or "The user did not finish in time."
        self._close()
        raise Ended(message)

    def _close(self) -> str:
        return self._service.close_connection(self._session.ticket) or ""

    def _leave_company(self) -> None:
        if self._session.quickbooks_ticket is None:
            return
        try:
            self._quickbooks.end_session(self._session.quickbooks_ticket)
        except Exception as error:  # noqa: BLE001
            hresult, message = failure(error)
            self._note("do_connection", f"QBWC1015: EndSession failed. {hresult} {message}")

    def _failed(self, error: CallFailed) -> Ended:
        operation = self._service.called[-1]
        self._note(operation, f"{CODES.get(operation, '')}: {operation} failed. {error}")
        return Ended(str(error), code=CODES.get(operation, ""))

    def _outcome(self, ended: Ended) -> Outcome:
        status = f"{ended.code}: {ended.status}" if ended.code else ended.status
        self._note("UpdateWS", f"{self._application.label}: {status}")
        return Outcome(
            application=self._application.label,
            status=status,
            well=ended.well,
            code=ended.code,
            requests=self._session.requests,
            calls=tuple(self._service.called),
            wait=ended.wait,
            minimum_run=self._minimum_run,
        )

    def _note(self, source: str, text: str) -> None:
        self._log.write(source if source.startswith(("do_", "Process", "Update")) else f"do_{source}", text)


def _seconds(text: str) -> int:
    return int(text) if text.strip().isdecimal() else 0
