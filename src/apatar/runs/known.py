"""Gathering what the records of a batch refer to: links, parents, variants, names, look-up tables."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

from django.db.models import Q, QuerySet

from apatar.connections.map import tables_of
from apatar.runs import intake
from apatar.runs.models import Change, ChangeState, Link, Record, Run
from apatar.runs.remote import fields_of
from apatar.sync import record
from apatar.sync.field import ALTERNATIVE, Field
from apatar.sync.known import Known, ReferenceKey
from apatar.sync.mapping import Missing, ObjectMapping
from apatar.sync.pairs import declared
from apatar.sync.record import Side
from apatar.sync.values import Kind, RemoteLeaf

DEEPEST = 6
"""Levels of jobs below a customer that are followed to its top; QuickBooks allows five."""
TOPS = "accounts_customers"
"""The pair whose QuickBooks records stand for everything below them."""
ON_ITS_WAY = (ChangeState.PLANNED, ChangeState.SENT, ChangeState.UNKNOWN)

Ids = dict[tuple[str, Side], set[str]]
"""The ids that are referred to, by pair of objects and side."""


def known_for(run: Run, mapping: ObjectMapping, records: Sequence[record.Record], *, today: date) -> Known:
    """Return what is known of everything that these records refer to."""
    gathering = _Gathering(run)
    for ids in _referred(mapping, records):
        gathering.ask(*ids)
    tables = tables_of(run.connection, run.map_number)
    gathering.look_up()
    if mapping.lines and tables["currency_codes"]:
        gathering.note_currencies(tables["currency_codes"])
    return Known(
        canonical=gathering.canonical,
        salesforce_ids=gathering.salesforce_ids,
        pending=gathering.pending,
        kinds=gathering.kinds,
        names=gathering.names,
        currencies=gathering.currencies,
        stand_ins=_stand_ins(run, mapping),
        tables=tables,
        today=today,
    )


def _referred(mapping: ObjectMapping, records: Iterable[record.Record]) -> Iterable[tuple[str, Side, str]]:
    plain, of_lines = _references(mapping)
    if not plain and not of_lines:
        return
    for one in records:
        yield from _named_by(plain, one.side, one.fields)
        for line in one.lines if of_lines else ():
            yield from _named_by(of_lines, one.side, line.fields)


@lru_cache(maxsize=1024)
def _references(mapping: ObjectMapping) -> tuple[tuple[Field, ...], tuple[Field, ...]]:
    lines = mapping.lines
    return (
        tuple(one for one in mapping.fields if one.kind is Kind.REFERENCE),
        tuple(one for one in lines.fields if one.kind is Kind.REFERENCE) if lines else (),
    )


def _named_by(fields: tuple[Field, ...], side: Side, held: record.Remote) -> Iterable[tuple[str, Side, str]]:
    for one in fields:
        if side is Side.QUICKBOOKS:
            value = _first(one.quickbooks[0], held)
            yield from ((pair, side, value) for pair in one.refers_to if value)
        else:
            pairs = zip(one.salesforce, one.refers_to, strict=True)
            yield from ((pair, side, value) for path, pair in pairs if (value := _text(held.get(path))))


def _first(path: str, held: record.Remote) -> str:
    return next((value for one in path.split(ALTERNATIVE) if (value := _text(held.get(one)))), "")


def _text(value: RemoteLeaf) -> str:
    return "" if value is None else str(value)


def survivors_called(run: Run, records: Iterable[record.Record]) -> dict[tuple[Side, str], str]:
    """Return how the records are called into which some of these were merged."""
    called: dict[tuple[Side, str], str] = {}
    for one in records:
        if one.deleted and one.merged_into:
            rows = Record.objects.filter(
                connection=run.connection, side=one.side.value, object_type=one.object_type, remote_id=one.merged_into
            )
            called.update({(one.side, remote_id): name for remote_id, name in rows.values_list("remote_id", "name")})
    return called


class _Gathering:
    """Looks the ids of a batch up, a few queries for each pair of objects."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._asked: Ids = defaultdict(set)
        self.canonical: dict[ReferenceKey, str] = {}
        self.salesforce_ids: dict[tuple[str, str], str] = {}
        self.kinds: dict[tuple[str, str], str] = {}
        self.names: dict[tuple[Side, str], str] = {}
        self.currencies: dict[tuple[str, str], str] = {}
        self.pending: frozenset[ReferenceKey] = frozenset()

    def ask(self, pair: str, side: Side, remote_id: str) -> None:
        self._asked[pair, side].add(remote_id)

    def look_up(self) -> None:
        self._climb()
        for (pair, side), ids in list(self._asked.items()):
            self._links(pair, side, ids)
        self._note_pending()
        self._note_kinds()
        self._note_names()

    def _climb(self) -> None:
        """Find for each job the customer at its top, which is what an account stands for."""
        asked = self._asked.get((TOPS, Side.QUICKBOOKS), set())
        parents: dict[str, str] = {}
        level = set(asked)
        for _ in range(DEEPEST):
            rows = self._rows(Side.QUICKBOOKS, "Customer", level).exclude(parent_id="")
            found = dict(rows.values_list("remote_id", "parent_id"))
            parents.update(found)
            level = set(found.values())
            if not level:
                break
        for one in list(asked):
            top = one
            while top in parents:
                top = parents[top]
            if top != one:
                self.canonical[TOPS, Side.QUICKBOOKS, one] = top
                asked.add(top)

    def _links(self, pair: str, side: Side, ids: set[str]) -> None:
        column = "salesforce_id__in" if side is Side.SALESFORCE else "quickbooks_id__in"
        for some in _chunks(ids):
            found = Link.objects.filter(connection=self._run.connection, mapping=pair, **{column: some})
            for salesforce_id, quickbooks_id in found.values_list("salesforce_id", "quickbooks_id"):
                self.canonical[pair, Side.SALESFORCE, salesforce_id] = quickbooks_id
                self.canonical[pair, Side.QUICKBOOKS, quickbooks_id] = quickbooks_id
                self.salesforce_ids[pair, quickbooks_id] = salesforce_id

    def _note_pending(self) -> None:
        """Note what is about to get a counterpart, so that a document waits for its job and does not go elsewhere."""
        self.pending = frozenset(key for side in Side for key in self._pending_from(side))

    def _pending_from(self, side: Side) -> Iterable[ReferenceKey]:
        missing = {remote_id for pair, at, remote_id in self._keys(side) if self._lacks(pair, at, remote_id)}
        coming = Q(state__in=ON_ITS_WAY) | Q(run=self._run, state=ChangeState.SHOWN, is_later=False)
        out = Change.objects.filter(coming, connection=self._run.connection, side=side.other.value, operation="create")
        for some in _chunks(missing):
            found = out.filter(source_id__in=some).values_list("mapping", "source_id")
            yield from ((pair, side, remote_id) for pair, remote_id in found)

    def _note_kinds(self) -> None:
        pairs = {pair for pair, _ in self._asked if pair.startswith("products")}
        for pair in pairs:
            ids = {found for (name, _, __), found in self.canonical.items() if name == pair}
            ids |= self._asked.get((pair, Side.QUICKBOOKS), set())
            for some in _chunks(ids):
                rows = self._rows(Side.QUICKBOOKS, "Item", some).values_list("remote_id", "variant")
                self.kinds.update({(pair, remote_id): variant for remote_id, variant in rows})

    def note_currencies(self, codes: Mapping[str, str]) -> None:
        """Note in which currency each customer is that a deal names."""
        for pair in (TOPS, "opportunities_jobs"):
            ids = {found for (name, _, __), found in self.canonical.items() if name == pair}
            for some in _chunks(ids):
                for row in self._rows(Side.QUICKBOOKS, "Customer", some):
                    code = codes.get(str(fields_of(row.side, row.raw).get("CurrencyRef.FullName") or ""))
                    if code:
                        self.currencies[pair, row.remote_id] = code

    def _note_names(self) -> None:
        """Note how what has no counterpart is called, for the sentence that says so."""
        for (pair, side), asked in self._asked.items():
            object_type = declared(pair).object_on(side)
            for some in _chunks({one for one in asked if self._lacks(pair, side, one)}):
                rows = self._rows(side, object_type, some)
                self.names.update({(side, one): name for one, name in rows.values_list("remote_id", "name") if name})

    def _lacks(self, pair: str, side: Side, remote_id: str) -> bool:
        canonical = self.canonical.get((pair, side, remote_id), remote_id)
        return (pair, canonical) not in self.salesforce_ids

    def _keys(self, side: Side) -> list[ReferenceKey]:
        return [(pair, at, one) for (pair, at), ids in self._asked.items() if at is side for one in ids]

    def _rows(self, side: Side, object_type: str, ids: Iterable[str]) -> "QuerySet[Record]":
        return Record.objects.filter(
            connection=self._run.connection, side=side.value, object_type=object_type, remote_id__in=list(ids)
        )


def _stand_ins(run: Run, mapping: ObjectMapping) -> dict[str, str]:
    if mapping.missing is not Missing.STAND_IN or not mapping.stand_in:
        return {}
    row = Record.objects.filter(
        connection=run.connection, side=Side.QUICKBOOKS.value, object_type="Item", name__iexact=mapping.stand_in
    ).first()
    return {"products_items": row.remote_id} if row else {}


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), intake.CHUNK):
        yield ordered[start : start + intake.CHUNK]
