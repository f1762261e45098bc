"""The reference of the map, written out of the declarations: `python -m apatar.config.mapping_reference > FILE`."""

import sys
from collections.abc import Iterable, Iterator

from apatar.sync.field import ALTERNATIVE, Direction, Field
from apatar.sync.map_diff import MODE_WORDS, OWNER_WORDS, PSEUDO_WORDS
from apatar.sync.map_fields import ADDED_KINDS
from apatar.sync.mapping import Mode, ObjectMapping, Source
from apatar.sync.pairs import OFF_AT_FIRST, PAIRS
from apatar.sync.values import Kind

HEAD = """# The map

<!-- Written by `make reference` out of src/apatar/sync/pairs. Do not edit it here. -->

What is kept in step, as it comes. Everything can be changed on the pages of the map of a connection; \
[how](../howto/map.md).

A field that the org lacks, or that the connected user may not see, is left out by itself. A field that the user \
may see but not change goes to QuickBooks only. `→` is from Salesforce to QuickBooks, `←` back, `↔` both ways; `=` \
is only compared. Where both sides changed a field that goes both ways, the newer change wins unless something \
else is said. “Shown” fields are QuickBooks' own: what is typed into them in Salesforce is overwritten.
"""
FILE = """
## The file

A map is exported as JSON that holds only what differs from the defaults below. A name that nobody knows is \
refused, so that a typing error is not silently without effect.

| Word | What it says |
|---|---|
| `format` | 1 |
| `won_opportunity` | The document that a won opportunity becomes: `Estimate`, `Sales Order`, `Invoice` or `Sales \
Receipt` |
| `activated_order` | The one that an activated order becomes: `Sales Order` or `Invoice` |
| `missing_items` | Where QuickBooks lacks an item of a document: `make` it, `refuse` the document, or use a \
`stand-in` |
| `stand_in_item` | The full name of the item that stands in |
| `item_defaults` | What new items are given: `type`, `income_account`, `expense_account`, `asset_account` |
| `sales_rep_users` | Initials of a sales rep in QuickBooks → id of a user in Salesforce, where the names do not \
say it |
| `tables` | Look-up tables for `lookup(…)`, by name |
| `pairs` | Changes of the pairs below, by the name in brackets |

Of a pair: `enabled`, `direction` (`both`, `to-salesforce`, `to-quickbooks`), `update_only`, `match_by` (a field by \
which records are matched before their names), `since` (a date, for documents), `salesforce_filter` and \
`quickbooks_filter` ([expressions](expressions.md)), and `fields`, by name.

Of a field: `label`, `salesforce` and `quickbooks` (where it stands), `direction`, `owner` (`shared`, \
`salesforce`, `quickbooks`), `mode` (`overwrite`, `only_create`, `if_empty`), `formula`, `when`, `default`, \
`to_salesforce_as`, `to_quickbooks_as` ([expressions](expressions.md)), `places`; or `"removed": true`. A field of \
your own has `"added": true` and may have a `kind`: KINDS. Fields of the lines of a document stand in `fields` of \
its `lines`.

A custom field of QuickBooks is written `DataExt.` and its name, such as `DataExt.Region`.
"""
ARROWS = {Direction.BOTH: "↔", Direction.TO_SALESFORCE: "←", Direction.TO_QUICKBOOKS: "→"}
KINDS = {
    Kind.TEXT: "text", Kind.NAME: "name", Kind.LONG_TEXT: "text of several lines", Kind.STREET: "street",
    Kind.PHONE: "telephone", Kind.EMAIL: "e-mail", Kind.MONEY: "amount", Kind.NUMBER: "number", Kind.DATE: "date",
    Kind.BOOLEAN: "yes or no", Kind.REFERENCE: "another record", Kind.LINES: "lines",
}  # fmt: skip


def text() -> str:
    """Return the whole page."""
    kinds = ", ".join(f"`{one.value}`" for one in ADDED_KINDS)
    parts = [HEAD, *(part for one in PAIRS for part in _pair(one)), FILE.replace("KINDS", kinds)]
    return "\n".join(parts)


