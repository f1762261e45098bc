"""What a changed pair must not do, whatever the two systems offer: one finding for each contradiction."""

from collections.abc import Iterable, Iterator

from apatar.sync import expressions
from apatar.sync.errors import ExpressionError
from apatar.sync.field import Direction, Field
from apatar.sync.findings import Finding
from apatar.sync.map_fields import EXPRESSIONS, JOINT
from apatar.sync.mapping import Mode, ObjectMapping
from apatar.sync.record import Side
from apatar.sync.schema import check
from apatar.sync.values import Kind

TRANSFORMS = frozenset({"to_salesforce_as", "to_quickbooks_as"})
WITH_TABLES = frozenset({"formula", "default"})
WORDS = {
    "formula": "the formula",
    "when": "the condition",
    "default": "the default",
    "to_salesforce_as": "the transform to Salesforce",
    "to_quickbooks_as": "the transform to QuickBooks",
    "salesforce_filter": "The filter of Salesforce's records",
    "quickbooks_filter": "The filter of QuickBooks' records",
}


def contradictions(pair: ObjectMapping) -> list[Finding]:
    """Return what is wrong with a pair in itself; nothing where it can be used."""
    found = [*_filters(pair), *_fields(pair, pair.fields, "")]
    lines = pair.lines_field
    if lines and lines.lines:
        found += _fields(pair, lines.lines.fields, f"{lines.name}{JOINT}")
    if found:
        return found
    return [_about_pair(pair, sentence) for sentence in check(pair)]


def every_field(pair: ObjectMapping) -> Iterator[tuple[str, Field]]:
    """Go through the fields of a pair by their full names, those of its lines included."""
    for one in pair.fields:
        yield one.name, one
        if one.lines is not None:
            yield from ((f"{one.name}{JOINT}{each.name}", each) for each in one.lines.fields)


def _about_pair(pair: ObjectMapping, sentence: str) -> Finding:
    """Give a sentence of the core to the field that it begins with, where it begins with one."""
    named = next((name for name, one in every_field(pair) if sentence.startswith(f"{one.label}: ")), "")
    sentence = sentence.partition(": ")[2] if named else sentence
    where = f"{pair.label}, {dict(every_field(pair))[named].label}" if named else pair.label
    return Finding(sentence=sentence, where=where, pair=pair.name, field=named)


def _filters(pair: ObjectMapping) -> Iterable[Finding]:
    for name in ("salesforce_filter", "quickbooks_filter"):
        if problem := _problem_of(name, getattr(pair, name)):
            sentence = f"{WORDS[name]} cannot be used. {problem}"
            yield Finding(sentence=sentence, where=pair.label, pair=pair.name, attribute=name)


def _fields(pair: ObjectMapping, fields: Iterable[Field], prefix: str) -> Iterator[Finding]:
    for one in fields:
        for attribute, sentence in (*_expressions(one), *_paths(one), *(_of_line(one) if prefix else ())):
            yield Finding(
                sentence=sentence,
                where=f"{pair.label}, {one.label}",
                pair=pair.name,
                field=f"{prefix}{one.name}",
                attribute=attribute,
            )


def _expressions(one: Field) -> Iterator[tuple[str, str]]:
    for name in EXPRESSIONS:
        if problem := _problem_of(name, getattr(one, name)):
            yield name, f"{WORDS[name]} cannot be used. {problem}"
    if one.formula and one.direction is Direction.BOTH:
        yield "direction", "a field with a formula goes one way only. Choose which."
    if one.formula and one.kind in {Kind.REFERENCE, Kind.LINES}:
        yield "formula", "what refers to another record, and lines, cannot have a formula."


def _of_line(one: Field) -> Iterator[tuple[str, str]]:
    """Lines are written whole, so that nothing of one can be left as it was."""
    for name in ("when", "default"):
        if getattr(one, name):
            yield name, f"{WORDS[name]} has no effect in a line. Write a formula that chooses between two values."


def _paths(one: Field) -> Iterator[tuple[str, str]]:
    if one.kind is Kind.LINES or one.mode is Mode.MATCH_ONLY:
        return
    for side in Side:
        writes = one.direction.allows(side)
        reads = one.direction.allows(side.other) and one.source is None
        if not one.paths(side) and (writes or reads):
            use = "written" if writes else "read"
            yield side.value, f"it names no field of {side.label} that could be {use}. Choose one."


def _problem_of(name: str, text: str) -> str:
    if not text:
        return ""
    try:
        return _out_of_place(name, expressions.compile(text))
    except ExpressionError as error:
        return str(error)


def _out_of_place(name: str, expression: expressions.Expression) -> str:
    """Say what an expression asks for that it is not given in its place."""
    if name in TRANSFORMS and expression.keys:
        return "It is given the value only. Write a formula instead, which is given the whole record."
    if name not in TRANSFORMS and expression.needs_value:
        return "There is no value here. Name the field of the record, such as record.Name."
    if name not in WITH_TABLES and expression.needs_tables:
        return "Tables can be looked up in formulas and in defaults only. Write a formula instead."
    return ""
