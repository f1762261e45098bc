"""How the plan of a dry run looks on its page: its totals, where each number leads, and what a change waits for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from apatar.runs.models import Change, Side
from apatar.runs.rehearsal import Shown
from apatar.runs.showing import Entry, entry_of
from apatar.sync.field import ALTERNATIVE
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side as CoreSide
from apatar.sync.values import Kind


@dataclass(frozen=True, slots=True)
class Line:
    """What one pair of objects would write to one side; the links lead to the changes that are counted."""

    label: str
    side: str
    creates: int
    updates: int
    calls: int | None
    creates_link: str
    updates_link: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The lines of a plan, and their sums."""

    lines: tuple[Line, ...]
    creates: int
    updates: int
    calls: int

    @property
    def changes(self) -> int:
        return self.creates + self.updates


@dataclass(frozen=True, slots=True)
class Planned:
    """One change of a plan; `waits_for` says what must be there before it can be written, or is empty."""

    entry: Entry
    waits_for: str


def totals_of(shown: Sequence[Shown]) -> Totals:
    return Totals(
        lines=tuple(_line(one) for one in shown),
        creates=sum(one.creates for one in shown),
        updates=sum(one.updates for one in shown),
        calls=sum(one.calls for one in shown),
    )


def labels_of(shown: Iterable[Shown]) -> dict[str, str]:
    """Return the pairs of objects that a plan writes, by name."""
    return {one.mapping: one.label for one in shown}


def planned(changes: Iterable[Change], pairs: Sequence[ObjectMapping]) -> list[Planned]:
    by_name = {one.name: one for one in (*PAIRS, *pairs)}
    return [Planned(entry_of(one), _waits_for(one, by_name)) for one in changes]


def _line(one: Shown) -> Line:
    return Line(
        label=one.label,
        side=Side(one.side).label,
        creates=one.creates,
        updates=one.updates,
        calls=one.calls if one.side == Side.SALESFORCE else None,
        creates_link=_link(one, "create"),
        updates_link=_link(one, "update"),
    )


def _link(one: Shown, operation: str) -> str:
    return f"?{urlencode({'pair': one.mapping, 'side': one.side, 'operation': operation})}#changes"


def _waits_for(change: Change, pairs: Mapping[str, ObjectMapping]) -> str:
    """Name what a change refers to that is not there yet: the required references that it does not hold."""
    if not change.is_later:
        return ""
    pair = pairs.get(change.mapping)
    names = [_lower(label) for label in _missing(change, pair)] if pair else []
    return f"As soon as its {' and its '.join(names)} is there" if names else "As soon as what it refers to is there"


def _missing(change: Change, pair: ObjectMapping) -> list[str]:
    return [
        one.label
        for one in pair.fields
        if one.kind is Kind.REFERENCE and one.required and not _holds(change, one.paths(CoreSide(change.side)))
    ]


def _holds(change: Change, paths: Iterable[str]) -> bool:
    return any(each in change.fields for path in paths for each in path.split(ALTERNATIVE))


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]
