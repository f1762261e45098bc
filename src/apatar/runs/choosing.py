"""Which changes of a run a person asked to see: by pair of objects, side, operation, name, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from apatar.runs.models import Change, ChangeState, Run, Side

OPERATIONS: Mapping[str, str] = {"create": "created", "update": "updated"}
LONGEST_NAME = 255
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


def plan_of(run: Run, choice: Chosen) -> "QuerySet[Change]":
    """Return the chosen changes that a run has shown and not written, in the order of the plan."""
    return changes_of(run, replace(choice, state=ChangeState.SHOWN.value)).order_by(*AS_PLANNED)


def _text(typed: str) -> str:
    """Leave out what no database takes as text."""
    return typed.replace("\0", "").strip()
