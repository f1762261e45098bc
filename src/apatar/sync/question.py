"""What a person must decide before two systems can be paired: each question with its remedy."""

from collections.abc import Sequence
from dataclasses import dataclass

from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import name_of
from apatar.sync.record import Record, RecordKey

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What a person must decide before anything is written; `keys` names every record it is about."""

    code: str
    sentence: str
    remedy: str
    keys: tuple[RecordKey, ...]


def unknown_quickbooks_id(mapping: ObjectMapping, stray: Record, members: Sequence[Record]) -> Question:
    """Ask about `stray`, one of the members: it carries an id that nothing free in QuickBooks has."""
    return _question(
        "unknown_quickbooks_id",
        f"{_named(mapping, stray)} in Salesforce carries the QuickBooks id {stray.foreign_key}, but no free record in "
        f"QuickBooks has it: it was deleted, merged, belongs to another company file or is already linked.",
        f"Empty its field {mapping.external_id_field} in Salesforce: it is then matched by its name.",
        members,
    )


def claimed_twice(mapping: ObjectMapping, members: Sequence[Record]) -> Question:
    return _question(
        "claimed_twice",
        f"More than two records claim each other by id: {_listed(mapping, members)}.",
        f"Empty the field {mapping.external_id_field} of all but the right one in Salesforce.",
        members,
    )


def several_candidates(mapping: ObjectMapping, members: Sequence[Record]) -> Question:
    return _question(
        "several_candidates",
        f"These have the same name, and it is not clear which belong together: {_listed(mapping, members)}.",
        "Say on the review page which belong together, or rename or merge them until every name stands once on "
        "each side; they are looked at again in every run.",
        members,
    )


def still_carries_id(mapping: ObjectMapping, record: Record, carrier: str) -> Question:
    """Ask about a record of QuickBooks that was unlinked from the account with the name `carrier`."""
    return _question(
        "still_carries_id",
        f"{_named(mapping, record)} waits: “{carrier}” in Salesforce still carries its QuickBooks id.",
        f"Empty the field {mapping.external_id_field} of “{carrier}” in Salesforce, or link the two again.",
        [record],
    )


def name_twice(mapping: ObjectMapping, members: Sequence[Record]) -> Question:
    return _question(
        "name_twice",
        f"These would get one name in QuickBooks, where a name can be used only once: {_listed(mapping, members)}.",
        "Merge or rename them in Salesforce; where only their ends differ, let long names get a short mark.",
        members,
    )


def _question(code: str, sentence: str, remedy: str, members: Sequence[Record]) -> Question:
    return Question(code, sentence, remedy, tuple(sorted(record.key for record in members)))


def _listed(mapping: ObjectMapping, members: Sequence[Record]) -> str:
    shown = [f"{_named(mapping, record)} in {record.side.label} ({record.remote_id})" for record in members[:_SHOWN]]
    more = len(members) - len(shown)
    return "; ".join(shown) + (f"; and {more} more" if more > 0 else "")


def _named(mapping: ObjectMapping, record: Record) -> str:
    return f"“{name_of(mapping, record) or 'without a name'}”"
