"""What a person does about conflicts: choose a value, bring a lost one back, take that back. The next run writes it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from django.db import transaction
from django.db.models import Q, QuerySet

from apatar.connections.map import pairs_of, settings_of
from apatar.connections.models import Connection
from apatar.runs.conflicts import BACK, LEFT, NOTE, core_values, mark_dirty
from apatar.runs.derived import with_derived
from apatar.runs.known import known_for
from apatar.runs.map_trial import spoken
from apatar.runs.models import Conflict, Link, Record, Run
from apatar.runs.updates import update_rows
from apatar.sync.answers import Choice, Restore
from apatar.sync.errors import SyncError
from apatar.sync.known import Known
from apatar.sync.mapping import Field, ObjectMapping
from apatar.sync.merge import Merge, merge
from apatar.sync.reading import read
from apatar.sync.record import Base, Side, pack, unpack
from apatar.sync.record import Record as CoreRecord
from apatar.sync.values import Kind, Value

UNLINKED = "These two records are no longer linked, so there is nothing to bring back to."
NOT_IN_STEP = "The map no longer keeps this field in step. Add it to the map again, or type the value yourself."
WAITS = "This field waits for your decision. Decide that first; the value can be brought back after it."
THERE = "Both sides hold this value already."
TEXT_ONLY = "An earlier version kept this value as text only. Type it anew where you want it."
NO_LOSER = "No value was lost here."

Rows: TypeAlias = "QuerySet[Conflict]"


def waiting(connection: Connection) -> Rows:
    """Return what no value has won yet, chosen or not."""
    return undecided_of(Conflict.objects.filter(connection=connection))


def undecided_of(rows: Rows) -> Rows:
    return rows.filter(winner="", resolved_at=None)


def of_kind(connection: Connection, *, pair: str, field: str) -> Rows:
    """Return what waits in one field of one pair of objects."""
    return waiting(connection).filter(mapping=pair, field=field)


@transaction.atomic
def choose(rows: Rows, side: Side, *, by: str, now: datetime) -> int:
    """Let the value of one side win in all these rows; return in how many it could be chosen."""
    found = list(undecided_of(rows).select_for_update(of=("self",)).order_by("id"))
    sure = [row for row in found if row.values or _fill_in(row, today=now.date())]
    for row in sure:
        row.values = {name: held for name, held in row.values.items() if name not in {LEFT, NOTE}}
        row.chosen, row.chosen_by, row.chosen_at = side.value, by[:254], now
    update_rows(sure, ["values", "chosen", "chosen_by", "chosen_at"])
    if sure:
        mark_dirty(sure[0].connection, sure)
    return len(sure)


@transaction.atomic
def bring_back(pk: int, *, by: str, now: datetime) -> str:
    """Ask for the losing value to stand on both sides again; return why that cannot be, or ""."""
    row = Conflict.objects.select_for_update(of=("self",)).select_related("connection").get(pk=pk)
    if not row.winner:
        return NO_LOSER
    field_rows = Conflict.objects.filter(
        connection=row.connection, mapping=row.mapping, salesforce_id=row.salesforce_id, field=row.field
    )
    if field_rows.filter(winner="", resolved_at=None).exists():
        return WAITS
    pair = _Pair.of(row, today=now.date())
    if isinstance(pair, str):
        return pair
    wish = pair.wish(row)
    if isinstance(wish, str):
        return wish
    if obstacle := pair.obstacle(row, wish):
        return obstacle
    _drop_other_wishes(field_rows.exclude(pk=row.pk), now)
    seen = {"salesforce": pack(wish.salesforce), "quickbooks": pack(wish.quickbooks)}
    kept = {name: held for name, held in row.values.items() if name not in {LEFT, NOTE}}
    row.values = {**kept, wish.side.value: pack(wish.value), BACK: seen}
    row.chosen, row.chosen_by, row.chosen_at, row.resolved_at = wish.side.value, by[:254], now, None
    row.save(update_fields=["values", "chosen", "chosen_by", "chosen_at", "resolved_at"])
    mark_dirty(row.connection, [row])
    return ""


@transaction.atomic
def withdraw(pk: int, *, now: datetime) -> bool:
    """Take a choice back that no run has carried out; False where there is none."""
    row = Conflict.objects.select_for_update(of=("self",)).get(pk=pk)
    if not row.chosen or row.resolved_at is not None:
        return False
    row.chosen, row.chosen_by, row.chosen_at = "", "", None
    row.resolved_at = now if row.winner else None
    row.save(update_fields=["chosen", "chosen_by", "chosen_at", "resolved_at"])
    return True


def _drop_other_wishes(rows: Rows, now: datetime) -> None:
    """Only one of a field's lost values can come back."""
    rows.filter(~Q(winner=""), resolved_at=None).update(chosen="", chosen_by="", chosen_at=None, resolved_at=now)


