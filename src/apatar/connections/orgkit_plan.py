"""What of the org kit an org has, what it lacks, and what is to be done about it. Pure: facts in, a plan out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from apatar.connections.orgkit import KIT, PERMISSION_SET_LABEL, Group, Kind, KitField, KitObject, kit_object
from apatar.salesforce.metadata import Field, ObjectDescription
from apatar.salesforce.metadata_api import Component, Value, each

_DESCRIBED = {
    Kind.TEXT: "string", Kind.TEXT_AREA: "textarea", Kind.LONG_TEXT: "textarea", Kind.CURRENCY: "currency",
    Kind.NUMBER: "double", Kind.DATE: "date", Kind.DATE_TIME: "datetime", Kind.PICKLIST: "picklist",
    Kind.LOOKUP: "reference", Kind.MASTER_DETAIL: "reference",
}  # fmt: skip
"""How a describe spells the type of a field; the Metadata API tells the two apart that it spells alike."""
_MEANT = {
    Group.KEY: "{plurals} are recognised by what this service remembers only: nobody in Salesforce sees which record "
    "of QuickBooks they belong to.",
    Group.STATUS: "Nobody sees on {plurals} whether, when and how well they were synchronized.",
    Group.TRIGGER: "People cannot choose on {plurals} which document QuickBooks shall make; the connection's own "
    "choice counts.",
}


class Act(StrEnum):
    """The kinds of steps, in the order in which they are taken."""

    OBJECT = "object"
    FIELD = "field"
    GRANT = "grant"
    ASSIGN = "assign"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to be done; `object_name` and `field_name` are empty where they say nothing."""

    act: Act
    object_name: str = ""
    field_name: str = ""

    @property
    def what(self) -> str:
        match self.act:
            case Act.OBJECT:
                return f"the object {self.object_name}"
            case Act.FIELD:
                return f"the field {self.field_name} on {self.object_name}"
            case Act.GRANT:
                return f"the permission set {PERMISSION_SET_LABEL}"
            case Act.ASSIGN:
                return f"the assignment of {PERMISSION_SET_LABEL} to the connected user"


@dataclass(frozen=True, slots=True)
class SeenField:
    """A field that the org has; `type` as a describe spells it, zero where a size is not told."""

    type: str
    length: int = 0
    whole: int = 0
    scale: int = 0
    key: bool = False
    parent: str = ""
    writable: bool = True


