"""Which changes of a run a person asked to see: by pair of objects, side, operation, name, and what became of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import overload

from django.db.models import QuerySet
from django_scopes import scopes_disabled

from apatar.runs.models import Change, ChangeState, Run, Side
from apatar.runs.rehearsal import Shown

OPERATIONS: Mapping[str, str] = {"create": "created", "update": "updated"}
LONGEST_NAME = 255
MOST_NAMED = 5_000
"""Of more that are named alike nobody looks at the last; the page says that these are the first."""
AS_PLANNED = ("side", "mapping", "attempts", "-operation", "id")
"""The order of the index `change_to_send_next`: a page of a large plan is read without sorting the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A choice; what is empty does not narrow it."""

    pair: str = ""
    side: str = ""
    operation: str = ""
    name: str = ""
    state: str = ""

    def __bool__(self) -> bool:
        return any((self.pair, self.side, self.operation, self.name, self.state))

    @property
    def words(self) -> str:
        """Say which changes are shown, or nothing where all are."""
        where = f"in {Side(self.side).label}" if self.side else ""
        named = f"named like “{self.name}”" if self.name else ""
        left = "not written" if self.state == ChangeState.SHOWN else ""
        return " ".join(filter(None, (left, OPERATIONS.get(self.operation, ""), where, named)))


def chosen(asked: Mapping[str, str]) -> Chosen:
    """Read a choice out of a query string; what makes no sense there counts as not asked for."""
    side, operation, state = asked.get("side", ""), asked.get("operation", ""), asked.get("state", "")
    return Chosen(
        pair=_text(asked.get("pair", ""))[:40],
        side=side if side in Side.values else "",
        operation=operation if operation in OPERATIONS else "",
        name=_text(asked.get("name", ""))[:LONGEST_NAME],
        state=state if state in ChangeState.values else "",
    )


def changes_of(run: Run, choice: Chosen) -> "QuerySet[Change]":
    """Return the changes of a run that were chosen, without an order."""
    wanted = {
        "mapping": choice.pair,
        "side": choice.side,
        "operation": choice.operation,
        "state": choice.state,
        "name__icontains": choice.name,
    }
    narrowed = {field: value for field, value in wanted.items() if value}
    return Change.objects.filter(run=run, **narrowed).order_by()


@dataclass(frozen=True, slots=True)
class PlanRows(Sequence[Change]):
    """The chosen changes of a plan as a paginator wants them: how many there are, and some of them by their place."""

    found: "QuerySet[Change, int] | list[int]"
    number: int

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, part: int) -> Change: ...

    @overload
    def __getitem__(self, part: slice) -> list[Change]: ...

    def __getitem__(self, part: int | slice) -> Change | list[Change]:
        if isinstance(part, int):
            return self[part : part + 1][0]
        # The ids alone come out of the index, however far back; only the rows of the page are read.
        return list(Change.objects.filter(pk__in=list(self.found[part])).order_by(*AS_PLANNED))


def rows_of_plan(run: Run, choice: Chosen, shown: Iterable[Shown]) -> PlanRows:
    """Return the chosen changes that a run has shown and not written, in the order of the plan.

    `shown` tells how many there are. Where a name is looked for, rows are read until `MOST_NAMED` are found.
    """
    planned = replace(choice, state=ChangeState.SHOWN.value)
    # The gate has opened the run already. Asked for the connection besides, the database reads every row for it.
    with scopes_disabled():
        found = changes_of(run, planned).order_by(*AS_PLANNED).values_list("pk", flat=True)
    if choice.name:
        named = list(found[:MOST_NAMED])
        return PlanRows(named, len(named))
    return PlanRows(found, sum(_number(one, choice) for one in shown))


def _number(one: Shown, choice: Chosen) -> int:
    if choice.pair not in ("", one.mapping) or choice.side not in ("", one.side):
        return 0
    return {"create": one.creates, "update": one.updates}.get(choice.operation, one.creates + one.updates)


def _text(typed: str) -> str:
    """Leave out what no database takes as text."""
    return typed.replace("\0", "").strip()
