"""The log of the Web Connector, in the wording that its users know and search for."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path

MASK = "<MaskedForSecurity>"


class Level(IntEnum):
    """How much is written: nothing, the first fifty characters of what was exchanged, or all of it."""

    NONE = 0
    DEBUG = 1
    VERBOSE = 2


def utc_now() -> datetime:
    return datetime.now(UTC)


class Log:
    """Appends to QWCLog.txt; a password it was told of never reaches the file, whoever sends it back."""

    def __init__(self, file: Path, *, level: Level = Level.DEBUG, now: Callable[[], datetime] = utc_now) -> None:
        self._file = file
        self._level = level
        self._now = now
        self._password = ""

    def hide(self, password: str) -> None:
        self._password = password

    def write(self, source: str, text: str) -> None:
        """Write one line; `source` names the step, such as `do_authenticate`."""
        if self._level is Level.NONE:
            return
        stamp = self._now().strftime("%Y%m%d.%H:%M:%S UTC")
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{stamp}\t: QBWebConnector.SOAPWebService.{source}() : {self._masked(text)}\n")

    def excerpt(self, payload: str | None) -> str:
        """Return what the level lets through of something that was exchanged, on one line."""
        if payload is None:
            return ""
        shown = payload if self._level is Level.VERBOSE else payload[:50]
        return shown.replace("\r", "").replace("\n", " ")

    def _masked(self, text: str) -> str:
        return text.replace(self._password, MASK) if self._password else text
