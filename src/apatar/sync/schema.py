"""Holding a mapping against what an org really offers, and against itself."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from apatar.sync.mapping import Direction, Field, Mode, ObjectMapping, Owner
from apatar.sync.record import Side
from apatar.sync.values import Kind


@dataclass(frozen=True, slots=True)
class OrgField:
    """What an org's describe says about one field, for the user that connects; `length` is None where it has none."""

    length: int | None = None
    createable: bool = True
    updateable: bool = True


@dataclass(frozen=True, slots=True)
class Available:
    """The part of a mapping that an org can take, and one sentence for everything that was taken away.

    `possible` is False where too little is left: the pair is then not kept in step.
    """

    mapping: ObjectMapping
    reports: tuple[str, ...]
    possible: bool = True


Org = Mapping[str, OrgField]
"""An org's describe of one object, keyed by API name; empty where the org has no such object."""


def available(mapping: ObjectMapping, org: Org, *, line_org: Org | None = None) -> Available:
    """Narrow a mapping to what an org's describes offer, of its object and of the object of its lines."""
    if not org:
        return _impossible(mapping, f"the org has no object {mapping.salesforce_object}, or the user may not see it.")
    if absent := [path for path in mapping.needs if path not in org]:
        return _impossible(
            mapping, f"{mapping.salesforce_object} has no field {absent[0]}, or the user may not see it."
        )
    found = [_with_lines(*_narrowed(one, org), line_org or {}) for one in mapping.fields]
    fields = tuple(one for one, _ in found if one is not None)
    reports = [sentence for _, sentence in found if sentence]
    if lost := _indispensable(mapping) - {one.name for one in fields}:
        label = mapping.field(min(lost)).label
        return _impossible(mapping, f"the org does not offer its {label[:1].lower()}{label[1:]}.", reports)
    external, report = _external_id(mapping, org)
    marks = tuple((path, value) for path, value in mapping.gone if _writable(org.get(path), Mode.OVERWRITE))
    narrowed = replace(mapping, fields=fields, external_id_field=external, gone=marks)
    return Available(narrowed, (*reports, *report))


def _impossible(mapping: ObjectMapping, reason: str, reports: Iterable[str] = ()) -> Available:
    return Available(mapping, (*reports, f"{mapping.label} are not kept in step: {reason}"), possible=False)


def _indispensable(mapping: ObjectMapping) -> set[str]:
    """Return the fields without which a pair makes no sense."""
    needed = {mapping.name_field, *([mapping.scope] if mapping.scope else [])}
    return needed | {one.name for one in mapping.fields if one.required and one.kind in {Kind.REFERENCE, Kind.LINES}}


def _external_id(mapping: ObjectMapping, org: Org) -> tuple[str, tuple[str, ...]]:
    external = mapping.external_id_field
    if not external or _writable(org.get(external), Mode.OVERWRITE):
        return external, ()
    sentence = (
        f"{mapping.salesforce_object} has no field {external} that the connected user may fill in, so records are "
        f"recognised by our own list of links only. Create it, unique and as external id, to be safe."
    )
    return "", (sentence,)


def _with_lines(one: Field | None, report: str | None, line_org: Org) -> tuple[Field | None, str | None]:
    """Narrow the lines of a document too; without their own id they could not be written twice safely."""
    if one is None or one.lines is None:
        return one, report
    lines = one.lines
    if not line_org or (
        lines.external_id_field and not _writable(line_org.get(lines.external_id_field), Mode.OVERWRITE)
    ):
        return None, f"{one.label} are left out: the org has no object {lines.salesforce_object} that can be used."
    fields = tuple(each for line in lines.fields if (each := _narrowed(line, line_org)[0]) is not None)
    if any(line.required and line.name not in {each.name for each in fields} for line in lines.fields):
        return None, f"{one.label} are left out: the user may not see all that a line needs."
    return replace(one, lines=replace(lines, fields=fields)), report


def check(mapping: ObjectMapping) -> list[str]:
    """Return one sentence for each contradiction inside a mapping; none when it can be used."""
    sentences = [*_check_names(mapping), *_check_targets(mapping)]
    for one in mapping.fields:
        sentences += [f"{one.label}: {problem}" for problem in _check_field(one)]
    return sentences


