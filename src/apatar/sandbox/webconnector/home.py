"""The folder of one Web Connector: its applications, their passwords and what each did last."""

import base64
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from apatar.sandbox.webconnector.errors import Refused, UnusableHome
from apatar.sandbox.webconnector.qwc import Application

_MASK = b"the sandbox hides passwords from a glance, not from a thief"


@dataclass(frozen=True, slots=True)
class Entry:
    """One application in the window of the Web Connector; times are seconds of the Unix clock."""

    application: Application
    status: str = "Not yet updated"
    last_run: float = 0.0
    not_before: float = 0.0
    minimum_run: int = 0

    @property
    def interval(self) -> int | None:
        """Seconds between two runs on Auto-Run, or None where neither file nor service named any."""
        named = max(self.application.every_seconds or 0, self.minimum_run)
        return named or None


class Home:
    """The applications below one folder; every change is written at once and readable by the owner only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log_file = folder / "QWCLog.txt"
        self._file = folder / "applications.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UnusableHome(
                f"The folder {folder} cannot be made ({error.strerror}). Choose another --home."
            ) from error

    def entries(self) -> list[Entry]:
        return [_entry(stored) for stored in self._read()["applications"]]

    def find(self, name: str) -> Entry:
        """Return the application called so; raises Refused where there is none or where the name is not enough."""
        found = [entry for entry in self.entries() if name in _names(entry.application)]
        if not found:
            raise Refused("QBWC1011", f"No application “{name}” has been added. Add its .qwc file first.")
        if len(found) > 1:
            raise Refused("QBWC1019", f"Several applications are called “{name}”. Name its user or its FileID instead.")
        return found[0]

    def add(self, application: Application) -> Entry:
        """Add or replace an application; its schedule and its status survive a replacement."""
        content = self._read()
        kept, replaced = [], None
        for stored in content["applications"]:
            entry = _entry(stored)
            if _replaces(application, entry.application):
                replaced = entry
                continue
            if _same_pair(application, entry.application):
                raise Refused(
                    "QBWC1039", f"Unique OwnerID/FileID pair value required: “{entry.application.label}” has it."
                )
            kept.append(stored)
        entry = replace(replaced, application=application) if replaced else Entry(application)
        content["applications"] = [*kept, asdict(entry)]
        self._write(content)
        return entry

    def save(self, entry: Entry) -> None:
        """Keep what became of one application; the others stay as they are."""
        content = self._read()
        file_id = entry.application.file_id
        content["applications"] = [
            asdict(entry) if stored["application"]["file_id"] == file_id else stored
            for stored in content["applications"]
        ]
        self._write(content)

    def set_password(self, user_name: str, password: str) -> None:
        content = self._read()
        content["passwords"][user_name] = _veiled(password.encode()).decode()
        self._write(content)

    def password(self, user_name: str) -> str | None:
        veiled = self._read()["passwords"].get(user_name)
        return None if veiled is None else _unveiled(veiled.encode()).decode()

    @contextmanager
    def update_lock(self) -> Iterator[None]:
        """One update at a time, as on Windows; the lock falls with its process, however that ends."""
        lock = sqlite3.connect(self.folder / "UpdateLock", timeout=0, isolation_level=None)
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            lock.close()
            raise UnusableHome("Another update is under way with this --home. Wait until it has ended.") from error
        try:
            yield
        finally:
            lock.close()

    def _read(self) -> dict[str, Any]:
        if not self._file.exists():
            return {"applications": [], "passwords": {}}
        try:
            content: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnusableHome(f"{self._file} cannot be read. Remove it and add the applications again.") from error
        return content

    def _write(self, content: dict[str, Any]) -> None:
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
        draft.replace(self._file)


def _entry(stored: dict[str, Any]) -> Entry:
    return Entry(**{**stored, "application": Application(**stored["application"])})


def _names(application: Application) -> set[str]:
    return {application.app_name, application.label, application.user_name, application.file_id}


def _replaces(new: Application, old: Application) -> bool:
    """The same name and file, or a name declared unique (Guide, page 35), takes the old one's place."""
    if new.unique_name and new.unique_name == old.unique_name:
        return True
    return new.app_name == old.app_name and new.file_id.casefold() == old.file_id.casefold()


def _same_pair(new: Application, old: Application) -> bool:
    return (new.owner_id.casefold(), new.file_id.casefold()) == (old.owner_id.casefold(), old.file_id.casefold())


def _veiled(plain: bytes) -> bytes:
    return base64.b64encode(bytes(byte ^ _MASK[place % len(_MASK)] for place, byte in enumerate(plain)))


def _unveiled(veiled: bytes) -> bytes:
    return base64.b64decode(_veiled(base64.b64decode(veiled)))
