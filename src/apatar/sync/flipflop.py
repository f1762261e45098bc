"""Fields that our own writes toggle: what we write comes back changed to the same other value, again and again.

A flow in Salesforce, or another program at work in QuickBooks, rewrites what we wrote; the field's owner says that we
write again; and so for ever. Such a field rests until a new value stands on either side, or a person asks.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from apatar.sync.change import Change, Operation, update_key
from apatar.sync.decision import Decision, Settings
from apatar.sync.field import ALTERNATIVE, Field
from apatar.sync.holds import FLIP_FLOP, Hold
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import name_of
from apatar.sync.record import Record, RecordKey, Side
from apatar.sync.values import RemoteValue

WRITES = 3
"""So often the same value is written in vain before its field rests."""
RUNS = 10
"""How many runs back are looked at."""
AT_ONCE = timedelta(minutes=2)
"""What somebody else's user changes so soon after our write is a program's doing, not a person's."""
WHO = "LastModifiedById"

_Values = tuple[RemoteValue, ...]


@dataclass(frozen=True, slots=True)
class Wrote:
    """One confirmed write of ours to a record: what was sent, what stood there, in which run, and when."""

    fields: Mapping[str, RemoteValue]
    before: Mapping[str, RemoteValue]
    run: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Our latest writes by the record written, oldest first; `run` is the present one, `user_id` ours in Salesforce.

    `asked` are the records for which a person wants one more try.
    """

    writes: Mapping[RecordKey, Sequence[Wrote]]
    run: int
    user_id: str = ""
    asked: Collection[RecordKey] = ()


def calm(
    mapping: ObjectMapping,
    decision: Decision,
    records: Mapping[RecordKey, Record],
    journal: Journal,
    settings: Settings,
) -> Decision:
    """Take the fields that flip-flop out of a decision, and say so in a hold; all other fields go on."""
    chosen = {fate.name for fate in decision.fates}
    resting: dict[str, Hold] = {}
    changes = []
    for change in decision.changes:
        target = records.get((change.side, change.object_type, change.remote_id or ""))
        found = _toggled(mapping, change, target, journal) if target else []
        found = [one for one in found if one.name not in chosen]
        if target is None or not found:
            changes.append(change)
            continue
        resting |= {one.name: _hold(mapping, one, change, target) for one in found}
        if left := _without(change, found, settings):
            changes.append(left)
    if not resting:
        return decision
    conflicts = tuple(one for one in decision.conflicts if one.field not in resting)
    holds = (*decision.holds, *_as_one(resting.values()))
    return replace(decision, changes=tuple(changes), conflicts=conflicts, holds=holds)


def _toggled(mapping: ObjectMapping, change: Change, target: Record, journal: Journal) -> list[Field]:
    if change.operation is not Operation.UPDATE or target.key in journal.asked:
        return []
    writes = journal.writes.get(target.key, ())
    return [
        one
        for one in mapping.fields
        if (paths := _paths(one, target.side, change)) and _flips(paths, change, target, writes, journal)
    ]


def _paths(one: Field, side: Side, change: Change) -> tuple[str, ...]:
    """Return where this change writes the field."""
    if one.lines:
        return (one.name,) if one.name in change.fields else ()
    return tuple(path for each in one.paths(side) for path in each.split(ALTERNATIVE) if path in change.fields)


def _flips(paths: tuple[str, ...], change: Change, target: Record, writes: Sequence[Wrote], journal: Journal) -> bool:
    """Tell whether this very value was written before, time after time, and the same other one stood there again."""
    value, other = _at(paths, change.fields), _at(paths, change.before)
    vain = _in_vain(paths, value, other, writes)
    return value != other and len(vain) >= WRITES and _is_a_programs_doing(target, vain, journal)


def _in_vain(paths: tuple[str, ...], value: _Values, other: _Values, writes: Sequence[Wrote]) -> list[Wrote]:
    """Return the latest writes of this value after which the other one came back, newest first.

    The first of them may have replaced anything.
    """
    vain: list[Wrote] = []
    for one in reversed(writes):
        if not one.fields.keys() >= set(paths) or _at(paths, one.fields) == _at(paths, one.before):
            continue  # it was about other fields
        if _at(paths, one.fields) != value:
            break
        vain.append(one)
        if _at(paths, one.before) != other:
            break
    return vain


def _is_a_programs_doing(target: Record, vain: Sequence[Wrote], journal: Journal) -> bool:
    """Tell a program from a person who insists.

    Salesforce says who saved a record last: we ourselves, where a flow changed it while we saved. QuickBooks does not
    say: there it must have happened between all of the last runs.
    """
    if target.side is Side.SALESFORCE and (who := target.fields.get(WHO)) and journal.user_id:
        soon = target.modified is not None and target.modified - vain[0].at <= AT_ONCE
        return who == journal.user_id or soon
    return {one.run for one in vain} >= set(range(journal.run - WRITES, journal.run))


def _at(paths: Iterable[str], held: Mapping[str, RemoteValue]) -> _Values:
    """Return what stands at these paths; nothing and an empty text are one."""
    return tuple(held.get(path) or None for path in paths)


def _without(change: Change, resting: Sequence[Field], settings: Settings) -> Change | None:
    """Return the change without these fields; None where nothing is left to write.

    What is always written together with others, such as a line of an address, is written as it stands.
    """
    fields = dict(change.fields)
    for one in resting:
        for path in _paths(one, change.side, change):
            if one.group:
                fields[path] = change.before.get(path)
            else:
                del fields[path]
    if all(_at((path,), fields) == _at((path,), change.before) for path in fields):
        return None
    key = update_key(settings.namespace, change.side, change.object_type, change.remote_id or "", fields)
    before = {path: value for path, value in change.before.items() if path in fields}
    settles = change.settles.without(one.name for one in resting)
    return replace(change, fields=fields, before=before, settles=settles, idempotency_key=key)


def _hold(mapping: ObjectMapping, one: Field, change: Change, target: Record) -> Hold:
    paths, there = _paths(one, target.side, change), target.side.label
    value, other = (_spoken(paths, held) for held in (change.fields, change.before))
    name = name_of(mapping, target) or target.remote_id
    return Hold(
        FLIP_FLOP,
        f"{one.label} of “{name}” does not stay: {value} was written to {there} {WRITES} times, and each time "
        f"something there changed it back to {other}. It is not written again; the other fields go on.",
        f"Find what changes it in {there}: a flow, a trigger, or another program. Switch that off for this field; or "
        f"make {there} the owner of the field, or take the field off the map. It is written again when either value "
        f"changes, or when you have it tried again.",
        (target.key,),
    )


def _spoken(paths: Iterable[str], held: Mapping[str, RemoteValue]) -> str:
    values = [held.get(path) for path in paths]
    if any(isinstance(one, tuple) for one in values):
        return "its lines"
    text = ", ".join(str(one) for one in values if one not in (None, ""))
    return f"“{text}”" if text else "nothing"


def _as_one(holds: Iterable[Hold]) -> Iterable[Hold]:
    """Several fields of one record are one problem: a record has one at a time."""
    by_record: dict[tuple[RecordKey, ...], Hold] = {}
    for one in holds:
        first = by_record.get(one.keys)
        by_record[one.keys] = replace(first, sentence=f"{first.sentence} {one.sentence}") if first else one
    return by_record.values()
