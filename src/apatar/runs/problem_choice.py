"""Which open problems a person asked to see: by pair of objects, side, name, cause, and whether they are snoozed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import QuerySet

from apatar.runs.causes import Cause, Told, causes_of
from apatar.runs.models import Problem, Side
from apatar.runs.snoozing import awake

LONGEST_NAME = 255
TOLD = ("pk", "code", "sentence", "remedy", "name", "remote_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemChoice:
    """A choice; what is empty does not narrow it. `cause` is the key of one."""

    pair: str = ""
    side: str = ""
    name: str = ""
    cause: str = ""
    snoozed: bool = False

    @property
    def narrows(self) -> bool:
        return any((self.pair, self.side, self.name))

    @property
    def fields(self) -> dict[str, str]:
        """The choice as fields of a form; what is empty is left out."""
        given = {
            "pair": self.pair,
            "side": self.side,
            "name": self.name,
            "cause": self.cause,
            "snoozed": "yes" if self.snoozed else "",
        }
        return {field: value for field, value in given.items() if value}

    @property
    def query(self) -> str:
        return f"?{urlencode(self.fields)}" if self.fields else ""

    def of(self, cause: str) -> "ProblemChoice":
        """The same choice, narrowed to one cause; "" for all of them."""
        return replace(self, cause=cause)

    def asleep(self) -> "ProblemChoice":
        """The same choice among what is snoozed, of every cause."""
        return replace(self, cause="", snoozed=True)


def choice_of(asked: Mapping[str, str]) -> ProblemChoice:
    """Read a choice out of a query string or a form; what makes no sense there counts as not asked for."""
    side = asked.get("side", "")
    return ProblemChoice(
        pair=_text(asked.get("pair", ""))[:40],
        side=side if side in Side.values else "",
        name=_text(asked.get("name", ""))[:LONGEST_NAME],
        cause=_text(asked.get("cause", ""))[:12],
        snoozed=asked.get("snoozed") == "yes",
    )


def problems_of(choice: ProblemChoice, *, now: datetime) -> "QuerySet[Problem]":
    """Return the open problems of the connection in scope that were chosen, of every cause, the oldest first."""
    wanted = {"mapping": choice.pair, "side": choice.side, "name__icontains": choice.name}
    narrowed = {field: value for field, value in wanted.items() if value}
    found = Problem.objects.filter(closed_at=None, **narrowed).order_by("opened_at", "id")
    return found.filter(snoozed_until__gt=now) if choice.snoozed else awake(found, now=now)


def causes_chosen(choice: ProblemChoice, *, now: datetime) -> list[Cause]:
    """Return the causes of what was chosen, the most frequent first; only the one, where one was chosen."""
    rows = problems_of(choice, now=now).values_list(*TOLD)
    causes = causes_of(Told(**dict(zip(TOLD, row, strict=True))) for row in rows)
    return [one for one in causes if choice.cause in ("", one.key)]


def _text(value: str) -> str:
    return value.replace("\0", "").strip()
