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
    """The part of a mapping that an org can take, and one sentence for everything that was taken away."""

    mapping: ObjectMapping
    reports: tuple[str, ...]


def available(mapping: ObjectMapping, org: Mapping[str, OrgField]) -> Available:
    """Narrow a mapping to the fields of an org's describe, keyed by API name."""
    found = [_narrowed(one, org) for one in mapping.fields]
    fields = tuple(one for one, _ in found if one is not None)
    reports = [sentence for _, sentence in found if sentence]
    external = mapping.external_id_field
    if external and not _writable(org.get(external)):
        reports.append(
            f"{mapping.salesforce_object} has no field {external} that the connected user may fill in, so records are "
            f"recognised by our own list of links only. Create it, unique and as external id, to be safe."
        )
        external = ""
    return Available(replace(mapping, fields=fields, external_id_field=external), tuple(reports))


def check(mapping: ObjectMapping) -> list[str]:
    """Return one sentence for each contradiction inside a mapping; none when it can be used."""
    sentences = [*_check_names(mapping), *_check_targets(mapping)]
    for one in mapping.fields:
        sentences += [f"{one.label}: {problem}" for problem in _check_field(one)]
    return sentences


def _narrowed(one: Field, org: Mapping[str, OrgField]) -> tuple[Field | None, str | None]:
    missing = [path for path in one.salesforce if path not in org]
    if missing:
        return (
            None,
            f"{one.label} is left out: the org has no field {missing[0]}, or the connected user may not see it.",
        )
    offered = [org[path] for path in one.salesforce]
    lengths = [each.length for each in offered if each.length]
    one = replace(one, salesforce_length=min(lengths)) if lengths and one.kind.is_text else one
    if all(_writable(each) for each in offered):
        return one, None
    direction = one.direction.narrowed_by(Direction.TO_QUICKBOOKS)
    if direction is None:
        return None, f"{one.label} is left out: the connected user may not change {one.salesforce[0]}."
    owner = Owner.SHARED if one.owner is Owner.QUICKBOOKS else one.owner
    sentence = f"{one.label} goes to QuickBooks only: the connected user may not change {one.salesforce[0]}."
    return replace(one, direction=direction, owner=owner), sentence


def _writable(offered: OrgField | None) -> bool:
    return offered is not None and offered.createable and offered.updateable


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
            path for one in mapping.fields if one.direction.allows(side) for path in one.paths(side)
        )  # two fields may read one path, but only one may write it
        yield from (
            f"{path} of {side.label} would be written by {count} fields; let only one of them write it."
            for path, count in paths.items()
            if count > 1
        )


def _check_field(one: Field) -> Iterable[str]:
    if not one.salesforce or not one.quickbooks:
        yield "it has no counterpart on one side; choose one."
    if one.kind is not Kind.STREET and (len(one.salesforce) > 1 or len(one.quickbooks) > 1):
        yield "only a street may be spread over several fields."
    if one.owner.side is not None and not one.direction.allows(one.owner.side.other) and one.mode is Mode.OVERWRITE:
        yield f"{one.owner.side.label} owns it, but it may not be written to {one.owner.side.other.label}."
    if one.group and any(path.partition(".")[0] != one.group for path in one.quickbooks):
        yield f"its QuickBooks fields are not all inside {one.group}."
