"""`apatar sandbox salesforce ledger`: what the org's books say, read from its file without the org.

It proves that what was written is there: it goes by the names of the custom objects alone, and knows nothing of how
they came to be written. It can be asked while the org is served.
"""

import argparse
import json
import sqlite3
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

_OFF_THE_BOOKS = ("Void", "Deleted")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: its object, its amounts, and the object of its lines with the field of their parent."""

    key: str
    object: str
    amounts: tuple[str, ...]
    lines: str
    parent: str


KINDS = (
    Kind("invoices", "QuickBooks_Invoice__c", ("Total__c", "Balance__c"), "QuickBooks_Invoice_Line__c", "Invoice__c"),
    Kind(
        "credit_memos",
        "QuickBooks_Credit_Memo__c",
        ("Total__c", "Remaining__c"),
        "QuickBooks_Credit_Memo_Line__c",
        "Credit_Memo__c",
    ),
    Kind("payments", "QuickBooks_Payment__c", ("Total__c", "Unapplied__c"), "QuickBooks_Payment_Line__c", "Payment__c"),
)


def main(argv: list[str]) -> int:
    """Print the books of an org; ends with 1 where the folder holds none."""
    parser = argparse.ArgumentParser(prog="apatar sandbox salesforce ledger", description="What an org's books say.")
    parser.add_argument("--home", type=Path, required=True, help="the folder that keeps the org")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    options = parser.parse_args(argv)
    if not (options.home / "org.sqlite3").exists():
        sys.stderr.write(f"{options.home} holds no org. Name the folder that `sandbox salesforce --home` was given.\n")
        return 1
    books = read_ledger(options.home)
    sys.stdout.write((json.dumps(books) if options.json else "\n".join(_told(books))) + "\n")
    return 0


def read_ledger(home: Path) -> dict[str, Any]:
    """Return the books of an org: `{"accounts": […], "missing": […]}`.

    An account is `{"account", "currency", "invoices", "credit_memos", "payments"}`; each of the three is
    `{"count", "total", "balance" | "remaining" | "unapplied", "documents"}`, where void and deleted documents are
    listed but not counted. A document is `{"number", "txn_id", "status", its amounts, "lines", "lines_amount"}`.
    Amounts are decimals as text. `missing` names the objects that this org does not have.
    """
    connection = sqlite3.connect(f"file:{home / 'org.sqlite3'}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return _Reader(connection).books()
    finally:
        connection.close()


class _Reader:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tables = {one[0] for one in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._scales = self._read_scales()
        self._accounts = dict(connection.execute('SELECT "Id", "Name" FROM "Account"').fetchall())

    def books(self) -> dict[str, Any]:
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for kind in KINDS:
            for row in self._rows(kind.object):
                owner = self._accounts.get(row.get("Account__c")) or row.get("Customer__c") or ""
                key = (str(owner), str(row.get("Currency__c") or row.get("CurrencyIsoCode") or ""))
                found.setdefault(key, _empty(*key))[kind.key]["documents"].append(self._document(kind, row))
        for account in found.values():
            for kind in KINDS:
                _sum_up(account[kind.key], kind)
        missing = [kind.object for kind in KINDS if kind.object not in self._tables]
        return {"accounts": [found[key] for key in sorted(found)], "missing": missing}

    def _rows(self, name: str) -> list[dict[str, Any]]:
        if name not in self._tables:
            return []
        found = self._connection.execute(f'SELECT * FROM "{name}" WHERE "IsDeleted" = 0 ORDER BY "Id"')
        return [dict(one) for one in found]

    def _document(self, kind: Kind, row: dict[str, Any]) -> dict[str, Any]:
        count, amount = self._lines(kind, row["Id"])
        shown = {_short(name): str(self._amount(kind.object, name, row.get(name))) for name in kind.amounts}
        return {
            "number": row.get("Name"),
            "txn_id": row.get("QuickBooks_TxnID__c"),
            "status": row.get("Status__c"),
            **shown,
            "lines": count,
            "lines_amount": str(amount),
        }

    def _lines(self, kind: Kind, record_id: str) -> tuple[int, Decimal]:
        if kind.lines not in self._tables:
            return 0, Decimal(0)
        count, total = self._connection.execute(
            f'SELECT count(*), sum("Amount__c") FROM "{kind.lines}" WHERE "{kind.parent}" = ? AND "IsDeleted" = 0',
            (record_id,),
        ).fetchone()
        return count, self._amount(kind.lines, "Amount__c", total)

    def _amount(self, owner: str, name: str, kept: int | None) -> Decimal:
        """Return an amount; it is kept as a whole number of its last place."""
        return Decimal(kept or 0).scaleb(-self._scales.get((owner, name), 2))

    def _read_scales(self) -> dict[tuple[str, str], int]:
        if "custom_fields" not in self._tables:
            return {}
        rows = self._connection.execute("SELECT object, name, field FROM custom_fields")
        return {(one["object"], one["name"]): int(json.loads(one["field"])["scale"]) for one in rows}


def _empty(account: str, currency: str) -> dict[str, Any]:
    return {"account": account, "currency": currency, **{kind.key: {"documents": []} for kind in KINDS}}


def _sum_up(part: dict[str, Any], kind: Kind) -> None:
    counted = [one for one in part["documents"] if one["status"] not in _OFF_THE_BOOKS]
    part["count"] = len(counted)
    for name in map(_short, kind.amounts):
        part[name] = str(sum((Decimal(one[name]) for one in counted), Decimal(0)))


def _short(name: str) -> str:
    return name.removesuffix("__c").lower()


def _told(books: dict[str, Any]) -> list[str]:
    lines = [f"The org has no {name}." for name in books["missing"]]
    for one in books["accounts"]:
        parts = [
            f"{one[kind.key]['count']} {kind.key.replace('_', ' ')} {one[kind.key]['total']}"
            f" ({_short(kind.amounts[1])} {one[kind.key][_short(kind.amounts[1])]})"
            for kind in KINDS
        ]
        lines.append(f"{one['account']} {one['currency']}: {', '.join(parts)}")
    return lines or ["The org has no documents."]
