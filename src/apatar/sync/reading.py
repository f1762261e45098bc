"""Reading a record by a mapping: every mapped field in canonical form."""

from collections.abc import Callable
from functools import cache, partial

from apatar.sync import expressions
from apatar.sync.errors import UnreadableValueError
from apatar.sync.field import ALTERNATIVE, VARIANT, Field
from apatar.sync.known import NOTHING, UNLINKED, Known
from apatar.sync.mapping import LineMapping, ObjectMapping
from apatar.sync.record import Record, Remote, Side
from apatar.sync.values import Kind, Lines, LineValue, RemoteLeaf, RemoteLine, Scalar, Value, canonicaliser

GROUP_ID, GROUP_NAME = "@group.id", "@group.name"
"""Pseudo paths of a line that is a member of a group item: the group line's TxnLineID and the group's name."""

Reader = Callable[[Remote], Scalar]
LineReader = Callable[[Remote, Known], Scalar]
RecordReader = Callable[[Record, Known], Value]


def read(mapping: ObjectMapping, record: Record, known: Known = NOTHING) -> dict[str, Value]:
    """Return the canonical value of every mapped field.

    Raises UnreadableValueError, with the field's label, and ExpressionError.
    """
    remote = record.fields
    plain, special = _readers(mapping, record.side)
    try:
        values: dict[str, Value] = {name: reader(remote) for name, reader in plain}
    except UnreadableValueError:
        _raise_labelled(mapping, record)
        raise
    for name, reader in special:
        try:
            values[name] = reader(record, known)
        except UnreadableValueError as error:
            raise _labelled(mapping, name, record, error) from None
    return values


def name_of(mapping: ObjectMapping, record: Record) -> str:
    """Return the record's name in canonical form, "" when it has none."""
    value = _name_reader(mapping, record.side)(record.fields)
    return value if isinstance(value, str) else ""


def plain_value(mapping: ObjectMapping, record: Record, name: str) -> Scalar:
    """Return the canonical value of one field that is read from the record alone; None where it cannot be read."""
    reader = _plain_readers(mapping, record.side).get(name)
    try:
        return reader(record.fields) if reader else None
    except UnreadableValueError:
        return None


def key_of(mapping: ObjectMapping, record: Record) -> str:
    """Return the value by which a person wants records paired, folded; "" where there is none."""
    value = plain_value(mapping, record, mapping.match_by) if mapping.match_by else None
    return "" if value is None else folded(mapping.field(mapping.match_by).kind, value)


def folded(kind: Kind, value: Scalar) -> str:
    """Return the form in which identifiers are equal: without case, signs and spaces; telephone numbers as digits."""
    text = "".join(value) if isinstance(value, tuple) else str(value)
    if kind is Kind.EMAIL:
        return text.strip().casefold()
    kept = str.isdigit if kind is Kind.PHONE else str.isalnum
    return "".join(filter(kept, text)).casefold()


def _raise_labelled(mapping: ObjectMapping, record: Record) -> None:
    for name, reader in _readers(mapping, record.side)[0]:
        try:
            reader(record.fields)
        except UnreadableValueError as error:
            raise _labelled(mapping, name, record, error) from None


def _labelled(mapping: ObjectMapping, name: str, record: Record, error: UnreadableValueError) -> UnreadableValueError:
    return error.labelled(f"{mapping.field(name).label} in {record.side.label}")


@cache
def _readers(
    mapping: ObjectMapping, side: Side
) -> tuple[tuple[tuple[str, Reader], ...], tuple[tuple[str, RecordReader], ...]]:
    """Return the readers of plain fields, which are the many, and of those that need more than the fields."""
    plain = tuple((one.name, _reader(one, side)) for one in mapping.fields if not _is_special(one, side))
    special = tuple((one.name, _record_reader(one, side)) for one in mapping.fields if _is_special(one, side))
    return plain, special


@cache
def _plain_readers(mapping: ObjectMapping, side: Side) -> dict[str, Reader]:
    return dict(_readers(mapping, side)[0])


@cache
def _name_reader(mapping: ObjectMapping, side: Side) -> Reader:
    return _reader(mapping.field(mapping.name_field), side)


def _is_special(one: Field, side: Side) -> bool:
    return one.source is side or one.kind in {Kind.REFERENCE, Kind.LINES}


