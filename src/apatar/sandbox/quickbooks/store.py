"""The company file on disk: one SQLite database, and the few questions that are asked of it."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.kinds import KINDS

APPLICATION_ID = 0x51424644

_SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE serial (namespace TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE record (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, namespace TEXT NOT NULL, list_id TEXT NOT NULL, name TEXT NOT NULL,
    full_name TEXT NOT NULL, name_key TEXT NOT NULL, full_key TEXT NOT NULL, parent TEXT NOT NULL,
    active INTEGER NOT NULL, modified TEXT NOT NULL, edit INTEGER NOT NULL, body TEXT NOT NULL
);
CREATE UNIQUE INDEX record_id ON record (kind, list_id);
CREATE INDEX record_name ON record (namespace, full_key);
CREATE INDEX record_order ON record (kind, seq);
CREATE INDEX record_parent ON record (kind, parent) WHERE parent <> '';
CREATE TABLE txn (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, txn_id TEXT NOT NULL UNIQUE, customer TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL DEFAULT '', account TEXT NOT NULL DEFAULT '', day TEXT NOT NULL DEFAULT '',
    ref TEXT NOT NULL DEFAULT '', ref_key TEXT NOT NULL DEFAULT '', modified TEXT NOT NULL DEFAULT '',
    edit INTEGER NOT NULL DEFAULT 0, pending INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    left_open INTEGER NOT NULL DEFAULT 0, prior INTEGER NOT NULL DEFAULT 0, body TEXT NOT NULL,
    lines TEXT NOT NULL DEFAULT '', links TEXT NOT NULL DEFAULT ''
);
CREATE INDEX txn_kind ON txn (kind, seq);
CREATE INDEX txn_modified ON txn (kind, modified);
CREATE INDEX txn_customer ON txn (customer);
CREATE INDEX txn_ref ON txn (kind, ref_key);
CREATE TABLE application (
    seq INTEGER PRIMARY KEY, source TEXT NOT NULL, target TEXT NOT NULL, through TEXT NOT NULL, amount INTEGER NOT NULL,
    discount INTEGER NOT NULL, discount_refs TEXT NOT NULL
);
CREATE INDEX application_source ON application (source);
CREATE INDEX application_target ON application (target);
CREATE TABLE origin (
    seq INTEGER PRIMARY KEY, source TEXT NOT NULL, source_line TEXT NOT NULL, target TEXT NOT NULL,
    target_line TEXT NOT NULL
);
CREATE INDEX origin_source ON origin (source);
CREATE INDEX origin_target ON origin (target);
CREATE TABLE definition (
    owner TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, assigned TEXT NOT NULL, PRIMARY KEY (owner, name)
);
CREATE TABLE extension (
    object TEXT NOT NULL, object_id TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (object, object_id, owner, name)
);
CREATE TABLE deletion (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, list_id TEXT NOT NULL, full_name TEXT NOT NULL, created TEXT NOT NULL,
    deleted TEXT NOT NULL
);
CREATE TABLE txn_deletion (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, txn_id TEXT NOT NULL, ref TEXT NOT NULL, created TEXT NOT NULL,
    deleted TEXT NOT NULL
);
CREATE TABLE outcome (set_id TEXT PRIMARY KEY, response TEXT NOT NULL);
"""

_COLUMNS = "seq, kind, list_id, name, full_name, parent, active, modified, edit, body"


@dataclass(frozen=True, slots=True)
class Row:
    """One record: `modified` is wall-clock text, `body` the inside of its Ret as it is printed."""

    seq: int
    kind: str
    list_id: str
    name: str
    full_name: str
    parent: str
    active: bool
    modified: str
    edit: int
    body: str


def folded(text: str) -> str:
    """Names that differ only in case are the same name."""
    return text.casefold()


