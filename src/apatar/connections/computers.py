"""From which PCs the Web Connector calls for one connection. Pure.

The lock that it writes into the company file names its PC (QBWC.md, section 1.3): that is the only thing by which two
Web Connectors with one ApatarQBW.qwc are told apart, besides the path of the file as each of them sees it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from apatar.connections.company import OpenCompany, folded
from apatar.connections.errors import WrongCompany

WEEK = timedelta(days=7)
"""So long two PCs that take turns are spoken of."""
MOST_PLACES = 5

Place = Mapping[str, str]
"""`path`, `machine`, and `until`: where the company file was open before."""


@dataclass(frozen=True, slots=True)
class Computer:
    """One PC that calls, and when it did last."""

    name: str
    seen_at: datetime


def taking_turns(calls: Iterable[tuple[str, datetime]]) -> Sequence[Computer]:
    """Return the PCs that call by turns, the latest first; nothing where one PC merely followed another.

    `calls` are the names of the PCs with the times, oldest first.
    """
    turns: list[str] = []
    seen: dict[str, datetime] = {}
    for name, at in calls:
        if name and turns[-1:] != [name]:
            turns.append(name)
        if name:
            seen[name] = at
    if len(turns) == len(set(turns)):
        return ()
    return sorted((Computer(name, at) for name, at in seen.items()), key=lambda one: one.seen_at, reverse=True)


def check_place(company: OpenCompany, bound_machine: str, former: Sequence[Place]) -> None:
    """Raise WrongCompany where the file is open at a place that it was taken away from, on another PC.

    A company file that is moved goes on without a question. One that is then called from the old place is a copy: two
    copies that both change cannot be kept in step with one org, and nobody but a person knows which one counts.
    """
    if not company.machine or folded(company.machine) == folded(bound_machine):
        return
    if any(_is_here(company, one) for one in former):
        raise WrongCompany(
            f"The company file of this connection was moved to another PC ({bound_machine}), and now the Web Connector "
            f"on {company.machine} calls with the one at {company.path} again. One of the two is a copy. Nothing was "
            f"read and nothing was changed. Remove QuickBooks and SalesForce synchronization from the Web Connector on "
            f"the PC with the copy. Is {company.machine} the right one? Say so on the page of the connection, under "
            f"Web Connector."
        )


def places_after(former: Sequence[Place], *, left: Place, company: OpenCompany) -> list[Place]:
    """Return where the file was before, now that it is open at another place than the one it left."""
    kept = [one for one in former if not _is_here(company, one)]
    moved = left["path"] and left["machine"] and folded(left["path"]) != folded(company.path)
    return [*kept, *([left] if moved else [])][-MOST_PLACES:]


def _is_here(company: OpenCompany, place: Place) -> bool:
    return folded(place["path"]) == folded(company.path) and folded(place["machine"]) == folded(company.machine)