def _reader(one: Field, side: Side) -> Reader:
    paths, clean = one.paths(side), canonicaliser(one.kind, places=one.places)
    if not paths:
        return lambda _: None
    if len(paths) == 1:
        return _path_reader(paths[0], clean)
    return lambda remote: clean(tuple(str(part) for path in paths if (part := remote.get(path)) is not None))


def _path_reader(path: str, clean: Callable[[RemoteLeaf], Scalar]) -> Reader:
    if ALTERNATIVE not in path:
        return lambda remote: clean(remote.get(path))
    paths = path.split(ALTERNATIVE)
    return lambda remote: clean(next((held for one in paths if (held := remote.get(one)) is not None), None))


def _record_reader(one: Field, side: Side) -> RecordReader:
    if one.source is side:
        return _formula_reader(one)
    if one.kind is Kind.REFERENCE:
        return lambda record, known: reference(one, side, record.fields, known)
    lines = one.lines
    if lines is None:
        return lambda _, __: None
    return lambda record, known: read_lines(lines, side, record.lines, known)


def _formula_reader(one: Field) -> RecordReader:
    computes = one.computes
    if computes is not None:
        return lambda record, known: one.recanonical(computes(record, known))
    formula = expressions.compile(one.formula)
    return lambda record, known: one.recanonical(expressions.evaluate(formula, record.fields, tables=known.tables))


def reference(one: Field, side: Side, remote: Remote, known: Known) -> str | None:
    """Return the canonical form of a reference: the QuickBooks id of what it names.

    A Salesforce record without counterpart is written as UNLINKED and its id; None where nothing is named.
    """
    if side is Side.QUICKBOOKS:
        held = _text_at(one.quickbooks[0], remote)
        return held and next(
            (found for pair in one.refers_to if (found := known.canonical.get((pair, side, held)))), held
        )
    last = None
    for path, pair in zip(one.salesforce, one.refers_to, strict=True):
        held = _text_at(path, remote)
        if held is None:
            continue
        last = f"{UNLINKED}{held}"
        if found := known.canonical.get((pair, side, held)):
            return found
        if (pair, side, held) in known.pending:
            return last
    return last


def _text_at(path: str, remote: Remote) -> str | None:
    held = next((held for one in path.split(ALTERNATIVE) if (held := remote.get(one)) not in {None, ""}), None)
    return None if held is None else str(held)


def read_lines(mapping: LineMapping, side: Side, lines: tuple[RemoteLine, ...], known: Known) -> Lines | None:
    """Return the lines of a document in canonical form, each with its own id as key; None where there are none."""
    found = tuple(_line(mapping, side, one, known) for one in lines if _counts(mapping, side, one))
    return Lines(found) if found else None


def _counts(mapping: LineMapping, side: Side, line: RemoteLine) -> bool:
    if side is Side.SALESFORCE or not mapping.quickbooks_group:
        return True
    if mapping.expands_groups:
        return line.kind != mapping.quickbooks_group
    return GROUP_ID not in line.fields


def _line(mapping: LineMapping, side: Side, line: RemoteLine, known: Known) -> LineValue:
    remote = line.fields
    return LineValue(tuple((name, reader(remote, known)) for name, reader in _line_readers(mapping, side)), line.id)


@cache
def _line_readers(mapping: LineMapping, side: Side) -> tuple[tuple[str, LineReader], ...]:
    """Return the reader of each field of a line in one fixed order, which a base keeps too."""
    ordered = sorted(mapping.fields, key=lambda one: one.name)
    return tuple((one.name, _line_reader(one, side)) for one in ordered)


def _line_reader(one: Field, side: Side) -> LineReader:
    if one.source is side:
        return partial(_line_formula, one)
    if one.kind is Kind.REFERENCE:
        return partial(reference, one, side)
    paths = one.paths(side)
    if not paths:
        return lambda _, __: None
    plain = _path_reader(paths[0], canonicaliser(one.kind, places=one.places))
    return lambda remote, _: plain(remote)


def _line_formula(one: Field, remote: Remote, known: Known) -> Scalar:
    formula = expressions.compile(one.formula)
    value = one.recanonical(expressions.evaluate(formula, remote, tables=known.tables))
    return None if isinstance(value, Lines) else value


def variant_of(record: Record) -> str:
    """Return which of several kinds a QuickBooks record is, "" where its object has only one."""
    return str(record.fields.get(VARIANT) or "")
