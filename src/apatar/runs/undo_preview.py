"""What would become of each change of a run that is taken back: page by page, and counted a part at a time.

To know what becomes of a change its record has to be read, which takes a quarter of a millisecond. So a page reads the
records of its own changes only, and each look counts on from where the last one ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.cache import cache
from django.db.models import QuerySet

from apatar.connections.map import settings_of
from apatar.runs import undoing
from apatar.runs.choosing import Chosen, changes_of
from apatar.runs.models import Change, ChangeState, Record, Run, Side
from apatar.runs.outcomes import mapping_named
from apatar.runs.remote import change_of, record_of, unpacked
from apatar.runs.showing import VERBS, Value, values_between
from apatar.sync import record, undo
from apatar.sync.undo import Verdict

AT_ONCE = 500
"""Changes that one look counts: well below half a second on a slow machine."""
KEPT_FOR = 3600
TAKEN_BACK = "taken-back"
WORDS: Mapping[str, tuple[str, str]] = {
    "restored": ("Earlier values come back", "good"),
    "removed": ("Deleted again", "good"),
    "partly": ("Comes back in part", "wait"),
    "edited-since": ("Edited since: stays", "wait"),
    "gone": ("Not there any more", ""),
    "stays": ("Cannot be taken back", ""),
    TAKEN_BACK: ("Taken back", "good"),
}
"""What a verdict is called on pages, and its tone."""
POSSIBLE = ("restored", "removed", "partly")

ObjectKey = tuple[str, str, str]
"""Side, object type and remote id."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The changes counted so far, by verdict; `total` of them there are."""

    total: int
    counted: int = 0
    verdicts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        return self.counted >= self.total

    @property
    def possible(self) -> int:
        return sum(len(self.verdicts.get(one, ())) for one in POSSIBLE)

    @property
    def lines(self) -> list[tuple[str, str, int]]:
        """Verdict, its words and its number, without those that nothing met with."""
        return [(slug, words, len(ids)) for slug, (words, _) in WORDS.items() if (ids := self.verdicts.get(slug))]


@dataclass(frozen=True, slots=True)
class Shown:
    """One change and what would become of it; `values` stand now and then, of what was edited: as written, and now."""

    change: Change
    title: str
    verdict: str
    words: str
    tone: str
    sentence: str
    values: tuple[Value, ...]
    edited: tuple[Value, ...]

    @property
    def is_possible(self) -> bool:
        return self.verdict in POSSIBLE


def takeable(run: Run, choice: Chosen) -> "QuerySet[Change]":
    """Return the changes that a run wrote, those that were taken back included, newest first."""
    written = changes_of(run, choice).filter(state__in=[ChangeState.CONFIRMED, ChangeState.UNDONE])
    return written.exclude(source_id="").order_by("-id")


def tally(run: Run) -> Tally:
    """Return what is counted of a run, and count on. What was counted holds until a run comes."""
    key = _key(run)
    before: Tally = cache.get(key) or Tally(takeable(run, Chosen()).count())
    if before.is_whole:
        return before
    lowest = min((min(ids) for ids in before.verdicts.values()), default=None)
    rest = takeable(run, Chosen())
    rows = list((rest if lowest is None else rest.filter(pk__lt=lowest))[:AT_ONCE])
    counted = {slug: list(ids) for slug, ids in before.verdicts.items()}
    for pk, slug in _verdicts(run, rows):
        counted.setdefault(slug, []).append(pk)
    after = Tally(
        # Rows may be fewer than were expected: then there is nothing left to count, too.
        total=before.total if len(rows) == AT_ONCE else before.counted + len(rows),
        counted=before.counted + len(rows),
        verdicts={slug: tuple(ids) for slug, ids in counted.items()},
    )
    cache.set(key, after, KEPT_FOR)
    return after


def _key(run: Run) -> str:
    last = Run.objects.filter(connection=run.connection).order_by("-number").first() or run
    return f"undo-{run.pk}-{last.pk}-{last.phase}-{last.touched_at.timestamp()}"


