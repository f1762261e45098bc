"""Finding records by name: those to link one to by hand, and links with both their ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet

from apatar.connections.models import Connection
from apatar.connections.org_address import org_address, record_address
from apatar.runs.models import Link, Record
from apatar.runs.remote import record_of
from apatar.runs.review_choice import ReviewChoice
from apatar.sync.errors import SyncError
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match import match_key
from apatar.sync.pairs import PAIRS, declared
from apatar.sync.record import Side

MOST_FOUND = 25
MOST_NAMED = 500
PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Found:
    """One record by its pair and side; `linked_to` names its counterpart, `link` is that link's row, 0 for none."""

    pair: str
    label: str
    side: Side
    remote_id: str
    name: str
    link: int = 0
    linked_to: str = ""
    address: str = ""

    @property
    def called(self) -> str:
        return self.name or self.remote_id


@dataclass(frozen=True, slots=True)
class Linked:
    """One link with both its ends."""

    link: Link
    label: str
    salesforce: Found
    quickbooks: Found


def the_record(connection: Connection, asked: Mapping[str, str]) -> Found | None:
    """Return the record that a query string names; None where there is none."""
    pair, side, remote_id = (asked.get(name, "") for name in ("pair", "side", "id"))
    if pair not in {one.name for one in PAIRS} or side not in {one.value for one in Side}:
        return None
    row = _rows(connection, declared(pair), Side(side)).filter(remote_id=remote_id).first()
    return _found(connection, declared(pair), Side(side), [row])[0] if row else None


def found(connection: Connection, record: Found, asked: str) -> list[Found]:
    """Return records of the other side whose name begins so, or else has it in it."""
    mapping, side = declared(record.pair), record.side.other
    rows, key = _rows(connection, mapping, side), match_key(asked)
    alike = [*rows.filter(match_key__startswith=key).order_by("match_key", "id")[:MOST_FOUND]] if key else []
    if len(alike) < MOST_FOUND:
        more = rows.filter(name__icontains=asked).exclude(pk__in=[one.pk for one in alike]).order_by("name", "id")
        alike += more[: MOST_FOUND - len(alike)]
    return _found(connection, mapping, side, [one for one in alike if not _is_left_out(mapping, one)])


def links_page(connection: Connection, choice: ReviewChoice, number: str | None) -> tuple["Page[Link]", list[Linked]]:
    """Return a page of what is linked, newest first, narrowed by pair and by either name."""
    links = Link.objects.filter(connection=connection).order_by("-id")
    if choice.pair:
        links = links.filter(mapping=choice.pair)
    if choice.name:
        links = links.filter(pk__in=_named(connection, choice))
    page: Page[Link] = Paginator(links, PER_PAGE).get_page(number)
    return page, [_linked(connection, one) for one in page]


def _rows(connection: Connection, mapping: ObjectMapping, side: Side) -> "QuerySet[Record]":
    return Record.objects.filter(
        connection=connection, side=side.value, object_type=mapping.object_on(side), deleted_at=None
    )


def _is_left_out(mapping: ObjectMapping, row: Record) -> bool:
    try:
        return mapping.ignores(record_of(row, mapping))
    except SyncError:
        return False


def _found(connection: Connection, mapping: ObjectMapping, side: Side, rows: Sequence[Record]) -> list[Found]:
    links = {
        getattr(one, f"{side.value}_id"): one
        for one in Link.objects.filter(
            connection=connection, mapping=mapping.name, **{f"{side.value}_id__in": [row.remote_id for row in rows]}
        )
    }
    ids = [getattr(one, f"{side.other.value}_id") for one in links.values()]
    others = dict(_rows(connection, mapping, side.other).filter(remote_id__in=ids).values_list("remote_id", "name"))
    org = org_address(connection) if side is Side.SALESFORCE else ""
    return [
        Found(
            mapping.name,
            mapping.label,
            side,
            row.remote_id,
            row.name,
            links[row.remote_id].pk if row.remote_id in links else 0,
            others.get(other := getattr(links[row.remote_id], f"{side.other.value}_id"), other)
            if row.remote_id in links
            else "",
            record_address(org, row.remote_id),
        )
        for row in rows
    ]


def _linked(connection: Connection, link: Link) -> Linked:
    mapping = declared(link.mapping)
    ends = {}
    for side in Side:
        remote_id = getattr(link, f"{side.value}_id")
        row = _rows(connection, mapping, side).filter(remote_id=remote_id).first()
        name = row.name if row else ""
        ends[side] = Found(mapping.name, mapping.label, side, remote_id, name, link.pk)
    return Linked(link, mapping.label, ends[Side.SALESFORCE], ends[Side.QUICKBOOKS])


def _named(connection: Connection, choice: ReviewChoice) -> list[int]:
    """Return the links of the records that have this in their names, the first of them where there are very many."""
    ids: list[int] = []
    for mapping in (one for one in PAIRS if choice.pair in ("", one.name)):
        for side in Side:
            named = _rows(connection, mapping, side).filter(name__icontains=choice.name).order_by("id")
            links = Link.objects.filter(
                connection=connection,
                mapping=mapping.name,
                **{f"{side.value}_id__in": list(named.values_list("remote_id", flat=True)[:MOST_NAMED])},
            )
            ids += links.values_list("pk", flat=True)
    return ids