def _pair(pair: ObjectMapping) -> Iterator[str]:
    yield f"## {pair.label} (`{pair.name}`)\n"
    yield (
        f"{pair.salesforce_object} in Salesforce {ARROWS[pair.direction]} {pair.quickbooks_object} in QuickBooks. "
        + " ".join(_remarks(pair))
    )
    yield ""
    yield from _table(pair.fields)
    if pair.lines is not None:
        lines = pair.lines
        yield f"\nEach line: {lines.salesforce_object} in Salesforce, {lines.quickbooks_line} in QuickBooks.\n"
        yield from _table(lines.fields)
    yield ""


def _remarks(pair: ObjectMapping) -> Iterator[str]:
    """Say in sentences what holds for a pair as a whole."""
    if pair.name in OFF_AT_FIRST:
        yield "Off until somebody switches it on."
    if pair.from_version > (1, 0):
        yield f"From qbXML {_version(pair.from_version)} on."
    if pair.until_version < (99, 0):
        yield f"Only before qbXML {_version(pair.until_version)}."
    if pair.source is Source.INSIDE:
        yield f"It is a part of a {pair.holder.lower()} in QuickBooks."
    if pair.needs:
        yield "It needs the [prepared org](../howto/prepare-salesforce.md)."
    if pair.trigger is not None:
        fires = " or ".join(f"`{name}` is {' or '.join(values)}" for name, values in pair.trigger.fires_on)
        yield (
            f"Made where `{pair.trigger.choice_field}` of the record says {pair.trigger.document}; or where {fires} "
            f"and the connection's choice is {pair.trigger.document}."
        )
    if pair.salesforce_filter:
        yield f"Only Salesforce records where `{pair.salesforce_filter}`."
    if pair.external_id_field:
        yield f"The QuickBooks id is kept in `{pair.external_id_field}`, where the org has it."
    if pair.gone:
        said = " and ".join(f"`{path}` becomes {value}" for path, value in pair.gone)
        yield f"Where the document was deleted in QuickBooks, {said}."


def _table(fields: Iterable[Field]) -> Iterator[str]:
    yield "| Field | Salesforce | | QuickBooks | |"
    yield "|---|---|---|---|---|"
    for one in fields:
        if one.kind is not Kind.LINES:
            cells = (
                f"{one.label} (`{one.name}`)",
                _place(one.salesforce, one.salesforce_length),
                "=" if one.mode is Mode.MATCH_ONLY else ARROWS[one.direction],
                _place(one.quickbooks, one.quickbooks_length),
                "; ".join(_facts(one)),
            )
            yield f"| {' | '.join(cells)} |"


def _place(paths: tuple[str, ...], length: int | None) -> str:
    if not paths:
        return "—"
    if len(paths) > 2 and all(ALTERNATIVE not in path for path in paths):
        named = f"`{paths[0]}` … `{paths[-1]}`"
    else:
        named = ", ".join(" or ".join(map(_spelled, path.split(ALTERNATIVE))) for path in paths)
    return f"{named} ({length})" if length else named


def _spelled(path: str) -> str:
    return PSEUDO_WORDS.get(path, f"`{path}`")


def _facts(one: Field) -> Iterator[str]:
    yield KINDS[one.kind] + (f" of {one.places} decimals" if one.kind is Kind.NUMBER else "")
    if one.mode is Mode.MATCH_ONLY:
        yield "only to recognise records by"
        return
    if one.owner.side is not None:
        shown = one.direction is Direction.TO_SALESFORCE
        yield "shown" if shown else f"{OWNER_WORDS[one.owner]} wins"
    if one.mode is not Mode.OVERWRITE:
        yield f"written {MODE_WORDS[one.mode]}"
    if one.required:
        yield "required"
    if one.refers_to:
        yield f"by {' or '.join(f'`{pair}`' for pair in one.refers_to)}"
    said = (
        ("formula", one.formula), ("only where", one.when), ("where empty", one.default),
        ("to Salesforce as", one.to_salesforce_as), ("to QuickBooks as", one.to_quickbooks_as),
    )  # fmt: skip
    yield from (f"{words} `{written}`" for words, written in said if written)
    if one.computes is not None:
        yield "worked out by the service"


def _version(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # standard output of a real process
    sys.stdout.write(text())