def _fill_in(row: Conflict, *, today: date) -> bool:
    """Give a row of an earlier version its values, where both sides still hold what it shows; True if so."""
    pair = _Pair.of(row, today=today)
    if isinstance(pair, str):
        return False
    ours, theirs = pair.values
    if (spoken(ours), spoken(theirs)) != (row.salesforce_value, row.quickbooks_value):
        return False
    base = pair.base
    bases = {f"base_{side.value}": pack(base.on(side).get(row.field)) for side in Side}
    row.values = {"salesforce": pack(ours), "quickbooks": pack(theirs), **bases}
    return True


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two linked records as they stand now, looked at for one field."""

    mapping: ObjectMapping
    field: Field
    salesforce: CoreRecord
    quickbooks: CoreRecord
    base: Base
    known: Known
    values: tuple[Value, Value]

    @classmethod
    def of(cls, row: Conflict, *, today: date) -> "_Pair | str":
        """Read both records; return the reason where that cannot be."""
        mapping = next((one for one in pairs_of(row.connection) if one.name == row.mapping), None)
        field = next((one for one in mapping.fields if one.name == row.field), None) if mapping else None
        if mapping is None or field is None:
            return NOT_IN_STEP
        link = Link.objects.filter(
            connection=row.connection,
            mapping=row.mapping,
            salesforce_id=row.salesforce_id,
            quickbooks_id=row.quickbooks_id,
        ).first()
        stored = [found for side in Side if (found := _stored(row, mapping, side))]
        if link is None or len(stored) < len(Side):
            return UNLINKED
        # Never saved: what gathers a record's surroundings asks for a run.
        run = Run(pk=0, connection=row.connection, map_number=row.connection.map_number)
        try:
            ours, theirs = with_derived(run, mapping, stored, today=today)
            known = known_for(run, mapping, [ours, theirs], today=today)
            values = (read(mapping, ours, known)[field.name], read(mapping, theirs, known)[field.name])
        except SyncError as error:
            return str(error)
        return cls(mapping, field, ours, theirs, Base.from_json(link.base), known, values)

    def wish(self, row: Conflict) -> Restore | str:
        loser = Side(row.winner).other
        packed = core_values(row.values)
        if loser.value in packed:
            return Restore(unpack(packed[loser.value]), loser, *self.values)
        if self.field.kind in {Kind.LINES, Kind.REFERENCE}:
            return TEXT_ONLY
        try:
            text = row.salesforce_value if loser is Side.SALESFORCE else row.quickbooks_value
            return Restore(_typed(self.field, text), loser, *self.values)
        except SyncError as error:
            return str(error)

    def obstacle(self, row: Conflict, wish: Restore) -> str:
        """Say why a value cannot come back: what the next run would answer."""
        (fate,) = self._merged(row, wish).fates
        return fate.reason or ("" if fate.sides else THERE)

    def _merged(self, row: Conflict, choice: Choice) -> Merge:
        settings = settings_of(row.connection, row.connection.direction)
        return merge(
            self.mapping,
            base=self.base,
            salesforce=self.salesforce,
            quickbooks=self.quickbooks,
            direction=settings.direction,
            policy=settings.policy,
            fitting=settings.fitting(self.salesforce.remote_id),
            chosen={row.field: choice},
            known=self.known,
        )


def _stored(row: Conflict, mapping: ObjectMapping, side: Side) -> Record | None:
    remote_id = row.salesforce_id if side is Side.SALESFORCE else row.quickbooks_id
    rows = Record.objects.filter(connection=row.connection, side=side.value, object_type=mapping.object_on(side))
    return rows.filter(remote_id=remote_id, deleted_at=None).first()


def _typed(field: Field, text: str) -> Value:
    """Read a value that an earlier version kept as text only. Raises UnreadableValueError."""
    if not text:
        return None
    return field.recanonical(tuple(text.split("\n")) if field.kind is Kind.STREET else text)