def _verdicts(run: Run, rows: Sequence[Change]) -> Iterable[tuple[int, str]]:
    """Say what becomes of each; this depends on the record that was written alone, not on its counterpart."""
    already = _taken_back(run, rows)
    settings = settings_of(run.connection, run.direction)
    for name in dict.fromkeys(one.mapping for one in rows):
        mapping = mapping_named(run, name)
        mine = [one for one in rows if one.mapping == name]
        stored = _stored(run, [one for one in mine if one.pk not in already])
        for one in mine:
            row = stored.get(_object(one))
            current = record_of(row, mapping) if row else None
            done = undo.take_back(mapping, change_of(one), current, None, settings)
            yield one.pk, TAKEN_BACK if one.pk in already else slug_of(done.verdict)


def _stored(run: Run, changes: Sequence[Change]) -> dict[ObjectKey, Record]:
    found: dict[ObjectKey, Record] = {}
    for side in Side:
        ids = {one.remote_id for one in changes if one.side == side}
        types = {one.object_type for one in changes if one.side == side}
        rows = Record.objects.filter(connection=run.connection, side=side, object_type__in=types, remote_id__in=ids)
        found.update({_object(row): row for row in rows})
    return found


def _taken_back(run: Run, rows: Sequence[Change]) -> set[int]:
    """Return those of the changes that a run has taken back: it deleted the record, or wrote it again.

    What such a run wrote and another one took back stands again as the first one wrote it.
    """
    again = Change.objects.filter(
        run__undoes=run, run__undone_by=None, state=ChangeState.CONFIRMED, remote_id__in=[one.remote_id for one in rows]
    ).order_by()
    paths: dict[ObjectKey, set[str]] = {}
    for one in again.only("side", "object_type", "remote_id", "fields"):
        paths.setdefault(_object(one), set()).update(one.fields)
    return {
        one.pk
        for one in rows
        if one.state == ChangeState.UNDONE or not paths.get(_object(one), set()).isdisjoint(one.fields)
    }


def _object(row: Change | Record) -> ObjectKey:
    return (row.side, row.object_type, row.remote_id)


def slug_of(verdict: Verdict) -> str:
    return verdict.value.replace(" ", "-")


def shown(run: Run, rows: Sequence[Change], *, now: datetime) -> list[Shown]:
    """Return how the changes of one page look."""
    already = _taken_back(run, rows)
    wanted = [one.pk for one in rows if one.pk not in already]
    entries = {one.change.pk: one for one in undoing.preview(run, only=wanted, now=now)} if wanted else {}
    return [_shown(run, one, entries.get(one.pk)) for one in rows]


def _shown(run: Run, change: Change, entry: undoing.Entry | None) -> Shown:
    slug = slug_of(entry.undoing.verdict) if entry else TAKEN_BACK
    words, tone = WORDS[slug]
    return Shown(
        change=change,
        title=f"{VERBS.get(change.operation, change.operation.capitalize())} · {change.object_type} in "
        f"{Side(change.side).label}",
        verdict=slug,
        words=words,
        tone=tone,
        sentence=entry.undoing.sentence if entry else "",
        values=_back(entry) if entry else (),
        edited=_edited(run, entry) if entry else (),
    )


def _back(entry: undoing.Entry) -> tuple[Value, ...]:
    """What stands now, and what would stand."""
    change = entry.undoing.change
    if change is None:
        return ()
    return values_between(entry.change.mapping, entry.change.side, change.before, change.fields)


def _edited(run: Run, entry: undoing.Entry) -> tuple[Value, ...]:
    """What the run wrote, and what somebody made of it."""
    if entry.current is None or entry.current.deleted:
        return ()
    paths = undo.edited(mapping_named(run, entry.change.mapping), change_of(entry.change), entry.current)
    wrote = unpacked(entry.change.fields)
    now: Mapping[str, record.RemoteValue] = {path: entry.current.fields.get(path) for path in paths}
    return values_between(entry.change.mapping, entry.change.side, wrote, now)
