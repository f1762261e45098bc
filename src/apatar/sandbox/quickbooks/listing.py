"""What a company holds, for people and for programs that compare two systems."""

import json
import re
from collections.abc import Iterator
from typing import TextIO

from apatar.sandbox.quickbooks.company import Company
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
    }
)


def kind_called(text: str) -> str:
    """Find a kind by its name ("Customer", "customers"); raises CompanyFileError."""
    for kind in KINDS:
        if text.casefold() in {kind.casefold(), plural(kind), plural(kind).replace("_", "")}:
            return kind
    raise CompanyFileError(f"There is no list called {text!r}; choose one of {', '.join(KINDS)}.")


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
        for number, row in enumerate(company.store.rows("kind = ?", (kind,))):
            out.write(",\n  " if number else "\n  ")
            out.write(json.dumps(flat(company, row)))
        out.write("]")
    out.write("}\n")


def write_text(company: Company, kinds: list[str], out: TextIO) -> None:
    """Write how many records each list holds, or of one list each record's ID and name."""
    if len(kinds) == 1:
        rows = company.store.rows("kind = ?", kinds)
        out.writelines(f"{row.list_id:<24}{'' if row.active else '(inactive) '}{row.full_name}\n" for row in rows)
        return
    out.write(f"{company.name} ({company.windows_path})\n")
    counts = company.store.ask("SELECT kind, count(*) FROM record GROUP BY kind ORDER BY kind")
    out.writelines(f"{kind:<24}{count:>8}\n" for kind, count in counts)


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
    for child in node:
        number = seen.get(child.tag, 0)
        seen[child.tag] = number + 1
        path = f"{prefix}{child.tag}.{number}" if child.tag in _REPEATED else f"{prefix}{child.tag}"
        if len(child):
            yield from _paths(child, f"{path}.")
        else:
            yield path, child.text or ""