def _narrowed(one: Field, org: Org) -> tuple[Field | None, str | None]:
    one = _narrowed_reference(one, org)
    missing = [path for path in one.salesforce if path not in org and not _follows_parent(path)]
    if missing or (one.kind is Kind.REFERENCE and not one.salesforce):
        reason = f"the org has no field {(*missing, '')[0]}, or the connected user may not see it."
        return None, None if one.quiet else f"{one.label} is left out: {reason}"
    offered = [org[path] for path in one.salesforce if path in org]
    lengths = [each.length for each in offered if each.length]
    if lengths and one.kind.is_text and one.mode is not Mode.MATCH_ONLY:
        one = replace(one, salesforce_length=min(lengths))
    if _only_read(one) or all(_writable(each, one.mode) for each in offered):
        return one, None
    return _narrowed_direction(one)


def _narrowed_direction(one: Field) -> tuple[Field | None, str | None]:
    direction = one.direction.narrowed_by(Direction.TO_QUICKBOOKS)
    if direction is None:
        return None, None if one.quiet else (
            f"{one.label} is left out: the connected user may not change {one.salesforce[0]}."
        )
    owner = Owner.SHARED if one.owner is Owner.QUICKBOOKS else one.owner
    sentence = f"{one.label} goes to QuickBooks only: the connected user may not change {one.salesforce[0]}."
    return replace(one, direction=direction, owner=owner), sentence


def _narrowed_reference(one: Field, org: Org) -> Field:
    """A reference may be found in several fields; those that the org lacks are not looked at."""
    if one.kind is not Kind.REFERENCE or len(one.salesforce) < 2:
        return one
    kept = [(path, pair) for path, pair in zip(one.salesforce, one.refers_to, strict=True) if path in org]
    return replace(one, salesforce=tuple(path for path, _ in kept), refers_to=tuple(pair for _, pair in kept))


def _only_read(one: Field) -> bool:
    return one.mode is Mode.MATCH_ONLY or one.direction is Direction.TO_QUICKBOOKS


def _follows_parent(path: str) -> bool:
    return "." in path


def _writable(offered: OrgField | None, mode: Mode) -> bool:
    if offered is None or not offered.createable:
        return False
    return offered.updateable or mode is Mode.ONLY_CREATE


def _check_names(mapping: ObjectMapping) -> Iterable[str]:
    names = Counter(one.name for one in mapping.fields)
    yield from (f"The field {name!r} is listed {count} times; keep one." for name, count in names.items() if count > 1)
    yield from (
        f"The map of {mapping.label} matches by {name!r}, which is not among its fields. Add it, or match by another."
        for name in sorted({mapping.name_field, *mapping.match_keys} - set(names))
    )


def _check_targets(mapping: ObjectMapping) -> Iterable[str]:
    for side in Side:
        paths = Counter(
            path
            for one in mapping.fields
            if one.direction.allows(side) and one.mode is not Mode.MATCH_ONLY
            for path in one.paths(side)
        )  # two fields may read one path, but only one may write it
        yield from (
            f"{path} of {side.label} would be written by {count} fields; let only one of them write it."
            for path, count in paths.items()
            if count > 1
        )


_SPREAD = frozenset({Kind.STREET, Kind.REFERENCE})


def _has_both_ends(one: Field) -> bool:
    return all(one.paths(side) or one.source is side for side in Side)


def _check_field(one: Field) -> Iterable[str]:
    if one.lines is None and not _has_both_ends(one):
        yield "it has no counterpart on one side; choose one."
    if one.source is not None and one.direction is Direction.BOTH:
        yield "a formula goes one way only; choose which."
    if (
        one.kind not in _SPREAD
        and one.mode is not Mode.MATCH_ONLY
        and (len(one.salesforce) > 1 or len(one.quickbooks) > 1)
    ):
        yield "only a street may be spread over several fields."
    if one.owner.side is not None and not one.direction.allows(one.owner.side.other) and one.mode is Mode.OVERWRITE:
        yield f"{one.owner.side.label} owns it, but it may not be written to {one.owner.side.other.label}."
    if one.group and any(path.partition(".")[0] != one.group for path in one.quickbooks):
        yield f"its QuickBooks fields are not all inside {one.group}."
