"""Why a record rests, in plain words, with what to do about it."""

from dataclasses import dataclass

from apatar.sync.field import Field
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import name_of
from apatar.sync.record import LATER, SOMEWHERE, Link, Record, RecordKey, Side
from apatar.sync.writing import Unresolved

WAITS_FOR = "waits_for"
FLIP_FLOP = "flip_flop"


@dataclass(frozen=True, slots=True)
class Hold:
    """A record or pair that rests with its reason, until one of `keys` changes or a person acts."""

    code: str
    sentence: str
    remedy: str
    keys: tuple[RecordKey, ...]


def gone(
    mapping: ObjectMapping, link: Link, salesforce: Record | None, quickbooks: Record | None, known: Known = NOTHING
) -> Hold:
    keys = tuple((side, mapping.object_on(side), link.remote_id(side)) for side in Side)
    absent = [
        side for side, record in zip(Side, (salesforce, quickbooks), strict=True) if record is None or record.deleted
    ]
    if len(absent) == 2:
        return Hold("deleted_on_both_sides", "This pair was deleted on both sides.", "Nothing is left to do.", keys)
    side, left = absent[0], salesforce if quickbooks is None or quickbooks.deleted else quickbooks
    name = name_of(mapping, left) if left else ""
    lost = salesforce if side is Side.SALESFORCE else quickbooks
    if lost is not None and lost.merged_into:
        return _merged(mapping, lost, name or link.remote_id(side.other), keys, known)
    return Hold(
        f"deleted_in_{side.value}",
        f"“{name or link.remote_id(side.other)}” was deleted in {side.label}; in {side.other.label} it is untouched.",
        f"Restore it in {side.label}, or delete it in {side.other.label} yourself, if it is not needed there any more.",
        keys,
    )


def _merged(mapping: ObjectMapping, lost: Record, left: str, keys: tuple[RecordKey, ...], known: Known) -> Hold:
    """One side merged two records, the other still has both: nobody but a person can say which stays there."""
    here, there = lost.side.label, lost.side.other.label
    name = name_of(mapping, lost) or left
    if lost.merged_into == LATER:
        return Hold(
            f"not_in_restored_{lost.side.value}",
            f"“{name}” is not in the company file any more, since an older copy of it was restored. In {there} "
            f"“{left}” is untouched.",
            f"Enter it again in {here}, if it is still needed, or delete “{left}” in {there} yourself. It is not made "
            f"again by itself.",
            keys,
        )
    if lost.merged_into == SOMEWHERE:
        return Hold(
            f"vanished_in_{lost.side.value}",
            f"“{name}” is no longer in {here}, and nobody deleted it there: most likely it was merged into another "
            f"record. In {there} “{left}” is untouched.",
            f"Merge “{left}” in {there} as well, or delete it there yourself. It is not made again in {here}.",
            keys,
        )
    survivor = known.names.get((lost.side, lost.merged_into), "")
    into = f"“{survivor}”" if survivor else "another record"
    return Hold(
        f"merged_in_{lost.side.value}",
        f"“{name}” was merged into {into} in {here}; in {there} both are still there, and “{left}” is untouched.",
        f"Merge “{left}” in {there} as well, or make it inactive or delete it there yourself. It is not made again in "
        f"{here}, and nothing in {there} is merged or deleted by itself.",
        keys,
    )


def left_out(mapping: ObjectMapping, salesforce: Record, quickbooks: Record) -> Hold:
    return Hold(
        "left_out",
        f"“{name_of(mapping, quickbooks)}” in QuickBooks is no longer of a kind that is kept in step "
        f"(for example, a customer that became a job).",
        "Move it back to the top of the customer list in QuickBooks, if it is not meant to be a job.",
        (salesforce.key, quickbooks.key),
    )


def unreadable(error: Exception, *records: Record) -> Hold:
    remedy = "Correct the value where it stands; the record is then tried again by itself."
    return Hold("unreadable_value", str(error), remedy, tuple(record.key for record in records))


def nameless(mapping: ObjectMapping, source: Record) -> Hold:
    return Hold(
        "no_name",
        f"{source.object_type} {source.remote_id} has no name, and {source.side.other.label} wants one.",
        f"Fill in {mapping.field(mapping.name_field).label}; the record is then tried again by itself.",
        (source.key,),
    )


def lacks(mapping: ObjectMapping, source: Record, missing: Field) -> Hold:
    """A record cannot be made over there without a value that it does not have here."""
    there = source.side.other.label
    return Hold(
        "lacks_value",
        f"“{name_of(mapping, source) or source.remote_id}” has no {missing.label[:1].lower()}{missing.label[1:]}, and "
        f"{there} makes no such record without it.",
        f"Fill it in, or choose one for new records on the map's page; the record is then made in {there} by itself.",
        (source.key,),
    )


def without_lines(mapping: ObjectMapping, source: Record) -> Hold:
    return Hold(
        "no_lines",
        f"“{name_of(mapping, source) or source.remote_id}” has no products, so nothing can stand on the document.",
        "Add at least one product to it; the document is then made by itself.",
        (source.key,),
    )


def other_currency(mapping: ObjectMapping, source: Record, deal: str, customer: str) -> Hold:
    return Hold(
        "other_currency",
        f"“{name_of(mapping, source) or source.remote_id}” is in {deal}, but its customer in QuickBooks is in "
        f"{customer}, and a document is always in its customer's currency. Nothing was written.",
        f"Change the currency of the deal to {customer}, or give it an account whose customer is in {deal}.",
        (source.key,),
    )


def waits_for(mapping: ObjectMapping, source: Record, missing: Unresolved, known: Known) -> Hold:
    """A record cannot be written before what it refers to; the parent's name is in the sentence."""
    what = missing.field.label
    name = known.names.get((missing.side, missing.waits_for), "")
    called = f"“{name}”" if name else missing.waits_for
    return Hold(
        WAITS_FOR,
        f"“{name_of(mapping, source) or source.remote_id}” waits: its {what[:1].lower()}{what[1:]} {called} has no "
        f"counterpart in {source.side.other.label} yet.",
        f"It goes on by itself as soon as {called} is there. If that has a problem of its own, solve it first.",
        (source.key,),
    )
