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
from apatar.sync.match_keys import match_key
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
        more = _called(mapping, rows, asked).exclude(pk__in=[one.pk for one in alike])
        alike += more.order_by("match_key", "id")[: MOST_FOUND - len(alike)]
    return _found(connection, mapping, side, [one for one in alike if not _is_left_out(mapping, one)])


def links_page(connection: Connection, choice: ReviewChoice, number: str | None) -> tuple["Page[int]", list[Linked]]:
    """Return a page of what is linked, narrowed by pair and by either name.

    The ids alone come out of an index, however far back; only the rows of the page are read.
    """
    links = Link.objects.filter(connection=connection).order_by("mapping", "salesforce_id")
    if choice.pair:
        links = links.filter(mapping=choice.pair)
    if choice.name:
        links = links.filter(pk__in=_named(connection, choice))
    page: Page[int] = Paginator(links.values_list("pk", flat=True), PER_PAGE).get_page(number)
    rows = Link.objects.filter(pk__in=list(page)).order_by("mapping", "salesforce_id")
    return page, _linked(connection, list(rows))


def _rows(connection: Connection, mapping: ObjectMapping, side: Side) -> "QuerySet[Record]":
    return Record.objects.filter(
        connection=connection, side=side.value, object_type=mapping.object_on(side), deleted_at=None
    )


def _called(mapping: ObjectMapping, rows: "QuerySet[Record]", asked: str) -> "QuerySet[Record]":
    """Narrow to the records that have this in their name: by its folded form, where an index holds that."""
    if not mapping.matches_by_name:
        return rows.filter(name__icontains=asked)
    key = match_key(asked)
    return rows.filter(match_key__contains=key) if key else rows.none()


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


def _linked(connection: Connection, links: Sequence[Link]) -> list[Linked]:
    names = {
        (name, side, remote_id): called
        for name in {one.mapping for one in links}
        for side in Side
        for remote_id, called in _rows(connection, declared(name), side)
        .filter(remote_id__in=[getattr(one, f"{side.value}_id") for one in links if one.mapping == name])
        .values_list("remote_id", "name")
    }

    def end(link: Link, side: Side) -> Found:
        remote_id = getattr(link, f"{side.value}_id")
        name = names.get((link.mapping, side, remote_id), "")
        return Found(link.mapping, declared(link.mapping).label, side, remote_id, name, link.pk)

    return [
        Linked(one, declared(one.mapping).label, end(one, Side.SALESFORCE), end(one, Side.QUICKBOOKS)) for one in links
    ]


def _named(connection: Connection, choice: ReviewChoice) -> list[int]:
    """Return the links of the records that have this in their names, the first of them where there are very many."""
    ids: list[int] = []
    linked = Link.objects.filter(connection=connection)
    for mapping in (one for one in PAIRS if choice.pair in ("", one.name) and linked.filter(mapping=one.name).exists()):
        for side in Side:
            named = _called(mapping, _rows(connection, mapping, side), choice.name).order_by("match_key", "id")
            links = Link.objects.filter(
                connection=connection,
                mapping=mapping.name,
                **{f"{side.value}_id__in": list(named.values_list("remote_id", flat=True)[:MOST_NAMED])},
            )
            ids += links.values_list("pk", flat=True)
    return ids
