"""How problems look on a page: each with its pair, its next try, and where to find the record on both sides."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from apatar.connections.models import Connection
from apatar.connections.org_address import org_address, record_address
from apatar.runs.models import Link, Problem, Record, Side
from apatar.runs.problems import ASKED_AGAIN
from apatar.runs.snoozing import UNTIL_IT_CHANGES
from apatar.sync.pairs import PAIRS

PAIR_LABELS: Mapping[str, str] = {one.name: one.label for one in PAIRS}
_QUICKBOOKS_OBJECTS = {one.name: one.quickbooks_object for one in PAIRS}
_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Shown:
    """One problem of a page; `salesforce` is an address, `quickbooks` are words to search for; "" where unknown.

    `next_at` is the moment of the next try, None where `next_try` says it in words; `back_at` ends the snooze.
    """

    problem: Problem
    pair: str
    salesforce: str
    quickbooks: str
    next_try: str
    next_at: datetime | None
    is_snoozed: bool
    back_at: datetime | None


def shown(connection: Connection, problems: Sequence[Problem], *, now: datetime) -> list[Shown]:
    """Show some problems of the connection in scope: a few queries, however many they are."""
    counterparts = _counterparts(problems)
    names = _names_in_quickbooks(problems, counterparts)
    org = org_address(connection)
    return [
        Shown(
            one,
            PAIR_LABELS.get(one.mapping, one.mapping),
            record_address(org, _id_on(one, Side.SALESFORCE, counterparts)),
            _find_in_quickbooks(one, _id_on(one, Side.QUICKBOOKS, counterparts), names),
            words := next_try(one, now=now),
            None if words else one.retry_at,
            is_snoozed := one.snoozed_until is not None and one.snoozed_until > now,
            one.snoozed_until if is_snoozed and one.snoozed_until != UNTIL_IT_CHANGES else None,
        )
        for one in problems
    ]


def next_try(problem: Problem, *, now: datetime) -> str:
    """Say when a problem is tried again by itself; "" where that is a moment to come, its `retry_at`."""
    if problem.retry_at is not None and problem.retry_at <= now:
        return "in the next run"
    if problem.code in ASKED_AGAIN:
        return "in every run"
    return "" if problem.retry_at else "when the record changes on either side"


def _counterparts(problems: Sequence[Problem]) -> dict[tuple[str, str, str], str]:
    """Return the linked record of each: the id on the other side by pair, side and id."""
    found: dict[tuple[str, str, str], str] = {}
    pairs = {one.mapping for one in problems}
    for side, other in ((Side.SALESFORCE, Side.QUICKBOOKS), (Side.QUICKBOOKS, Side.SALESFORCE)):
        ids = [one.remote_id for one in problems if one.side == side]
        # One query for each side: each has an index of its own, and an OR of both has none.
        links = Link.objects.filter(mapping__in=pairs, **{f"{side.value}_id__in": ids})
        for mapping, mine, theirs in links.values_list("mapping", f"{side.value}_id", f"{other.value}_id"):
            found[mapping, side.value, mine] = theirs
    return found


def _id_on(problem: Problem, side: Side, counterparts: Mapping[tuple[str, str, str], str]) -> str:
    if problem.side == side:
        return problem.remote_id
    return counterparts.get((problem.mapping, problem.side, problem.remote_id), "")


def _names_in_quickbooks(
    problems: Sequence[Problem], counterparts: Mapping[tuple[str, str, str], str]
) -> dict[tuple[str, str], str]:
    ids = {_id_on(one, Side.QUICKBOOKS, counterparts) for one in problems} - {""}
    rows = Record.objects.filter(
        side=Side.QUICKBOOKS, object_type__in={*_QUICKBOOKS_OBJECTS.values()}, remote_id__in=ids
    )
    return {(row.object_type, row.remote_id): row.name for row in rows.only("object_type", "remote_id", "name")}


def _find_in_quickbooks(problem: Problem, remote_id: str, names: Mapping[tuple[str, str], str]) -> str:
    """QuickBooks has no addresses: say the kind of record and its name or number, as it is searched for there."""
    if not remote_id:
        return ""
    mine = problem.side == Side.QUICKBOOKS
    kind = problem.object_type if mine else _QUICKBOOKS_OBJECTS.get(problem.mapping, "")
    name = names.get((kind, remote_id), "") or (problem.name if mine else "")
    return f"{in_words(kind)} “{name}”" if name and kind else ""


def in_words(kind: str) -> str:
    """Write the name of an object as people say it: “SalesOrder” is a sales order."""
    return _CAPITAL.sub(" ", kind).capitalize()
