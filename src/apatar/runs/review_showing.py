"""How proposals look on a page: both records side by side, with what tells them apart, and where they are found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count

from apatar.connections.map import pairs_of
from apatar.connections.models import Connection
from apatar.connections.org_address import org_address, record_address
from apatar.runs.models import Link, Problem, Record
from apatar.runs.proposal import Proposal, ProposalChoice, ProposalKind
from apatar.runs.proposals import EXACT, LIKELY, keys_of
from apatar.runs.quickbooks_names import NAME_IN_USE
from apatar.runs.remote import record_of
from apatar.runs.review_choice import DECIDED, QUICKBOOKS, SALESFORCE, TAKEN, VIEWS
from apatar.runs.review_choice import EXACT as SHOW_EXACT
from apatar.runs.review_choice import LIKELY as SHOW_LIKELY
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs import declared
from apatar.sync.reading import plain_value
from apatar.sync.record import Side
from apatar.sync.suggest import IDENTIFIERS
from apatar.sync.values import Kind, Scalar

TELLING = (Kind.PHONE, Kind.EMAIL, Kind.STREET)
MOST_FACTS = 5


@dataclass(frozen=True, slots=True)
class End:
    """One record of a proposal; `address` is its page in Salesforce, "" where there is none."""

    side: Side
    remote_id: str
    name: str
    address: str

    @property
    def called(self) -> str:
        return self.name or self.remote_id

    @property
    def whose(self) -> str:
        return "QuickBooks'" if self.side is Side.QUICKBOOKS else "Salesforce's"


@dataclass(frozen=True, slots=True)
class Fact:
    """One field by which people tell records apart."""

    label: str
    salesforce: str
    quickbooks: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One proposal of a page; `is_linked` where a run has carried it out."""

    row: Proposal
    pair: str
    ends: tuple[End, ...]
    facts: tuple[Fact, ...]
    is_linked: bool

    @property
    def title(self) -> str:
        return " and ".join(f"{one.called} ({one.side.label})" for one in self.ends)

    @property
    def both(self) -> bool:
        return len(self.ends) == 2

    @property
    def is_parted(self) -> bool:
        return bool(self.row.kind == ProposalKind.PARTED)

    @property
    def is_decided(self) -> bool:
        return bool(self.row.choice)


@dataclass(frozen=True, slots=True)
class Tab:
    """One of the views of the review, with how much is in it."""

    name: str
    label: str
    number: int
    here: bool


def tabs(connection: Connection, here: str) -> list[Tab]:
    """Count what is in each view: one query over the proposals, one over the problems."""
    rows = Proposal.objects.filter(connection=connection).order_by()
    alone = rows.filter(kind=ProposalKind.ALONE, choice=ProposalChoice.NONE)
    counted = {
        (choice, kind): count for choice, kind, count in rows.values_list("choice", "kind").annotate(Count("id"))
    }
    undecided = {kind: count for (choice, kind), count in counted.items() if not choice}
    numbers = {
        SHOW_LIKELY: sum(undecided.get(kind, 0) for kind in LIKELY),
        SHOW_EXACT: sum(undecided.get(kind, 0) for kind in EXACT),
        SALESFORCE: alone.filter(quickbooks_id="").count() if undecided.get(ProposalKind.ALONE) else 0,
        TAKEN: undecided.get(ProposalKind.TAKEN, 0)
        + Problem.objects.filter(connection=connection, closed_at=None, code=NAME_IN_USE).count(),
        DECIDED: sum(count for (choice, _), count in counted.items() if choice),
    }
    numbers[QUICKBOOKS] = undecided.get(ProposalKind.ALONE, 0) - numbers[SALESFORCE]
    return [Tab(name, label, numbers[name], name == here) for name, label in VIEWS.items()]


def shown(connection: Connection, rows: Sequence[Proposal]) -> list[Shown]:
    """Show some proposals of the connection in scope: a few queries, however many they are."""
    org, records = org_address(connection), _records(rows)
    linked = set(
        Link.objects.filter(
            connection=connection,
            mapping__in={row.mapping for row in rows},
            salesforce_id__in=[row.salesforce_id for row in rows if row.salesforce_id],
        ).values_list("mapping", "salesforce_id", "quickbooks_id")
    )
    pairs = {one.name: one for one in pairs_of(connection)}
    return [
        Shown(
            row,
            pair_of(pairs, row.mapping).label,
            tuple(_ends(row, org)),
            tuple(_facts(pair_of(pairs, row.mapping), row, records))[:MOST_FACTS],
            (row.mapping, row.salesforce_id, row.quickbooks_id) in linked,
        )
        for row in rows
    ]


def pair_of(pairs: Mapping[str, ObjectMapping], name: str) -> ObjectMapping:
    return pairs.get(name) or declared(name)


def pairs_with_proposals(connection: Connection) -> dict[str, str]:
    """Return the pairs of objects that have proposals, by name."""
    found = Proposal.objects.filter(connection=connection).order_by().values_list("mapping", flat=True).distinct()
    return {name: declared(name).label for name in sorted(found)}


def _ends(row: Proposal, org: str) -> Iterator[End]:
    if row.salesforce_id:
        where = record_address(org, row.salesforce_id)
        yield End(Side.SALESFORCE, row.salesforce_id, row.salesforce_name, where)
    if row.quickbooks_id:
        yield End(Side.QUICKBOOKS, row.quickbooks_id, row.quickbooks_name, "")


def _records(rows: Sequence[Proposal]) -> dict[tuple[str, str, str], Record]:
    ids: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        for side, object_type, remote_id in keys_of(declared(row.mapping), row):
            ids.setdefault((side.value, object_type), []).append(remote_id)
    return {
        (side, object_type, one.remote_id): one
        for (side, object_type), mine in ids.items()
        for one in Record.objects.filter(
            connection=rows[0].connection, side=side, object_type=object_type, remote_id__in=mine
        )
    }


def _facts(mapping: ObjectMapping, row: Proposal, records: Mapping[tuple[str, str, str], Record]) -> Iterator[Fact]:
    """Yield what tells the two apart beside their names: numbers, addresses, telephones."""
    held = {}
    for side in Side:
        key = (side.value, mapping.object_on(side), getattr(row, f"{side.value}_id"))
        held[side] = record_of(records[key], mapping) if key in records else None
    for one in mapping.fields:
        if not (one.name in IDENTIFIERS or one.kind in TELLING or one.name.endswith("_city")):
            continue
        ours, theirs = (_text(plain_value(mapping, found, one.name)) if (found := held[side]) else "" for side in Side)
        if ours or theirs:
            yield Fact(one.label, ours, theirs)


def _text(value: Scalar) -> str:
    if value is None:
        return ""
    return "\n".join(value) if isinstance(value, tuple) else str(value)
