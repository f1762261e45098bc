"""Taking back what a run wrote: per record and field, wherever nobody has edited since. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from apatar.sync.change import Change, Operation, update_key
from apatar.sync.decision import GUID_ELEMENT, HOLDER, Settings
from apatar.sync.errors import ExpressionError, UnreadableValueError
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping, Source
from apatar.sync.reading import read
from apatar.sync.record import Base, Record, Side
from apatar.sync.values import RemoteLeaf, RemoteValue, Value


class Verdict(StrEnum):
    """What becomes of one change when it is taken back."""

    RESTORED = "restored"
    REMOVED = "removed"
    PARTLY = "partly"
    EDITED_SINCE = "edited since"
    GONE = "gone"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Undoing:
    """The change that takes another one back, None where nothing can be done, and why in plain words.

    `forgets` empties the field by which the source names a record that is deleted again: else it would go on asking for
    it.
    """

    verdict: Verdict
    sentence: str
    change: Change | None = None
    forgets: Change | None = None


def take_back(
    mapping: ObjectMapping,
    done: Change,
    current: Record | None,
    counterpart: Record | None,
    settings: Settings,
    *,
    known: Known = NOTHING,
) -> Undoing:
    """Return how a confirmed change is taken back.

    `current` is the record it wrote as it stands now, `counterpart` the one that the values came from. What is restored
    counts as agreed on from then on, so that the next run does not write it a second time.
    """
    if current is None or current.deleted:
        return Undoing(Verdict.GONE, f"It is not in {done.side.label} any more.")
    if done.operation is Operation.CREATE:
        return _remove(mapping, done, current, counterpart, settings)
    return _restore(mapping, done, current, counterpart, settings, known)


def _remove(
    mapping: ObjectMapping, done: Change, current: Record, counterpart: Record | None, settings: Settings
) -> Undoing:
    if mapping.source is Source.INSIDE and done.side is Side.QUICKBOOKS:
        return Undoing(Verdict.STAYS, "QuickBooks lets no program delete a contact. Delete it there by hand.")
    if edited(mapping, done, current):
        return Undoing(Verdict.EDITED_SINCE, f"It was edited in {done.side.label} since, so it stays.")
    change = Change(
        side=done.side,
        object_type=done.object_type,
        operation=Operation.DELETE,
        remote_id=current.remote_id,
        source_id=done.source_id,
        version=current.version,
        fields={},
        before=dict(done.fields),
        settles=Base(),
        idempotency_key=update_key(settings.namespace, done.side, done.object_type, current.remote_id, {"delete": "1"}),
        variant=done.variant,
    )
    forgets = _forget(mapping, current, counterpart, settings)
    return Undoing(Verdict.REMOVED, f"It is deleted in {done.side.label}.", change, forgets)


def _forget(mapping: ObjectMapping, removed: Record, counterpart: Record | None, settings: Settings) -> Change | None:
    mark = mapping.external_id_field
    if removed.side is Side.SALESFORCE or not mark or counterpart is None or counterpart.deleted:
        return None
    if counterpart.fields.get(mark) != removed.remote_id:
        return None
    return Change(
        side=counterpart.side,
        object_type=counterpart.object_type,
        operation=Operation.UPDATE,
        remote_id=counterpart.remote_id,
        source_id=removed.remote_id,
        version=counterpart.version,
        fields={mark: None},
        before={mark: removed.remote_id},
        settles=Base(),
        idempotency_key=update_key(
            settings.namespace, counterpart.side, counterpart.object_type, counterpart.remote_id, {mark: None}
        ),
    )


def edited(mapping: ObjectMapping, done: Change, current: Record) -> list[str]:
    """Return the paths that do not hold any more what the change wrote."""
    return [path for path in _comparable(mapping, done) if not same(current.fields.get(path), done.fields[path])]


def _restore(
    mapping: ObjectMapping,
    done: Change,
    current: Record,
    counterpart: Record | None,
    settings: Settings,
    known: Known,
) -> Undoing:
    paths = _comparable(mapping, done)
    untouched = [path for path in paths if same(current.fields.get(path), done.fields[path])]
    fields: dict[str, RemoteValue] = {
        path: _earlier(done, path) for path in untouched if not same(done.before.get(path), done.fields[path])
    }
    if not fields:
        return _nothing_to_restore(done, is_edited=len(untouched) < len(paths))
    change = Change(
        side=done.side,
        object_type=done.object_type,
        operation=Operation.UPDATE,
        remote_id=current.remote_id,
        source_id=done.source_id,
        version=current.version,
        fields=fields,
        before={path: current.fields.get(path) for path in fields},
        settles=_settles(mapping, current, counterpart, fields, known),
        idempotency_key=update_key(settings.namespace, done.side, done.object_type, current.remote_id, fields),
        variant=done.variant,
    )
    if len(untouched) < len(paths) or _has_lines(mapping, done):
        return Undoing(Verdict.PARTLY, "What was edited since stays, and so do the lines of a document.", change)
    return Undoing(Verdict.RESTORED, f"The earlier values come back in {done.side.label}.", change)


def _nothing_to_restore(done: Change, *, is_edited: bool) -> Undoing:
    if is_edited:
        return Undoing(Verdict.EDITED_SINCE, f"It was edited in {done.side.label} since, so it stays.")
    return Undoing(Verdict.STAYS, "Nothing of it can be taken back: only marks of ours, or lines, were written.")


def _has_lines(mapping: ObjectMapping, done: Change) -> bool:
    lines = mapping.lines_field
    return lines is not None and lines.name in done.fields


def _comparable(mapping: ObjectMapping, done: Change) -> list[str]:
    """Return the paths of plain values; marks by which we recognise records are no values of anybody."""
    marks = {mapping.external_id_field, GUID_ELEMENT, HOLDER, *_status_fields(done)}
    return [path for path, value in done.fields.items() if path not in marks and not isinstance(value, tuple)]


def _status_fields(done: Change) -> set[str]:
    return {path for path in done.fields if path.startswith("QuickBooks_Sync") and path.endswith("__c")}


def _earlier(done: Change, path: str) -> RemoteValue:
    value = done.before.get(path)
    if value is None:
        return None if done.side is Side.SALESFORCE else ""
    return value


def _settles(
    mapping: ObjectMapping,
    current: Record,
    counterpart: Record | None,
    fields: Mapping[str, RemoteValue],
    known: Known,
) -> Base:
    """Return what both sides hold once the earlier values stand again: an agreement to differ."""
    if counterpart is None:
        return Base()
    leaves: dict[str, RemoteLeaf] = {
        path: value or None for path, value in fields.items() if not isinstance(value, tuple)
    }
    try:
        stands = read(mapping, replace(current, fields={**current.fields, **leaves}), known)
        source = read(mapping, counterpart, known)
    except (UnreadableValueError, ExpressionError):
        return Base()
    names = [one.name for one in mapping.fields if set(one.paths(current.side)) & set(fields)]
    ours: dict[str, Value] = {name: stands[name] for name in names}
    theirs: dict[str, Value] = {name: source[name] for name in names}
    return Base(ours, theirs) if current.side is Side.SALESFORCE else Base(theirs, ours)


def same(one: RemoteValue, other: RemoteValue) -> bool:
    """Tell whether two remote values say the same: spelling of numbers, yes and no, and empty aside."""
    return _plain(one) == _plain(other)


def _plain(value: RemoteValue) -> object:
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or str(value).casefold() in {"true", "false"}:
        return str(value).casefold()
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return " ".join(str(value).split())