@dataclass(frozen=True, slots=True)
class Grants:
    """What a permission set gives: fields as `Account.Name` that may be edited, objects with their letters of CRED."""

    fields: frozenset[str] = frozenset()
    objects: Mapping[str, str] = field(default_factory=dict)

    def cover(self, wanted: "Grants") -> bool:
        return wanted.fields <= self.fields and all(
            set(letters) <= set(self.objects.get(name, "")) for name, letters in wanted.objects.items()
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in an org: fields by object, without the objects that are not there.

    `grants` is None where there is no permission set. Where `why_narrow` gives a reason, the set-up itself was not
    open, and only what the user may see was seen: what looks missing may be hidden, and of the permission set nothing
    is known.
    """

    objects: Mapping[str, Mapping[str, SeenField]]
    grants: Grants | None = None
    assigned: bool = False
    why_narrow: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that has our name and not our make; it is left alone."""

    object_name: str
    field_name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in order; `absent` are standard objects that the org does not have, `there` counts fields.

    Where `why_narrow` gives a reason, whoever looked may not do it.
    """

    steps: tuple[Step, ...]
    different: tuple[Difference, ...]
    absent: tuple[str, ...]
    there: int
    why_narrow: str = ""

    def of(self, act: Act) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.act is act)

    @property
    def fields(self) -> dict[str, list[str]]:
        """Object → names of the fields to be made, the ones that come with the object included."""
        made: dict[str, list[str]] = {}
        for step in self.of(Act.OBJECT):
            master = kit_object(step.object_name).master
            made[step.object_name] = [master.name] if master else []
        for step in self.of(Act.FIELD):
            made.setdefault(step.object_name, []).append(step.field_name)
        return made


def plan(seen: Seen, kit: Sequence[KitObject] = KIT) -> Plan:
    """Compare the kit with what is there. What is there already makes no step, so a second plan is empty."""
    made = [step for one in kit for step in _steps(one, seen.objects.get(one.name))]
    steps = sorted(made, key=_turn)
    different = tuple(found for one in kit for found in _differences(one, seen.objects.get(one.name, {})))
    steps += _permission_steps(seen, kit, making=bool(steps))
    there = sum(wanted.name in seen.objects.get(one.name, {}) for one in kit for wanted in one.fields)
    absent = tuple(one.name for one in kit if not one.custom and one.name not in seen.objects)
    return Plan(tuple(steps), different, absent, there - len(different), seen.why_narrow)


def wanted_grants(seen: Seen, kit: Sequence[KitObject] = KIT) -> Grants:
    """What the permission set gives on what is there: on custom objects too, and on lines also deleting."""
    there = [one for one in kit if one.name in seen.objects]
    fields = {
        f"{one.name}.{wanted.name}"
        for one in there
        for wanted in one.fields
        if wanted.kind is not Kind.MASTER_DETAIL
        and wanted.name in seen.objects[one.name]
        and not _differs(wanted, seen.objects[one.name][wanted.name])
    }
    return Grants(frozenset(fields), {one.name: "CRED" if one.master else "CRE" for one in there if one.custom})


def all_grants(kit: Sequence[KitObject] = KIT) -> Grants:
    """What the permission set gives where the whole kit is there."""
    fields = {f"{one.name}.{wanted.name}" for one in kit for wanted in one.fields if wanted is not one.master}
    return Grants(frozenset(fields), {one.name: "CRED" if one.master else "CRE" for one in kit if one.custom})


def fields_to_remove(seen: Seen, kit: Sequence[KitObject] = KIT) -> list[Step]:
    """The kit's fields on standard objects, without those of another make."""
    return [
        Step(Act.FIELD, one.name, wanted.name)
        for one in kit
        if not one.custom
        for wanted in one.fields
        if wanted.name in seen.objects.get(one.name, {}) and not _differs(wanted, seen.objects[one.name][wanted.name])
    ]


def objects_to_remove(seen: Seen, kit: Sequence[KitObject] = KIT) -> list[list[Step]]:
    """The kit's objects: lines first, then the documents that they refer to."""
    there = [one for one in kit if one.custom and one.name in seen.objects]
    lines, documents = [one for one in there if one.master], [one for one in there if not one.master]
    return [[Step(Act.OBJECT, one.name) for one in some] for some in (lines, documents) if some]


def missing(seen: Seen, kit: Sequence[KitObject] = KIT) -> list[str]:
    """Say in plain words what stays off as long as the org is as it is: whole objects, then values, then the rest."""
    off = [one.off for one in kit if one.off and one.name not in seen.objects]
    lacking = {one.plural: _lacking(one, seen.objects[one.name]) for one in kit if one.name in seen.objects}
    for plural, fields in lacking.items():
        labels = [wanted.label.removeprefix("QuickBooks ") for wanted in fields if wanted.group is Group.SHOWN]
        off += [f"These stay off on {plural}: {', '.join(labels)}."] if labels else []
    for group, sentence in _MEANT.items():
        plurals = [plural for plural, fields in lacking.items() if any(one.group is group for one in fields)]
        said = sentence.format(plurals=_listed(plurals))
        off += [said[0].upper() + said[1:]] if plurals else []
    return off


def seen_in_describe(described: ObjectDescription) -> dict[str, SeenField]:
    """What the user who asked may see of an object."""
    return {one.name: _from_describe(one) for one in described.fields}


def seen_in_metadata(component: Component) -> dict[str, SeenField]:
    """What a CustomObject component says of its custom fields, whoever may see them."""
    return {str(one["fullName"]): _from_metadata(one) for one in each(component.body, "fields") if one.get("type")}


def grants_in(component: Component) -> Grants:
    """What a PermissionSet component grants."""
    letters = {"allowCreate": "C", "allowRead": "R", "allowEdit": "E", "allowDelete": "D"}
    objects = {
        str(one["object"]): "".join(letter for name, letter in letters.items() if one.get(name) == "true")
        for one in each(component.body, "objectPermissions")
    }
    fields = [str(one["field"]) for one in each(component.body, "fieldPermissions") if one.get("editable") == "true"]
    return Grants(frozenset(fields), objects)


def _steps(one: KitObject, seen: Mapping[str, SeenField] | None) -> Iterator[Step]:
    if seen is None and not one.custom:
        return
    if seen is None:
        yield Step(Act.OBJECT, one.name)
    for wanted in one.fields:
        with_its_object = seen is None and wanted.kind is Kind.MASTER_DETAIL
        if wanted.name not in (seen or {}) and not with_its_object:
            yield Step(Act.FIELD, one.name, wanted.name)


def _turn(step: Step) -> int:
    """Documents, then their lines, which name them, then fields, which may refer to either."""
    return 2 if step.act is Act.FIELD else int(kit_object(step.object_name).master is not None)


def _permission_steps(seen: Seen, kit: Sequence[KitObject], *, making: bool) -> list[Step]:
    if seen.why_narrow:
        return [Step(Act.GRANT), Step(Act.ASSIGN)] if making or _locked(seen, kit) else []
    granted = not making and seen.grants is not None and seen.grants.cover(wanted_grants(seen, kit))
    return [*([] if granted else [Step(Act.GRANT)]), *([] if seen.assigned else [Step(Act.ASSIGN)])]


def _locked(seen: Seen, kit: Sequence[KitObject]) -> bool:
    """Whether the user may see a field of the kit and not write it."""
    there = ((wanted, seen.objects.get(one.name, {}).get(wanted.name)) for one in kit for wanted in one.fields)
    return any(found and not found.writable and wanted.kind is not Kind.MASTER_DETAIL for wanted, found in there)


def _differences(one: KitObject, seen: Mapping[str, SeenField]) -> Iterator[Difference]:
    for wanted in one.fields:
        reason = _differs(wanted, seen.get(wanted.name))
        if reason:
            sentence = (
                f"{wanted.name} on {one.name} is there already, but {reason}. It is left as it is, and stays off; "
                "rename or remove it if you want ours."
            )
            yield Difference(one.name, wanted.name, sentence)


def _differs(wanted: KitField, seen: SeenField | None) -> str:
    """Why a field of our name cannot be ours; empty where it can. More room than we ask for does no harm."""
    if seen is None:
        return ""
    kind = _DESCRIBED[wanted.kind]
    if seen.type != kind:
        return f"it is of another type ({seen.type} instead of {kind})"
    reasons = (
        (wanted.parent and seen.parent not in ("", wanted.parent), f"it refers to {seen.parent}"),
        (wanted.is_key and not seen.key, "it is not a unique external id"),
        (seen.length and seen.length < wanted.length, f"it takes {seen.length} characters, not {wanted.length}"),
        (_narrower(wanted, seen), f"it takes too few digits ({seen.whole} and {seen.scale} behind the point)"),
    )
    return next((reason for applies, reason in reasons if applies), "")


def _narrower(wanted: KitField, seen: SeenField) -> bool:
    """People read "16, 2" as 16 digits before the point or in all; a field made by either reading will do."""
    return bool(seen.whole) and (seen.whole < wanted.whole - wanted.scale or seen.scale < wanted.scale)


def _lacking(one: KitObject, seen: Mapping[str, SeenField]) -> list[KitField]:
    return [wanted for wanted in one.fields if wanted.name not in seen or _differs(wanted, seen[wanted.name])]


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _from_describe(one: Field) -> SeenField:
    return SeenField(
        type=one.type,
        length=one.length,
        whole=max(one.precision - one.scale, 0),
        scale=one.scale,
        key=one.upsert_key,
        parent=one.references[0] if one.references else "",
        writable=one.createable and (one.updateable or one.type == "reference"),
    )


def _from_metadata(one: Mapping[str, Value]) -> SeenField:
    kind = str(one.get("type", ""))
    known = kind in set(Kind)
    scale = _digits(one, "scale")
    return SeenField(
        type=_DESCRIBED[Kind(kind)] if known else kind,
        length=_digits(one, "length"),
        whole=max(_digits(one, "precision") - scale, 0),
        scale=scale,
        key=one.get("externalId") == "true" and one.get("unique") == "true",
        parent=str(one.get("referenceTo", "")),
    )


def _digits(one: Mapping[str, Value], name: str) -> int:
    text = str(one.get(name, ""))
    return int(text) if text.isdigit() else 0
