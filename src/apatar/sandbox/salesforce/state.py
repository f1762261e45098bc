"""The rows of the org in SQLite: what was written, who sees it, and how a half-done request is taken back."""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apatar.sandbox.salesforce.ids import make_id
from apatar.sandbox.salesforce.metadata_objects import custom_object, setup_objects, with_field
from apatar.sandbox.salesforce.objects import build_schema
from apatar.sandbox.salesforce.schema import Field, Schema, SObject, View, field_from_json
from apatar.sandbox.salesforce.switched_fields import with_switches
from apatar.sandbox.salesforce.values import Stored

Row = dict[str, Stored]
"""One record in kept form, by the exact names of its stored fields."""

_BLOCK = 100
_LEDGER = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS late (
    object TEXT NOT NULL, id TEXT NOT NULL, before TEXT, written_at REAL NOT NULL, visible_at REAL NOT NULL,
    PRIMARY KEY (object, id)
);
CREATE TABLE IF NOT EXISTS usage (hour INTEGER PRIMARY KEY, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS sessions (
    token TEXT PRIMARY KEY, user_id TEXT NOT NULL, last_used REAL NOT NULL, grant_id TEXT, restricted INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS grants (
    id TEXT PRIMARY KEY, user_id TEXT NOT NULL, scope TEXT NOT NULL, revoked INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS refresh_tokens (token TEXT PRIMARY KEY, grant_id TEXT NOT NULL, spent INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS codes (code TEXT PRIMARY KEY, asked TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, facts TEXT NOT NULL, upload TEXT, results TEXT);
CREATE TABLE IF NOT EXISTS custom_objects (
    name TEXT PRIMARY KEY COLLATE NOCASE, id TEXT NOT NULL, prefix TEXT NOT NULL, facts TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS custom_fields (
    object TEXT NOT NULL COLLATE NOCASE, name TEXT NOT NULL COLLATE NOCASE, id TEXT NOT NULL, open INTEGER NOT NULL,
    field TEXT NOT NULL, facts TEXT NOT NULL, PRIMARY KEY (object, name)
);
"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: the operator's own user sees every row at once and meets no injected fault."""

    user_id: str
    is_operator: bool = False


class State:
    """One org's database; every caller holds the org's lock."""

    def __init__(self, path: Path, *, bare: bool, now: Callable[[], float]) -> None:
        self._conn = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._conn.row_factory = sqlite3.Row
        self._conn.create_collation("FOLD", _fold)
        self._conn.create_function(
            "fold", 1, lambda text: text.casefold() if isinstance(text, str) else text, deterministic=True
        )
        # A sandbox may lose its last second with the machine, never with the process: that is what OFF means under WAL.
        self._conn.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + _LEDGER)
        self.now = now
        self._names = itertools.count()
        self._free_ids: list[int] = []
        prepared = self.setting("prepared", not bare)
        self.put_setting("prepared", prepared)
        self.views: dict[str, View] = {}
        self.schema: Schema = {}
        self._standard = {**build_schema(prepared=prepared), **setup_objects()}
        with self.undoable():
            self.load_schema()

    def close(self) -> None:
        self._conn.close()

    def execute(self, sql: str, params: tuple[Any, ...] | list[Any] = ()) -> sqlite3.Cursor:
        return self._conn.execute(sql, params)

    def setting(self, name: str, default: Any = None) -> Any:
        """Return a setting, kept as JSON."""
        found = self.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return default if found is None else json.loads(found[0])

    def put_setting(self, name: str, value: Any) -> None:
        self.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def load_schema(self) -> None:
        """Put the schema together: what every org has, and what its administrators made; columns are made for it."""
        known, self.schema = self.schema, dict(self._standard)
        for one in self.execute("SELECT * FROM custom_objects ORDER BY rowid").fetchall():
            made = custom_object(one["name"], one["prefix"], json.loads(one["facts"]))
            self.schema[made.name.lower()] = made
        for one in self.execute("SELECT * FROM custom_fields ORDER BY rowid").fetchall():
            owner = one["object"].lower()
            self.schema[owner] = with_field(self.schema[owner], field_from_json(json.loads(one["field"])))
        self.schema = with_switches(self.schema, self.setting("faults", {}))
        self.views.clear()
        for key, sobject in self.schema.items():
            if sobject != known.get(key):
                self.make_table(sobject)

    def object(self, name: str) -> SObject:
        """Return an object of the org that is known to be there."""
        return self.schema[name.lower()]

    def next_number(self, series: str) -> int:
        """Return the next number of a series; of what is kept, no two record ids or auto-numbers are the same."""
        name = f"next:{series}"
        number = int(self.setting(name, 0)) + 1
        self.put_setting(name, number)
        return number

    def new_id(self, prefix: str) -> str:
        """Return an id that no kept record has; numbers are taken from the series a block at a time."""
        if not self._free_ids:
            first = self.next_number("id")
            self._free_ids = list(range(first + _BLOCK - 1, first - 1, -1))
            self.put_setting("next:id", first + _BLOCK - 1)
        return make_id(prefix, self._free_ids.pop())

    @contextmanager
    def undoable(self) -> Iterator[None]:
        """Take back everything written inside when the block raises; blocks may lie inside one another."""
        name = f"s{next(self._names)}"
        self.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            self.execute(f"ROLLBACK TO {name}")
            self.execute(f"RELEASE {name}")
            self.views.clear()
            self._free_ids.clear()
            raise
        self.execute(f"RELEASE {name}")

    def row(self, sobject: SObject, record_id: str) -> Row | None:
        found = self.execute(f'SELECT * FROM "{sobject.name}" WHERE Id = ?', (record_id,)).fetchone()
        return None if found is None else dict(found)

    def rows(self, sobject: SObject, where: str, params: tuple[Any, ...]) -> list[Row]:
        """Return rows by a condition in SQL, in the order they were made."""
        found = self.execute(f'SELECT * FROM "{sobject.name}" WHERE {where} ORDER BY Id', params)
        return [dict(one) for one in found]

    def living(self, sobject: SObject, field: Field, value: Stored) -> list[Row]:
        """Return living rows that hold a value; text compares without case unless the field says so."""
        alive = ' AND "IsDeleted" = 0' if sobject.recycles else ""
        return self.rows(sobject, f'"{field.name}" = ?{alive}', (value,))

    def write_row(self, sobject: SObject, row: Row) -> None:
        """Insert a row, or replace the row with its id."""
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        self.execute(f'INSERT OR REPLACE INTO "{sobject.name}" ({names}) VALUES ({marks})', tuple(row.values()))
        if sobject.setup:
            self.note_change_of_setup()

    def remove_row(self, sobject: SObject, record_id: str) -> None:
        """Delete a row of an object without a recycle bin, for good."""
        self.execute(f'DELETE FROM "{sobject.name}" WHERE Id = ?', (record_id,))
        self.note_change_of_setup()

    def note_change_of_setup(self) -> None:
        """Let everybody's view be worked out anew, and describes that callers keep grow old."""
        self.views.clear()
        self.put_setting("described_at", int(self.now()) + 1)

    def hide_until(self, sobject: SObject, record_id: str, before: Row | None, visible_at: float) -> None:
        """Keep what others still see of a row until its write becomes visible; the oldest hidden state wins."""
        self.execute(
            "INSERT OR IGNORE INTO late VALUES (?, ?, ?, ?, ?)",
            (sobject.name, record_id, None if before is None else json.dumps(before), self.now(), visible_at),
        )

    def drop_late(self) -> None:
        """Forget hidden states whose writes have become visible."""
        self.execute("DELETE FROM late WHERE visible_at <= ?", (self.now(),))

    def oldest_late(self) -> float | None:
        """Return when the oldest still invisible write was made."""
        self.drop_late()
        found = self.execute("SELECT min(written_at) FROM late").fetchone()[0]
        return None if found is None else float(found)

    @contextmanager
    def as_seen_by(self, actor: Actor) -> Iterator[None]:
        """Show the org as this actor sees it: rows of writes that are not visible yet are put back for the while."""
        self.drop_late()
        hidden = [] if actor.is_operator else self.execute("SELECT * FROM late").fetchall()
        if not hidden:
            yield
            return
        name = f"s{next(self._names)}"
        self.execute(f"SAVEPOINT {name}")
        try:
            for one in hidden:
                self._put_back(one["object"], one["id"], one["before"])
            yield
        finally:
            self.execute(f"ROLLBACK TO {name}")
            self.execute(f"RELEASE {name}")

    def count_call(self) -> None:
        self.execute(
            "INSERT INTO usage VALUES (?, 1) ON CONFLICT (hour) DO UPDATE SET calls = calls + 1",
            (int(self.now() // 3600),),
        )

    def calls_today(self) -> int:
        """Return the API calls of the last 24 hours."""
        since = int(self.now() // 3600) - 24
        return int(self.execute("SELECT coalesce(sum(calls), 0) FROM usage WHERE hour > ?", (since,)).fetchone()[0])

    def _put_back(self, name: str, record_id: str, before: str | None) -> None:
        if before is None:
            self.execute(f'DELETE FROM "{name}" WHERE Id = ?', (record_id,))
        else:
            self.write_row(self.object(name), json.loads(before))

    def make_table(self, sobject: SObject) -> None:
        """Make the table of an object, or what it lacks; columns that nothing asks for stay."""
        columns = ", ".join(_column(one) for one in sobject.stored_fields)
        self.execute(f'CREATE TABLE IF NOT EXISTS "{sobject.name}" ({columns})')
        self._add_new_columns(sobject)
        indexed = [
            one.name for one in sobject.stored_fields if one.id_lookup or one.references or one.name == "SystemModstamp"
        ]
        for name in indexed:
            if name not in ("Id", "CreatedById", "LastModifiedById", "OwnerId"):
                self.execute(f'CREATE INDEX IF NOT EXISTS "{sobject.name}_{name}" ON "{sobject.name}" ("{name}")')

    def _add_new_columns(self, sobject: SObject) -> None:
        present = {one["name"] for one in self.execute(f'PRAGMA table_info("{sobject.name}")')}
        for one in sobject.stored_fields:
            if one.name not in present:
                self.execute(f'ALTER TABLE "{sobject.name}" ADD COLUMN {_column(one)}')


def _column(field: Field) -> str:
    if field.name == "Id":
        return '"Id" TEXT PRIMARY KEY'
    if field.type in ("reference", "date"):
        return f'"{field.name}" TEXT'
    if field.type in ("boolean", "int", "datetime", "double", "currency", "percent"):
        return f'"{field.name}" INTEGER' + (" NOT NULL DEFAULT 0" if field.type == "boolean" else "")
    return f'"{field.name}" TEXT' + ("" if field.case_sensitive else " COLLATE FOLD")


def _fold(one: str, other: str) -> int:
    left, right = one.casefold(), other.casefold()
    return (left > right) - (left < right)
