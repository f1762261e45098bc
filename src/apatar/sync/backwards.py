"""Whether the open company file is the one that we know: older than it was, or another one altogether. Pure.

What was changed last is asked for again, and the oldest besides. A version that is lower than the one we know, or the
latest records missing although nobody deleted them, mean that an older copy was put in the file's place. If not even
the oldest are there, it is another company.

EditSequence is the Unix time of the last change (facts, QBWC section 4.3: measured, not promised). It is compared here
only, and only to ask a person.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from apatar.sync.record import Side
from apatar.sync.safety import Stop

RESTORED, OTHER = "restored_file", "other_file"
FEW = 2
"""One record that is missing may have been merged into another one."""
Key = tuple[str, str]
"""Object type and remote id."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One record as we know it; those of one object come the latest first, the oldest at the end."""

    key: Key
    name: str
    version: str


def judge(witnesses: Sequence[Witness], found: Mapping[Key, str], deleted: Collection[Key]) -> Stop | None:
    """Return why nothing may be written to this file; `found` holds the versions that it has."""
    living = [one for one in witnesses if one.key not in deleted]
    older = [one for one in living if _is_older(found.get(one.key, ""), one.version)]
    if older:
        return _restored(older)
    missing = [one for one in living if one.key not in found]
    if len(missing) > FEW and len(missing) == len(living):
        return _another(missing)
    latest = _latest_missing(living, found)
    return _restored(latest) if len(latest) >= FEW else None


def _is_older(version: str, known: str) -> bool:
    return version.isdigit() and known.isdigit() and int(version) < int(known)


def _latest_missing(living: Sequence[Witness], found: Mapping[Key, str]) -> list[Witness]:
    """Return what is missing at the young end of an object; nothing of one where something older is missing, too."""
    latest: list[Witness] = []
    for object_type in dict.fromkeys(one.key[0] for one in living):
        mine = [one for one in living if one.key[0] == object_type]
        young = list(takewhile(lambda one: one.key not in found, mine))
        if len(young) < len(mine) and all(one.key in found for one in mine[len(young) :]):
            latest += young
    return latest


def _restored(witnesses: Sequence[Witness]) -> Stop:
    names = ", ".join(f"“{one.name or one.key[1]}”" for one in witnesses[:3])
    more = f" and {len(witnesses) - 3} more" if len(witnesses) > 3 else ""
    return Stop(
        RESTORED,
        Side.QUICKBOOKS,
        f"The company file is older than it was at the last run: it does not know the latest state of {names}{more}. "
        f"An older copy of it seems to have been restored.",
        "Was that a mistake? Open the right file again. Otherwise say on the page of this run that it goes on with the "
        "restored file: every record is then compared anew, nothing is made again by itself, and nothing is deleted.",
    )


def _another(witnesses: Sequence[Witness]) -> Stop:
    return Stop(
        OTHER,
        Side.QUICKBOOKS,
        f"The open company file has the name or the place of this connection's, but none of its records: not even "
        f"“{witnesses[-1].name or witnesses[-1].key[1]}” is there.",
        "Open the right company file and click Update Selected; for another company, make a connection of its own.",
    )
