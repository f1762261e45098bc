"""QuickBooks' request processor as an application meets it: connections, sessions, tickets, and the ways it refuses."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from apatar.sandbox.quickbooks.clock import Now, utc_now
from apatar.sandbox.quickbooks.company import Company, Session
from apatar.sandbox.quickbooks.errors import AccessRefused, CompanyFileError
from apatar.sandbox.quickbooks.extending import write_value
from apatar.sandbox.quickbooks.markup import escaped

# States that a test or a story may put a company into, and what an application is then told (QBWC section 4.10).
STATES = {
    "ready": None,
    "closed": ("0x80040408", "Could not start QuickBooks."),
    "dialog": ("0x80040414", "A modal dialog box is showing in the QuickBooks user interface."),
    "denied": ("0x80040420", "The QuickBooks user has denied access."),
    "no-file": ("0x80040417", "QuickBooks is running but no company file is open."),
    "first-access": ("0x80040418", "First access: QuickBooks administrator must grant permission."),
    "no-permission": (
        "0x8004041A",
        "This application does not have permission to access this QuickBooks company data file.",
    ),
    "no-automatic-login": ("0x8004041D", "Automatic login is not allowed for this application."),
    "single-user": ("0x80040422", "This application requires Single User file access mode."),
    "starting": ("0x80040424", "QuickBooks did not finish its initialization."),
    "crashed": ("0x80010105", "The server threw an exception."),
}
# What can also hit a session that is already open.
_MID_SESSION = {"dialog", "closed", "crashed"}

# .NET counts 100 nanoseconds since the year 1; the AppLock of the captures holds such a number.
_DOTNET_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Open:
    company: Company
    session: Session
    owner: str = ""


class RequestProcessor:
    """QuickBooks with one company file open, or with none."""

    def __init__(self, open_file: Path | None, *, now: Now = utc_now) -> None:
        self._open_file = open_file
        self._now = now
        self._application = ""
        self._sessions: dict[str, _Open] = {}

    def open_connection(self, app_name: str) -> None:
        self._application = app_name

    def begin_session(self, company: str) -> str:
        """Open a session with the open file ("") or the one named: its path or Windows path, its stem, its company.

        Raises AccessRefused with the HRESULT that QuickBooks gives.
        """
        opened = self._opened(self._file(company))
        refusal = STATES.get(opened.state)
        if refusal is None and not _is_meant(opened, company):
            refusal = (
                "0x8004040A",
                "A QuickBooks company data file is already open and it is different from the one requested.",
            )
        if refusal:
            opened.close()
            raise AccessRefused(*refusal)
        ticket = str(uuid.uuid4())
        self._sessions[ticket] = _Open(opened, Session(opened))
        return ticket

    def _file(self, company: str) -> Path:
        if self._open_file is not None:
            return self._open_file
        if not company:
            raise AccessRefused("0x80040417", "QuickBooks is running but no company file is open.")
        if not Path(company).is_file():
            raise AccessRefused("0x80040406", "The company file does not exist or is not valid.")
        return Path(company)

    def _opened(self, path: Path) -> Company:
        try:
            return Company(path, now=self._now)
        except CompanyFileError as error:
            raise AccessRefused("0x80040403", "Could not open the specified QuickBooks company data file.") from error

    def process(self, ticket: str, text: str) -> str:
        """Answer one message set; raises MessageSetRefused, or AccessRefused where QuickBooks went away."""
        opened = self._session(ticket)
        state = opened.company.state
        refusal = STATES.get(state)
        if refusal and state in _MID_SESSION:
            raise AccessRefused(*refusal)
        return opened.session.process(text)

    def host_company_preferences(self, owner_id: str, file_id: str, machine: str) -> str:
        """Take the application's lock, and answer the three queries the Web Connector starts every session with.

        `owner_id` and `file_id` are those of the .qwc. The FileID is written once and stays.
        Raises AccessRefused where no session is open.
        """
        opened = next(reversed(self._sessions.values()), None)
        if opened is None:
            raise AccessRefused("0x8004040D", "The ticket parameter is invalid.")
        self._authorise(opened, owner_id, file_id, machine)
        version = opened.company.store.setting("qbxml")
        return opened.session.process(_three_queries(version, owner_id))

    def _authorise(self, opened: _Open, owner_id: str, file_id: str, machine: str) -> None:
        books = opened.company.books
        ticks = (self._now() - _DOTNET_EPOCH).total_seconds() * 10_000_000
        opened.owner = owner_id
        with books.store.transaction():
            lock = f"LOCKED:{machine}:{int(ticks)}"
            write_value(books, "Company", "", (owner_id, "AppLock", "STR255TYPE", lock))
            known = books.store.ask(
                "SELECT 1 FROM extension WHERE object = 'Company' AND owner = ? AND name = 'FileID'",
                (owner_id.upper(),),
            )
            if not known:
                write_value(books, "Company", "", (owner_id, "FileID", "STR255TYPE", file_id))

    def company_file_name(self, ticket: str) -> str:
        """Return the full Windows path of the open file, as the Web Connector passes it on."""
        return self._session(ticket).company.windows_path

    def end_session(self, ticket: str) -> None:
        """Release the lock and close the file; the session's iterators die."""
        opened = self._session(ticket)
        del self._sessions[ticket]
        books = opened.company.books
        if opened.owner:
            with books.store.transaction():
                write_value(books, "Company", "", (opened.owner, "AppLock", "STR255TYPE", ""))
        opened.company.close()

    def _session(self, ticket: str) -> _Open:
        if ticket not in self._sessions:
            raise AccessRefused("0x8004040D", "The ticket parameter is invalid.")
        return self._sessions[ticket]


def _is_meant(company: Company, given: str) -> bool:
    names = {"", company.windows_path, company.name, company.path.stem, str(company.path), str(company.path.resolve())}
    return given.strip().casefold() in {name.casefold() for name in names}


def _three_queries(version: str, owner_id: str) -> str:
    owner = f"<OwnerID>{escaped(owner_id)}</OwnerID>"
    queries = (
        f'<HostQueryRq requestID="0" /><CompanyQueryRq requestID="1">{owner}</CompanyQueryRq>'
        '<PreferencesQueryRq requestID="2" />'
    )
    return f'<?qbxml version="{version}"?><QBXML><QBXMLMsgsRq onError="continueOnError">{queries}</QBXMLMsgsRq></QBXML>'
