"""What the service's intake is compared with: the least that could be done, and qbwc-kit as it would be used."""

import io
import json
import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lxml import etree
from qbwc_kit import QBWCService, StaticAuthenticator
from qbwc_kit.soap import build_request

from bench.installation import PASSWORD
from bench.processes import BenchError
from bench.wire import strings_of

INTUIT = "{http://developer.intuit.com/}"
CHUNK = 500
PEER_USER = "apatar-peer"
_TABLE = "CREATE TABLE customer (id TEXT PRIMARY KEY, version TEXT NOT NULL, raw TEXT NOT NULL)"
_UPSERT = (
    "INSERT INTO customer VALUES (?, ?, ?) "
    "ON CONFLICT (id) DO UPDATE SET version = excluded.version, raw = excluded.raw"
)
Row = tuple[str, str, str]


def _database(file: Path) -> sqlite3.Connection:
    """Open a database with the service's own settings of SQLite (config/settings.py)."""
    database = sqlite3.connect(file, isolation_level=None)
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-16000"):
        database.execute(f"PRAGMA {setting}")
    database.execute(_TABLE)
    return database


class Floor:
    """lxml over the answer, id and EditSequence and the raw record into one table, unchanged ones left alone."""

    ticket = "floor"

    def __init__(self, file: Path) -> None:
        self._database = _database(file)

    def before(self) -> str:
        """Nothing is to be asked."""
        return "page"

    def take(self, body: bytes) -> None:
        response = etree.fromstring(body, etree.XMLParser(huge_tree=True)).findtext(f".//{INTUIT}response") or ""
        rows = list(_rows(response.encode()))
        known = self._known([row[0] for row in rows])
        fresh = [row for row in rows if known.get(row[0]) != row[1]]
        if fresh:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.executemany(_UPSERT, fresh)
            self._database.execute("COMMIT")

    def _known(self, ids: Sequence[str]) -> dict[str, str]:
        known: dict[str, str] = {}
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            places = ", ".join("?" * len(chunk))
            known.update(self._database.execute(f"SELECT id, version FROM customer WHERE id IN ({places})", chunk))
        return known


def _rows(answer: bytes) -> Iterator[Row]:
    for _, ret in etree.iterparse(io.BytesIO(answer), tag="CustomerRet", huge_tree=True):
        yield ret.findtext("ListID", ""), ret.findtext("EditSequence", ""), etree.tostring(ret, encoding="unicode")
        ret.clear()


class Peer:
    """qbwc-kit reads the call and parses the answer into dictionaries; its task stores them as JSON.

    It has no notion of an unchanged record: every page is stored again.
    """

    def __init__(self, file: Path) -> None:
        self._database = _database(file)
        self._service = QBWCService(StaticAuthenticator(PEER_USER, PASSWORD, [_Store(self._database)]))
        login = build_request("authenticate", [("strUserName", PEER_USER), ("strPassword", PASSWORD)])
        self.ticket = strings_of(self._service.dispatch(login).encode())[0]

    def before(self) -> str:
        self._service.dispatch(build_request("sendRequestXML", [("ticket", self.ticket)]))
        return "page"

    def take(self, body: bytes) -> None:
        answer = self._service.dispatch(body)
        if "Result>0<" not in answer:
            raise BenchError(f"qbwc-kit answered: {answer[:1000]}")


class _Store:
    """A task of qbwc-kit: asks for ever, and stores every page in one transaction."""

    name = "customers"

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def run(self, _context: Any) -> Generator[str, Any, None]:
        while True:
            answers = yield "<QBXML/>"
            self._keep(answers.first().raise_for_status().records)

    def _keep(self, records: Iterable[dict[str, Any]]) -> None:
        rows = [(record["ListID"], record["EditSequence"], json.dumps(record)) for record in records]
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(_UPSERT, rows)
        self._database.execute("COMMIT")
