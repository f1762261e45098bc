"""Which conflicts a person asked to see, and how they look: what waits record by record, then what was decided."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Min, Q, QuerySet

from apatar.runs.conflicts import NOTE
from apatar.runs.models import Conflict, Side
from apatar.sync.pairs import PAIRS

RECORDS_PER_PAGE, DECIDED_PER_PAGE = 15, 25
STATES: Mapping[str, str] = {"waiting": "Waiting", "decided": "Decided"}
PAIR_LABELS: Mapping[str, str] = {one.name: one.label for one in PAIRS}
LONGEST_NAME = 255
OF_A_RECORD = ("mapping", "salesforce_id", "quickbooks_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictChoice:
    """What a person asked to see; what is empty does not narrow it."""

    state: str = ""
    pair: str = ""
    field: str = ""
    name: str = ""

    @property
    def narrows(self) -> bool:
        return any((self.pair, self.field, self.name))

    def narrowed(self, rows: "QuerySet[Conflict]") -> "QuerySet[Conflict]":
        wanted = {"mapping": self.pair, "field": self.field, "name__icontains": self.name}
        return rows.filter(**{name: value for name, value in wanted.items() if value})


@dataclass(frozen=True, slots=True)
class End:
    """One side of a conflict: its value, by whom and when the record was changed, and whether it won."""

    row: Conflict
    side: Side

    @property
    def label(self) -> str:
        return self.side.label

    @property
    def whose(self) -> str:
        return whose(self.label)

    @property
    def value(self) -> str:
        return str(self.row.salesforce_value if self.side == Side.SALESFORCE else self.row.quickbooks_value)

    @property
    def by(self) -> str:
        return str(self.row.salesforce_by) if self.side == Side.SALESFORCE else ""

    @property
    def at(self) -> datetime | None:
        at: datetime | None = self.row.salesforce_at if self.side == Side.SALESFORCE else self.row.quickbooks_at
        return at

    @property
    def won(self) -> bool:
        return self.row.winner == self.side

    @property
    def lost(self) -> bool:
        return bool(self.row.winner) and not self.won


@dataclass(frozen=True, slots=True)
class Shown:
    """One conflict on the page; `alike` counts what waits of its kind, `seen` stands for what the page shows of it."""

    row: Conflict
    pair: str
    alike: int = 0

    @property
    def ends(self) -> tuple[End, End]:
        return End(self.row, Side.SALESFORCE), End(self.row, Side.QUICKBOOKS)

    @property
    def seen(self) -> str:
        return seen_of([self.row])

    @property
    def note(self) -> str:
        return str(self.row.values.get(NOTE, ""))

    @property
    def is_coming(self) -> bool:
        """Whether the next run carries out what somebody chose."""
        return bool(self.row.chosen) and self.row.resolved_at is None

    @property
    def chosen(self) -> str:
        """Whose value was chosen: “QuickBooks'”."""
        return whose(Side(self.row.chosen).label) if self.row.chosen else ""

    @property
    def loser(self) -> End | None:
        return next((one for one in self.ends if one.lost), None)


@dataclass(frozen=True, slots=True)
class Group:
    """What waits in one pair of records."""

    name: str
    pair: str
    conflicts: tuple[Shown, ...]

    @property
    def seen(self) -> str:
        return seen_of(one.row for one in self.conflicts)


def whose(label: str) -> str:
    return f"{label}'" if label.endswith("s") else f"{label}'s"


def choice_of(asked: Mapping[str, str]) -> ConflictChoice:
    """Read a choice out of a query string; what makes no sense there counts as not asked for."""
    texts = {name: asked.get(name, "").replace("\0", "").strip()[:LONGEST_NAME] for name in ("pair", "field", "name")}
    state = asked.get("state", "")
    return ConflictChoice(state=state if state in STATES else "", **texts)


def seen_of(rows: Iterable[Conflict]) -> str:
    """Return what stands for conflicts as a page shows them: it changes as soon as one of them gets another value."""
    shown = sorted((row.pk, row.found_at.isoformat()) for row in rows)
    return sha256(repr(shown).encode()).hexdigest()[:16]


def undecided() -> "QuerySet[Conflict]":
    rows: QuerySet[Conflict] = Conflict.objects.filter(winner="", resolved_at=None)
    return rows


def decided() -> "QuerySet[Conflict]":
    """Return what has a winner or settled itself; first what comes back with the next run, then the newest."""
    rows: QuerySet[Conflict] = Conflict.objects.exclude(winner="", resolved_at=None)
    return rows.order_by(F("resolved_at").desc(nulls_first=True), "-id")


def waiting_page(choice: ConflictChoice, number: str | None) -> "tuple[Page[dict[str, str]], list[Group]]":
    """Return one page of records with all that waits in them, by name."""
    rows = choice.narrowed(undecided()).order_by()
    records = rows.values(*OF_A_RECORD).annotate(called=Min("name")).order_by("called", *OF_A_RECORD)
    page = Paginator(records, RECORDS_PER_PAGE).get_page(number)
    return page, _groups(choice, list(page))


def decided_page(choice: ConflictChoice, number: str | None) -> "Page[Conflict]":
    return Paginator(choice.narrowed(decided()), DECIDED_PER_PAGE).get_page(number)


def _groups(choice: ConflictChoice, records: Sequence[Mapping[str, str]]) -> list[Group]:
    if not records:
        return []
    wanted = Q()
    for one in records:
        wanted |= Q(**{name: one[name] for name in OF_A_RECORD})
    found: dict[tuple[str, ...], list[Conflict]] = {}
    for row in choice.narrowed(undecided()).filter(wanted).order_by("label", "id"):
        found.setdefault(_record_of(row), []).append(row)
    alike = _alike()
    return [_group(found[key], alike) for one in records if (key := tuple(one[name] for name in OF_A_RECORD)) in found]


def _record_of(row: Conflict) -> tuple[str, ...]:
    return (row.mapping, row.salesforce_id, row.quickbooks_id)


def _group(rows: Sequence[Conflict], alike: Mapping[tuple[str, str], int]) -> Group:
    pair = pair_label(rows[0].mapping)
    shown = tuple(Shown(row, pair, alike.get((row.mapping, row.field), 0)) for row in rows)
    return Group(rows[0].name, pair, shown)


def _alike() -> dict[tuple[str, str], int]:
    kinds = undecided().order_by().values("mapping", "field").annotate(number=Count("id"))
    return {(one["mapping"], one["field"]): one["number"] for one in kinds}


def pair_label(name: str) -> str:
    return PAIR_LABELS.get(name, name)


def offered() -> tuple[dict[str, str], dict[str, str]]:
    """Return the pairs and the fields that have conflicts, with their labels, to narrow by."""
    kinds = list(Conflict.objects.order_by().values_list("mapping", "field").annotate(label=Min("label")))
    pairs = {mapping: pair_label(mapping) for mapping, _, _ in kinds}
    fields = {field: label for _, field, label in sorted(kinds, key=lambda kind: str(kind[2]))}
    return dict(sorted(pairs.items(), key=lambda one: one[1])), fields
