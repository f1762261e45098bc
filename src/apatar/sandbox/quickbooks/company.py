"""A company file that answers message sets: all or nothing of a set is kept, and outcomes are remembered by its ID."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from apatar.sandbox.quickbooks import about, seeding, store
from apatar.sandbox.quickbooks.answers import Answer, printed_answer, printed_set, refusal_of
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.clock import Clock, Now, utc_now
from apatar.sandbox.quickbooks.errors import CompanyFileError, MessageSetRefused
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.grammar import VERSIONS
from apatar.sandbox.quickbooks.notation import version_of
from apatar.sandbox.quickbooks.reading import MessageSet, read_message_set
from apatar.sandbox.quickbooks.session import Requests
from apatar.sandbox.quickbooks.store import Store

DEFAULT_NAME = "Bayshore Trading Company"
_FOLDER = r"C:\Users\Public\Documents\Intuit\QuickBooks\Company Files"
_LONGEST_SET_ID = 24


def create_company(
    path: Path,
    *,
    name: str = DEFAULT_NAME,
    qbxml: str = "16.0",
    zone: str = "America/New_York",
    unencodable: str = "replace",
    features: Features = Features(),  # noqa: B008 - it is frozen
    now: Now = utc_now,
) -> "Company":
    """Make an empty company file.

    `qbxml` is the newest version its QuickBooks speaks, `zone` the PC's time zone; `unencodable` says what becomes of
    characters outside Windows-1252: "replace" (a question mark) or "refuse" (the whole set): both were seen (QBWC 3.3).
    `features` is its edition and preferences. Raises CompanyFileError where the file exists, or where the version or
    the edition is unknown.
    """
    newest = qbxml if "." in qbxml else f"{qbxml}.0"
    if newest not in VERSIONS:
        raise CompanyFileError(f"qbXML {qbxml} is unknown here; choose one of {', '.join(VERSIONS)}.")
    settings = {
        "name": name,
        "qbxml": newest,
        "zone": zone,
        "unencodable": unencodable,
        "windows_path": rf"{_FOLDER}\{name}.QBW",
        "company_ret": about.new_company(name),
        "state": "ready",
        **dict(features.settings()),
    }
    store.create(path, settings.items()).close()
    company = Company(path, now=now)
    with company.store.transaction():
        seeding.begin(company.books, features)
    return company


class Company:
    """An open company file; `now` gives aware times."""

    def __init__(self, path: Path, *, now: Now = utc_now) -> None:
        self.path = path
        self.store = Store(path)
        self.books = Books(self.store, Clock(now, ZoneInfo(self.store.setting("zone"))))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()

    @property
    def name(self) -> str:
        return self.store.setting("name")

    @property
    def windows_path(self) -> str:
        """Where the file seems to lie on the PC that QuickBooks runs on."""
        return self.store.setting("windows_path")

    @property
    def state(self) -> str:
        """How QuickBooks meets applications: "ready", or one of the states that `access` knows."""
        return self.store.setting("state", "ready")

    def set_state(self, state: str) -> None:
        self.store.put_setting("state", state)

    def process(self, text: str) -> str:
        """Answer one message set in a session of its own; raises MessageSetRefused."""
        return Session(self).process(text)


class Session:
    """One session: as long as it lasts, its iterators are good."""

    def __init__(self, company: Company) -> None:
        self._store = company.store
        self._requests = Requests(company.books)

    def process(self, text: str) -> str:
        """Answer one message set; raises MessageSetRefused, and then nothing of it was done."""
        message_set = read_message_set(text, version_of(self._store.setting("qbxml")))
        self._encode(message_set)
        if max(len(message_set.new_id), len(message_set.old_id)) > _LONGEST_SET_ID:
            return printed_set("", _identity(message_set, 9004))
        with self._store.transaction():
            return self._recovered(message_set) or self._executed(message_set)

    def _encode(self, message_set: MessageSet) -> None:
        """QuickBooks keeps Windows-1252 only."""
        refuses = self._store.setting("unencodable") == "refuse"
        for request in message_set.requests:
            for node, _ in request.leaves:
                text = node.text or ""
                kept = text if text.isascii() else text.encode("cp1252", "replace").decode("cp1252")
                if kept != text and refuses:
                    raise MessageSetRefused("a character outside Windows-1252")
                node.text = kept

    def _recovered(self, message_set: MessageSet) -> str:
        """Answer from what is remembered (QBWC section 4.6); "" where the set has to be executed."""
        new, old = message_set.new_id, message_set.old_id
        if not message_set.requests:
            return self._asked(message_set)
        if old and old != new:
            self._forget(old)
        stored = self._remembered(new)
        return "" if stored is None else printed_set(stored, _identity(message_set, 0))

    def _asked(self, message_set: MessageSet) -> str:
        """A set without requests asks for an outcome, or (with the old ID alone) clears it."""
        if not message_set.new_id:
            self._forget(message_set.old_id)
            return printed_set("", _identity(message_set, 0))
        stored = self._remembered(message_set.old_id or message_set.new_id)
        if stored is None:
            return printed_set("", _identity(message_set, 600 if message_set.old_id else 9002))
        return printed_set(stored, _identity(message_set, 0))

    def _remembered(self, set_id: str) -> str | None:
        found = self._store.ask("SELECT response FROM outcome WHERE set_id = ?", (set_id,)) if set_id else []
        return found[0][0] if found else None

    def _forget(self, set_id: str) -> None:
        self._store.tell("DELETE FROM outcome WHERE set_id = ?", (set_id,))

    def _executed(self, message_set: MessageSet) -> str:
        answers = (
            self._rolled_back(message_set) if message_set.on_error == "rollbackOnError" else self._answers(message_set)
        )
        responses = "".join(printed_answer(answer, with_data=message_set.with_data) for answer in answers)
        if not message_set.new_id:
            return printed_set(responses)
        self._store.tell("INSERT INTO outcome VALUES (?, ?)", (message_set.new_id, responses))
        return printed_set(responses, _identity(message_set, 0))

    def _answers(self, message_set: MessageSet) -> list[Answer]:
        answers: list[Answer] = []
        stopped = False
        for request in message_set.requests:
            if stopped:
                answers.append(refusal_of(request.name, request.attribute("requestID"), 3231))
                continue
            answers.append(self._requests.answer(request, message_set.version))
            stopped = answers[-1].is_error and message_set.on_error != "continueOnError"
        return answers

    def _rolled_back(self, message_set: MessageSet) -> Sequence[Answer]:
        """Undo the requests before the failed one; how QuickBooks Desktop does it was never seen (QBWC 4.1)."""
        try:
            with self._store.savepoint():
                answers = self._answers(message_set)
                _roll_back_errors(answers)
                return answers
        except _RolledBack as undone:
            return [
                answer if answer.is_error else refusal_of(answer.name, answer.request_id, 3230)
                for answer in undone.answers
            ]


class _RolledBack(Exception):
    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__()
        self.answers = answers


def _roll_back_errors(answers: Sequence[Answer]) -> None:
    if any(answer.is_error for answer in answers):
        raise _RolledBack(answers)


def _identity(message_set: MessageSet, code: int) -> list[tuple[str, str]]:
    """The attributes of QBXMLMsgsRs; they stand there only when the set had an ID."""
    shown = [("newMessageSetID", message_set.new_id)] if message_set.new_id else []
    return [*shown, ("messageSetStatusCode", str(code))]
