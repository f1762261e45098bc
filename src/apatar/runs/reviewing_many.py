"""Many decisions of a review at once: those that concern nobody else are carried out in a few statements.

Taken one by one, each of them asks a dozen questions of the database, and a file of 5,000 keeps everybody else waiting.
What they come to is the same (`reviewing` says it); a test holds the two against each other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import QuerySet

from apatar.connections.models import Connection
from apatar.runs import intake, proposals
from apatar.runs.models import Link, Record
from apatar.runs.proposal import Ignored, Proposal, ProposalChoice
from apatar.runs.reviewing import IGNORED, Reviewer
from apatar.sync.pairs import declared
from apatar.sync.record import Side

Key = tuple[str, str, str]
"""Pair of objects, id in Salesforce, id in QuickBooks; "" for the side where nothing stands."""
End = tuple[str, Side, str]


def plain_rows(connection: Connection, keys: Collection[Key]) -> dict[Key, Proposal]:
    """Return those rows about which any decision concerns nobody else: the only ones about records without a link.

    Call in the connection's scope.
    """
    rows = list(Proposal.objects.filter(connection=connection))
    claims = Counter(end for row in rows if row.choice != ProposalChoice.APART for end in _ends(row))
    asked = [row for row in rows if _key(row) in keys and row.kind in proposals.PASSING]
    ends = {end for row in asked for end in _ends(row)}
    free = _present(connection, ends) - _linked(connection, ends) - _ignored(connection)
    return {
        _key(row): row
        for row in asked
        if all(end in free and claims[end] == (row.choice != ProposalChoice.APART) for end in _ends(row))
    }


def choose(rows: Sequence[Proposal], choice: ProposalChoice, who: Reviewer) -> None:
    """Link, keep apart, or take back what was decided. Call in a transaction."""
    for some in _pieces([row.pk for row in rows]):
        Proposal.objects.filter(pk__in=some).update(choice=choice, decided_by=who.by, decided_at=who.now)
    _look_at(rows)


def ignore(rows: Sequence[Proposal], side: Side, who: Reviewer) -> None:
    """Give one side of undecided rows no counterpart, now and later. Call in a transaction."""
    Ignored.objects.bulk_create(
        [
            Ignored(
                connection_id=row.connection_id,
                mapping=row.mapping,
                side=side.value,
                remote_id=getattr(row, f"{side.value}_id"),
                name=getattr(row, f"{side.value}_name"),
                why=IGNORED,
                by=who.by,
                since=who.now,
            )
            for row in rows
        ],
        batch_size=intake.CHUNK,
    )
    for some in _pieces([row.pk for row in rows]):
        Proposal.objects.filter(pk__in=some).delete()
    _look_at(rows)


def _look_at(rows: Sequence[Proposal]) -> None:
    for name in {row.mapping for row in rows}:
        mine = [row for row in rows if row.mapping == name]
        proposals.look_at(
            mine[0].connection, declared(name), [(side, one) for row in mine for _, side, one in _ends(row)]
        )


def _key(row: Proposal) -> Key:
    return row.mapping, row.salesforce_id, row.quickbooks_id


def _ends(row: Proposal) -> list[End]:
    ids = ((Side.SALESFORCE, row.salesforce_id), (Side.QUICKBOOKS, row.quickbooks_id))
    return [(row.mapping, side, remote_id) for side, remote_id in ids if remote_id]


def _present(connection: Connection, ends: Iterable[End]) -> set[End]:
    found: set[End] = set()
    for name, side, ids in _by_list(ends):
        rows = Record.objects.filter(
            connection=connection, side=side.value, object_type=declared(name).object_on(side), deleted_at=None
        )
        found |= {(name, side, one) for one in _among(rows, "remote_id", ids)}
    return found


def _linked(connection: Connection, ends: Iterable[End]) -> set[End]:
    found: set[End] = set()
    for name, side, ids in _by_list(ends):
        rows = Link.objects.filter(connection=connection, mapping=name)
        found |= {(name, side, one) for one in _among(rows, f"{side.value}_id", ids)}
    return found


def _ignored(connection: Connection) -> set[End]:
    rows = Ignored.objects.filter(connection=connection).values_list("mapping", "side", "remote_id")
    return {(name, Side(side), remote_id) for name, side, remote_id in rows}


def _by_list(ends: Iterable[End]) -> Iterator[tuple[str, Side, list[str]]]:
    lists: dict[tuple[str, Side], list[str]] = {}
    for name, side, remote_id in ends:
        lists.setdefault((name, side), []).append(remote_id)
    for (name, side), ids in sorted(lists.items()):
        yield name, side, ids


def _among(rows: "QuerySet[Record] | QuerySet[Link]", field: str, ids: Sequence[str]) -> Iterator[str]:
    for some in _pieces(ids):
        yield from rows.filter(**{f"{field}__in": some}).values_list(field, flat=True)


def _pieces(ids: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(ids), intake.CHUNK):
        yield ids[start : start + intake.CHUNK]
