"""Trying the map on a stored record: what the next run would write for it, worked out in memory; nothing is written."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from django.db.models import Q, QuerySet

from apatar.connections.map import settings_of
from apatar.connections.models import Connection
from apatar.runs import candidates as pool
from apatar.runs.derived import with_derived
from apatar.runs.known import known_for
from apatar.runs.models import Link, Record, Run
from apatar.sync import plan, record
from apatar.sync.change import Change, Operation
from apatar.sync.decision import Decision
from apatar.sync.errors import SyncError
from apatar.sync.field import ALTERNATIVE
from apatar.sync.known import Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import name_of, read
from apatar.sync.record import Base, Side
from apatar.sync.values import Lines, RemoteLine, Value

MOST_FOUND = 12
MARKS = {"QuickBooks_ListID__c": "QuickBooks id", "QuickBooks_TxnID__c": "QuickBooks id", "ExternalGUID": "Our mark"}
NO_NAMES: Mapping[str, str] = MappingProxyType({})
MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class Written:
    """One field of a trial: its name in the map, its own name over there, before and after."""

    label: str
    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Step:
    """One write that would follow."""

    title: str
    values: tuple[Written, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What the map makes of one record; `reasons` are why it would wait, each with its remedy."""

    name: str
    source: str
    counterpart: str
    steps: tuple[Step, ...]
    reasons: tuple[str, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Example:
    """Both sides' values of the fields of one pair, by field name, and whose they are."""

    name: str
    salesforce: Mapping[str, str]
    quickbooks: Mapping[str, str]
    problem: str = ""


def found_records(connection: Connection, pair: ObjectMapping, asked: str) -> list[Record]:
    """Return stored records of a pair by id or name: those that are called exactly so, else those that contain it."""
    if not asked:
        return []
    exactly = _rows(connection, pair).filter(Q(remote_id=asked) | Q(name__iexact=asked))
    found = list(exactly.order_by("-side", "name")[:MOST_FOUND])
    if found:
        return found[:1] if _are_one(connection, pair, found) else found
    return list(_rows(connection, pair).filter(name__icontains=asked).order_by("name", "-side")[:MOST_FOUND])


def try_on(connection: Connection, pair: ObjectMapping, row: Record, *, now: datetime) -> Trial:
    """Decide for one record as a run would."""
    run = _run(connection)
    try:
        decisions, counterpart = _decide(run, pair, row, now)
    except SyncError as error:
        return Trial(row.name, Side(row.side).label, "", (), (str(error),), "")
    names = _names_in(connection, decisions)
    steps = tuple(_step(pair, change, names) for one in decisions for change in one.changes)
    reasons = tuple(_reasons(decisions))
    sentence = "" if steps or reasons else _nothing(pair, row, counterpart)
    return Trial(row.name or row.remote_id, Side(row.side).label, counterpart, steps, reasons, sentence)


def newest_example(connection: Connection, pair: ObjectMapping, *, today: date) -> Example | None:
    """Return the values of the newest linked pair; where there is none, of the newest record of either side."""
    run = _run(connection)
    link = Link.objects.filter(connection=connection, mapping=pair.name).order_by("-id").first()
    if link:
        rows = [
            _row(connection, pair, Side.SALESFORCE, link.salesforce_id),
            _row(connection, pair, Side.QUICKBOOKS, link.quickbooks_id),
        ]
    else:
        rows = [_rows(connection, pair).order_by("-id").first()]
    records = with_derived(run, pair, [row for row in rows if row], today=today)
    if not records:
        return None
    known = known_for(run, pair, records, today=today)
    by_side = {one.side: one for one in records}
    problems: list[str] = []
    values = {side: _values(pair, by_side.get(side), known, problems) for side in Side}
    name = next((found for one in records if (found := name_of(pair, one))), "")
    return Example(name, values[Side.SALESFORCE], values[Side.QUICKBOOKS], " ".join(problems))


def spoken(value: object, names: Mapping[str, str] = NO_NAMES) -> str:
    """Say a value of a record, canonical or remote, as people read it; `names` of records are said instead of ids."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, Lines):
        return "\n".join(_line(dict(one.values), names) for one in value.lines)
    if isinstance(value, tuple):
        return "\n".join(_line(one.fields, names) if isinstance(one, RemoteLine) else str(one) for one in value)
    return names.get(str(value), str(value))


def _number(value: Decimal) -> str:
    """Write a number with two decimals, or with as many more as it has."""
    plain = value.normalize()
    places = max(2, -int(plain.as_tuple().exponent)) if value != value.to_integral_value() else 2
    whole = value == value.to_integral_value() and int(value.as_tuple().exponent) != -2
    return f"{value:,.0f}" if whole else f"{value:,.{places}f}"


def _run(connection: Connection) -> Run:
    """A run that is never saved: what gathers a record's surroundings asks for one, and for what is planned in it.

    No row has its number, so that nothing is.
    """
    return Run(pk=0, connection=connection, map_number=connection.map_number)


def _rows(connection: Connection, pair: ObjectMapping) -> "QuerySet[Record]":
    rows: QuerySet[Record] = Record.objects.filter(connection=connection, deleted_at=None).filter(
        Q(side=Side.SALESFORCE.value, object_type=pair.salesforce_object)
        | Q(side=Side.QUICKBOOKS.value, object_type=pair.quickbooks_object)
    )
    return rows


def _row(connection: Connection, pair: ObjectMapping, side: Side, remote_id: str) -> Record | None:
    rows = Record.objects.filter(connection=connection, side=side.value, object_type=pair.object_on(side))
    return rows.filter(remote_id=remote_id).first()


def _link_of(connection: Connection, pair: ObjectMapping, row: Record) -> Link | None:
    column = "salesforce_id" if row.side == Side.SALESFORCE else "quickbooks_id"
    return Link.objects.filter(connection=connection, mapping=pair.name, **{column: row.remote_id}).first()


def _are_one(connection: Connection, pair: ObjectMapping, rows: Sequence[Record]) -> bool:
    """Whether the rows are the two ends of one link."""
    links = {link.pk if (link := _link_of(connection, pair, row)) else None for row in rows}
    return len(rows) == 1 or (len(rows) == 2 and len(links) == 1 and None not in links)


def _decide(run: Run, pair: ObjectMapping, row: Record, now: datetime) -> tuple[list[Decision], str]:
    connection, today = run.connection, now.date()
    settings = settings_of(connection, connection.direction)
    link = _link_of(connection, pair, row)
    if link:
        ends = [
            _row(connection, pair, Side.SALESFORCE, link.salesforce_id),
            _row(connection, pair, Side.QUICKBOOKS, link.quickbooks_id),
        ]
        records = with_derived(run, pair, [one for one in ends if one], today=today)
        by_side = {one.side: one for one in records}
        known = known_for(run, pair, records, today=today)
        core = record.Link(link.salesforce_id, link.quickbooks_id, Base.from_json(link.base))
        decided = plan.decide_linked(
            pair, core, by_side.get(Side.SALESFORCE), by_side.get(Side.QUICKBOOKS), settings, known=known
        )
        other = by_side.get(Side(row.side).other)
        return [decided], name_of(pair, other) if other else ""
    [one] = with_derived(run, pair, [row], today=today)
    if pair.ignores(one):
        return [], ""
    around = with_derived(run, pair, pool.candidates(run, pair, [one], settings), today=today)
    known = known_for(run, pair, [one, *around], today=today)
    taken = pool.taken_in_family(run, pair, [one, *around])
    return plan.decide_unlinked(pair, [one], around, settings, known=known, taken=taken), ""


def _nothing(pair: ObjectMapping, row: Record, counterpart: str) -> str:
    if counterpart:
        return f"Nothing would be written: it agrees with “{counterpart}” in {Side(row.side).other.label}."
    if pair.trigger and row.side == Side.SALESFORCE:
        return f"Nothing would be written: it does not become this document yet. {_trigger(pair)}"
    return "Nothing would be written: the map or its filters leave this record alone, or it may only be updated."


def _trigger(pair: ObjectMapping) -> str:
    if pair.trigger is None:
        return ""
    fires = " or ".join(f"{name} is {' or '.join(values)}" for name, values in pair.trigger.fires_on)
    return (
        f"It does where {pair.trigger.choice_field} says {pair.trigger.document}, or where {fires} and the choice of "
        f"the connection is {pair.trigger.document} (it is {pair.chosen_document})."
    )


def _reasons(decisions: Iterable[Decision]) -> Iterable[str]:
    for one in decisions:
        yield from (f"{hold.sentence} {hold.remedy}" for hold in one.holds)
        yield from (f"{question.sentence} {question.remedy}" for question in one.questions)
        for conflict in one.conflicts:
            won = f"{conflict.winner.label} wins." if conflict.winner else "It waits for you."
            yield f"{conflict.label}: {conflict.reason} {won}"


def _step(pair: ObjectMapping, change: Change, names: Mapping[str, str]) -> Step:
    verb = "Would be created" if change.operation is Operation.CREATE else "Would be changed"
    labels = _labels(pair, change.side)
    rows = (
        (path, spoken(change.before.get(path), names), spoken(value, names)) for path, value in change.fields.items()
    )
    values = tuple(
        Written(labels.get(path, path), path, before, after) for path, before, after in rows if before != after
    )
    return Step(f"{verb}: {change.object_type} in {change.side.label}", values, change.notes)


def _names_in(connection: Connection, decisions: Iterable[Decision]) -> dict[str, str]:
    """Return how the records are called whose ids would be written."""
    said = {text for one in decisions for change in one.changes for text in _texts(change.fields.values())}
    rows = Record.objects.filter(connection=connection, remote_id__in=list(said)[:MOST_NAMED]).exclude(name="")
    return dict(rows.values_list("remote_id", "name"))


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            for line in value:
                yield from _texts(line.fields.values() if isinstance(line, RemoteLine) else [line])


def _labels(pair: ObjectMapping, side: Side) -> dict[str, str]:
    """Name the fields of one side as the map calls them."""
    found: dict[str, str] = {}
    for one in reversed(pair.fields):  # where two fields share a path, the first one names it
        paths = one.paths(side)
        for number, whole in enumerate(paths, start=1):
            label = one.label if len(paths) == 1 else f"{one.label}, line {number}"
            found |= dict.fromkeys(whole.split(ALTERNATIVE), label)
        if one.lines:
            found[one.name] = one.label
    return {**found, **MARKS}


def _values(pair: ObjectMapping, one: record.Record | None, known: Known, problems: list[str]) -> dict[str, str]:
    if one is None:
        return {}
    try:
        values = read(pair, one, known)
    except SyncError as error:
        problems.append(str(error))
        return {}
    said = {name: spoken(_named(value, one.side, known)) for name, value in values.items()}
    lines = pair.lines_field
    held = values.get(lines.name) if lines else None
    if lines and isinstance(held, Lines) and held.lines:
        said[lines.name] = f"{len(held.lines)} line{'s' if len(held.lines) > 1 else ''}"
        said |= {f"{lines.name}.{name}": spoken(value) for name, value in held.lines[0].values}
    return said


def _named(value: Value, side: Side, known: Known) -> Value:
    """Say what a reference names, where that is known."""
    return known.names.get((side, value), value) if isinstance(value, str) else value


def _line(fields: Mapping[str, object], names: Mapping[str, str]) -> str:
    said = (spoken(value, names) for value in fields.values())
    return " · ".join(one for one in said if one)
