"""When a plan must stop and ask: arithmetic that is on by default and says its numbers."""

from dataclasses import dataclass

from apatar.sync.counts import Counts
from apatar.sync.record import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """One side of one object: records with a link, records there now, linked records found gone by this run."""

    linked: int
    present: int
    gone: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Percentages of the linked records; below `at_least` records no percentage is judged. None: never stop for it.

    `created_at_most` is a number of records, whatever is linked.
    """

    gone_percent: int = 10
    withdrawn_percent: int = 10
    updated_percent: int | None = None
    created_at_most: int | None = None
    at_least: int = 5


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run must not write before a person has released it."""

    code: str
    side: Side
    sentence: str
    remedy: str


def judge(
    counts: Counts, *, salesforce: Population, quickbooks: Population, thresholds: Thresholds | None = None
) -> Stop | None:
    """Return the first reason to stop, the gravest first; None when the plan is safe."""
    limits = thresholds or Thresholds()
    sides = ((Side.SALESFORCE, salesforce), (Side.QUICKBOOKS, quickbooks))
    for rule in (_emptied, _gone, _withdrawn, _created, _updated):
        for side, population in sides:
            if stop := rule(side, population, counts, limits):
                return stop
    return None


def _emptied(side: Side, population: Population, _counts: Counts, _limits: Thresholds) -> Stop | None:
    if population.present or not population.linked:
        return None
    return Stop(
        "side_emptied",
        side,
        f"{side.label} shows no records at all, although {population.linked} of them were linked before.",
        f"Check that the right company or organisation is open in {side.label} and that the user may see its records. "
        f"Were all of them meant to go? Say so on the page of this run.",
    )


def _gone(side: Side, population: Population, _counts: Counts, limits: Thresholds) -> Stop | None:
    if not _exceeds(population.gone, population.linked, limits.gone_percent, limits):
        return None
    return Stop(
        "wave_of_deletions",
        side,
        f"{_share(population.gone, population.linked)} linked records were deleted in {side.label} since the last run.",
        f"Restore them in {side.label} if this was a mistake; otherwise say on the page of this run that it was meant.",
    )


def _withdrawn(side: Side, population: Population, counts: Counts, limits: Thresholds) -> Stop | None:
    withdrawn = counts.on(side).voided + counts.on(side).deactivated
    if not _exceeds(withdrawn, population.linked, limits.withdrawn_percent, limits):
        return None
    return Stop(
        "wave_of_withdrawals",
        side,
        f"{_share(withdrawn, population.linked)} linked records would be voided or made inactive in {side.label}.",
        "Look at the list first, and change fewer of them at a time.",
    )


def _created(side: Side, _population: Population, counts: Counts, limits: Thresholds) -> Stop | None:
    created = counts.on(side).created
    if limits.created_at_most is None or created <= limits.created_at_most:
        return None
    return Stop(
        "many_creates",
        side,
        f"{created} records would be created in {side.label}, and you want to see more than "
        f"{limits.created_at_most} first.",
        "Look at the list, and release it if it is right.",
    )


def _updated(side: Side, population: Population, counts: Counts, limits: Thresholds) -> Stop | None:
    if limits.updated_percent is None:
        return None
    updated = counts.on(side).updated
    if not _exceeds(updated, population.linked, limits.updated_percent, limits):
        return None
    return Stop(
        "wave_of_updates",
        side,
        f"{_share(updated, population.linked)} linked records would be changed in {side.label}.",
        "Look at the list first, and change fewer of them at a time.",
    )


def _exceeds(count: int, linked: int, percent: int, limits: Thresholds) -> bool:
    return count >= limits.at_least and count * 100 > linked * percent


def _share(count: int, linked: int) -> str:
    return f"{count} of {linked} ({count * 100 // linked if linked else 100} %)"