class Store:
    """One open company file; every method runs in the transaction of its caller."""

    def __init__(self, path: Path) -> None:
        self._database = _open(path)

    def close(self) -> None:
        self._database.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what happens inside, or nothing of it."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what one request did when it fails; the transaction around it goes on."""
        self._database.execute("SAVEPOINT request")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK TO request")
            self._database.execute("RELEASE request")
            raise
        self._database.execute("RELEASE request")

    def ask(self, sql: str, values: Sequence[object] = ()) -> list[tuple[str, ...]]:
        """Return all rows of a small answer."""
        return self._database.execute(sql, values).fetchall()

    def each(self, sql: str, values: Sequence[object] = ()) -> Iterator[Any]:
        """Yield the rows of a large answer one at a time."""
        return iter(self._database.execute(sql, values))

    def tell_each(self, sql: str, values: Iterable[Sequence[object]]) -> None:
        """Run one statement for each tuple of values."""
        self._database.executemany(sql, values)

    def tell(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; return how many rows it touched."""
        return self._database.execute(sql, values).rowcount

    # Settings

    def setting(self, name: str, default: str = "") -> str:
        found = self.ask("SELECT value FROM setting WHERE name = ?", (name,))
        return found[0][0] if found else default

    def put_setting(self, name: str, value: str) -> None:
        self.tell("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))

    def next_serial(self, namespace: str) -> int:
        self.tell("INSERT INTO serial VALUES (?, 1) ON CONFLICT DO UPDATE SET last = last + 1", (namespace,))
        return int(self.ask("SELECT last FROM serial WHERE namespace = ?", (namespace,))[0][0])

    # Records

    def by_id(self, kinds: Sequence[str], list_id: str) -> Row | None:
        return self._first(f"kind IN ({_marks(kinds)}) AND list_id = ?", (*kinds, list_id))

    def by_full_name(self, kinds: Sequence[str], full_name: str) -> Row | None:
        namespaces = sorted({KINDS[kind].namespace for kind in kinds if kind in KINDS})
        where = f"namespace IN ({_marks(namespaces)}) AND full_key = ? AND kind IN ({_marks(kinds)})"
        return self._first(where, (*namespaces, folded(full_name), *kinds))

    def name_taken(self, namespace: str, full_name: str, *, except_seq: int = 0) -> bool:
        found = self.ask(
            "SELECT 1 FROM record WHERE namespace = ? AND full_key = ? AND seq <> ? LIMIT 1",
            (namespace, folded(full_name), except_seq),
        )
        return bool(found)

    def children(self, kind: str, list_id: str) -> list[Row]:
        return list(self.rows("kind = ? AND parent = ?", (kind, list_id)))

    def rows(self, where: str, values: Sequence[object]) -> Iterator[Row]:
        """Yield records in list order, one at a time."""
        for found in self._database.execute(f"SELECT {_COLUMNS} FROM record WHERE {where} ORDER BY seq", values):
            yield Row(*found)

    def _first(self, where: str, values: Sequence[object]) -> Row | None:
        return next(self.rows(where, values), None)

    def sequences(self, where: str, values: Sequence[object]) -> Iterator[int]:
        for (seq,) in self._database.execute(f"SELECT seq FROM record WHERE {where} ORDER BY seq", values):
            yield seq

    def some(self, sequences: Sequence[int]) -> Iterator[Row]:
        """Yield these records where they still exist; `sequences` ascends."""
        for start in range(0, len(sequences), 500):
            part = sequences[start : start + 500]
            yield from self.rows(f"seq IN ({_marks(part)})", part)

    def insert(self, row: Row, namespace: str) -> None:
        """Keep a record at the end of its list; `row.seq` 0 is replaced by the next place."""
        values = (row.kind, namespace, row.list_id, row.name, row.full_name, folded(row.name), folded(row.full_name))
        rest = (row.parent, row.active, row.modified, row.edit, row.body)
        self.tell(
            "INSERT INTO record (kind, namespace, list_id, name, full_name, name_key, full_key, parent, active, "
            "modified, "
            "edit, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, *rest),
        )

    def update(self, row: Row) -> None:
        self.tell(
            "UPDATE record SET name = ?, full_name = ?, name_key = ?, full_key = ?, parent = ?, active = ?, "
            "modified = ?, "
            "edit = ?, body = ? WHERE seq = ?",
            (
                row.name,
                row.full_name,
                folded(row.name),
                folded(row.full_name),
                row.parent,
                row.active,
                row.modified,
                row.edit,
                row.body,
                row.seq,
            ),
        )

    def delete(self, seq: int) -> None:
        self.tell("DELETE FROM record WHERE seq = ?", (seq,))


def create(path: Path, settings: Iterable[tuple[str, str]]) -> Store:
    """Make a new company file; raises CompanyFileError where something is in the way."""
    if path.exists():
        raise CompanyFileError(f"{path} already exists; choose another name, or remove it first.")
    path.parent.mkdir(parents=True, exist_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA journal_mode = WAL")
    database.executescript(f"BEGIN; {_SCHEMA} PRAGMA application_id = {APPLICATION_ID}; COMMIT;")
    database.executemany("INSERT INTO setting VALUES (?, ?)", settings)
    database.close()
    return Store(path)


def _open(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise CompanyFileError(f"{path} does not exist; make it with: apatar sandbox quickbooks new {path}")
    database = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    try:
        found = database.execute("PRAGMA application_id").fetchone()[0]
    except sqlite3.DatabaseError:
        found = 0
    if found != APPLICATION_ID:
        database.close()
        raise CompanyFileError(
            f"{path} is not a company file of the sandbox; choose one made by: apatar sandbox quickbooks new"
        )
    # What is committed survives a killed process; only a power cut could take it, and a sandbox may live with that.
    database.execute("PRAGMA synchronous = OFF")
    return database


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
