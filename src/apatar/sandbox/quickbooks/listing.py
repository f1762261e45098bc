"""What a company holds, for people and for programs that compare two systems."""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from apatar.sandbox.quickbooks import transactions
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.documents import records
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.extending import PUBLIC
from apatar.sandbox.quickbooks.kinds import ITEMS, KINDS
from apatar.sandbox.quickbooks.markup import Node, parsed
from apatar.sandbox.quickbooks.store import Row

_REPEATED = frozenset(
    {
        "ShipToAddress",
        "AdditionalContactRef",
        "ContactsRet",
        "AdditionalNotesRet",
        "PrefillAccountRef",
        "PriceLevelPerItemRet",
        "TaxLineInfoRet",
        "ItemGroupLine",
        "ItemInventoryAssemblyLine",
        "LinkedTxn",
        "AppliedToTxnRet",
        *(f"{kind}Line{group}Ret" for kind in SHAPES for group in ("", "Group")),
    }
)


def kind_called(text: str) -> str:
    """Find a kind by its name ("Customer", "customers"); raises CompanyFileError."""
    for kind in (*KINDS, *SHAPES):
        if text.casefold() in {kind.casefold(), plural(kind), plural(kind).replace("_", "")}:
            return kind
    raise CompanyFileError(f"There is no list called {text!r}; choose one of {', '.join((*KINDS, *SHAPES))}.")


def plural(kind: str) -> str:
    """Return the key under which a kind's records stand: "customers", "other_names", "customer_types"."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    if words.endswith(("terms", "s")):
        return words if words.endswith("terms") else f"{words}es"
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}s"


def write_json(company: Company, kinds: list[str], out: TextIO) -> None:
    """Write one JSON object, one record per line: an object of flat fields with dotted paths."""
    out.write(f'{{"company": {json.dumps(company.name)}')
    for kind in kinds:
        out.write(f',\n"{plural(kind)}": [')
        for number, record in enumerate(_records(company, kind)):
            out.write(",\n  " if number else "\n  ")
            out.write(json.dumps(record))
        out.write("]")
    out.write("}\n")


def _records(company: Company, kind: str) -> Iterator[dict[str, str]]:
    if kind in SHAPES:
        return (flat_document(company, txn) for txn in records.rows(company.books, "kind = ?", (kind,)))
    return (flat(company, row) for row in company.store.rows("kind = ?", (kind,)))


def write_text(company: Company, kinds: list[str], out: TextIO) -> None:
    """Write how many records each list holds, or of one list each record's ID and name."""
    if len(kinds) == 1 and kinds[0] in SHAPES:
        documents = records.rows(company.books, "kind = ?", kinds)
        out.writelines(f"{txn.txn_id:<24}{txn.day}  {txn.ref:<12}{txn.total / 100:>14.2f}\n" for txn in documents)
        return
    if len(kinds) == 1:
        rows = company.store.rows("kind = ?", kinds)
        out.writelines(f"{row.list_id:<24}{'' if row.active else '(inactive) '}{row.full_name}\n" for row in rows)
        return
    out.write(f"{company.name} ({company.windows_path})\n")
    counts = company.store.ask(
        "SELECT kind, count(*) FROM record GROUP BY kind UNION ALL "
        "SELECT kind, count(*) FROM txn GROUP BY kind ORDER BY 1"
    )
    out.writelines(f"{kind:<24}{count:>8}\n" for kind, count in counts)


def flat_document(company: Company, txn: records.Txn) -> dict[str, str]:
    """Return every field of one document, its lines and links numbered: {"InvoiceLineRet.0.Amount": …}."""
    return dict(_paths(parsed(transactions.shown_whole(company.books, txn, (PUBLIC,)))[0], ""))


def flat(company: Company, row: Row) -> dict[str, str]:
    """Return every field of one record: {"Name": …, "BillAddress.City": …, "ShipToAddress.0.Name": …}."""
    fields = dict(_paths(parsed(row.body), ""))
    found = company.store.ask(
        "SELECT name, value FROM extension WHERE object = ? AND object_id = ? AND owner = ?",
        ("Item" if row.kind in ITEMS else row.kind, row.list_id, PUBLIC),
    )
    return fields | {f"DataExt.{name}": value for name, value in found}


def _paths(node: Node, prefix: str) -> Iterator[tuple[str, str]]:
    seen: dict[str, int] = {}
    # A tax group names several tax items, a customer one.
    several = _REPEATED if node.find("ItemSalesTaxRef[2]") is None else _REPEATED | {"ItemSalesTaxRef"}
    for child in node:
        number = seen.get(child.tag, 0)
        seen[child.tag] = number + 1
        path = f"{prefix}{child.tag}.{number}" if child.tag in several else f"{prefix}{child.tag}"
        if len(child):
            yield from _paths(child, f"{path}.")
        else:
            yield path, child.text or ""
