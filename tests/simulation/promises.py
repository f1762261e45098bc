"""The promises I1 to I9 of SYNC.md, as a judge who sees both systems and the people's ledger, not the service's rows.

Of the service the judge reads only what it has kept for people: the losing values of conflicts, the values that stood
before a change, and what a dry run has shown.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from apatar.sandbox.story_agreement import compare
from apatar.sync.record import Side
from tests.simulation.steps import Typed
from tests.simulation.town import UNMAPPED, Entry, Town, View, Word, fitted, told


class Broken(AssertionError):
    """A promise was broken: which one, and how."""

    def __init__(self, promise: str, sentence: str) -> None:
        super().__init__(f"{promise}: {sentence}")
        self.promise = promise


class Moved(Broken):
    """Something was written by a run that had nothing to write."""


def nothing_is_doubled(view: View) -> None:
    """I1: a customer stands at most once on each side."""
    for (number, side), count in Counter((one.number, one.side) for one in view.entries).items():
        if count > 1:
            raise Broken("I1", f"customer {number} stands {count} times in {side.label}")


def nothing_unmapped_is_touched(view: View, town: Town) -> None:
    """I2: what is not kept in step stays as people left it."""
    for one in view.entries:
        path, value = UNMAPPED[one.side]
        if (one.side, one.remote_id) in town.made and one.whole.get(path) != value:
            raise Broken("I2", f"{path} of customer {one.number} was touched in {one.side.label}")


def nothing_is_missing(view: View, town: Town, excused: Iterable[int] = ()) -> None:
    """I2, I3: each customer that nobody deleted stands on both sides; a deleted one has not come back."""
    for number in town.numbers:
        there = {one.side for one in view.of(number)}
        gone = town.deleted.get(number, set())
        if back := there & gone:
            raise Broken("I2", f"customer {number} was deleted in {back.pop().label} and came back")
        if number not in {*excused, *town.alone} and not gone and len(there) < 2:
            raise Broken("I2", f"customer {number} stands only in {[one.label for one in there]}")


def both_sides_agree(view: View, town: Town, excused: Iterable[int] = ()) -> None:
    """I3: every mapped field of every pair that nobody deleted or took back is the same on both sides."""
    out = {*excused, *town.deleted, *town.alone, *(number for number, _ in town.parted)}
    # QuickBooks spells in Windows-1252, which the names in town know.
    accounts = [_spelled(one) for one in view.on(Side.SALESFORCE) if one.number not in out]
    customers = [one.whole for one in view.on(Side.QUICKBOOKS) if one.number not in out]
    differences = compare(customers, accounts).differences
    if differences:
        raise Broken("I3", "; ".join(differences))


def _spelled(account: Entry) -> dict[str, Any]:
    return {**account.whole, "Name": account.whole["Name"].replace("Łódź", "Lódz")}


def nothing_typed_is_lost(view: View, town: Town, kept: str, excused: Iterable[int] = ()) -> None:
    """I2: of what people typed last on either side, one value stands; the other was replaced later, or is kept.

    `kept` is everything the service has kept of lost values, as one text.
    """
    out = {*excused, *town.deleted, *town.alone}
    last: dict[tuple[int, Typed], dict[Side, Word]] = {}
    for word in town.words:
        last.setdefault((word.number, word.field), {})[word.side] = word
    for (number, name), words in last.items():
        if number not in out and (number, name) not in town.parted:
            _judge_words(view.of(number), name, list(words.values()), town, kept)


def _judge_words(entries: Sequence[Entry], name: Typed, words: Sequence[Word], town: Town, kept: str) -> None:
    standing = {told(name, one.values[name]) for one in entries}
    typed = {told(name, word.value) for word in words}
    if not standing <= typed:
        number = words[0].number
        raise Broken("I2", f"{name} of customer {number} is {sorted(standing)}, which nobody typed last ({typed})")
    for word in words:
        said = told(name, word.value)
        if not said or said in standing or (word.number, name, said) in town.standing or word.serial in town.unseen:
            continue
        if not any(one in kept for one in (word.value, fitted(word.value, Side.QUICKBOOKS))):
            raise Broken("I2", f"“{word.value}”, typed as {name} of {word.number} in {word.side.label}, is lost")


def nothing_moved(before: View, after: View) -> None:
    """I3, I8: neither side was written: every record has the stamp that it had."""
    first, second = before.versions(), after.versions()
    if first != second:
        moved = sorted(key for key in {*first, *second} if first.get(key) != second.get(key))
        raise Moved("I3", f"a run that had nothing to do wrote: {moved}")


def calls_are_few(calls: int, *, idle: bool, objects: int) -> None:
    """I7: an idle run costs at most one query for each object."""
    most = objects if idle else 12 * objects + 12
    if calls > most:
        raise Broken("I7", f"a run made {calls} calls to Salesforce, and {most} are allowed")
