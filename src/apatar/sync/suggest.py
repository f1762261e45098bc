"""Proposing which records of two sides could be the same one, for a person to decide: each with a reason and a score.

Nothing is compared with everything: records are met in blocks, those that share a word, a telephone number, an address.
A block that many share tells nothing and is passed over.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, product

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from apatar.sync.field import Field
from apatar.sync.known import NOTHING, Known
from apatar.sync.mapping import ObjectMapping
from apatar.sync.match_keys import match_key, record_keys
from apatar.sync.reading import folded, key_of, name_of, plain_value, reference
from apatar.sync.record import Record, Side
from apatar.sync.review import Ids
from apatar.sync.values import Kind

LEAST = 60
"""A score below this is not worth a person's time."""
MOST_FOR_ONE = 5
MOST_IN_BLOCK = 12
"""So many records of one side share a word, and it still tells something."""
LIKE = 85
"""From here on, names are alike enough to be a reason by themselves."""
CONTAINED = LIKE + 1.0
"""A name of several words that stands whole in the other one: a branch, a group, or the same."""
ABBREVIATED = 4
IDENTIFIERS = ("account_number", "code")
"""Fields of text by which people tell records apart, where a map has them."""
_LEGAL = frozenset({
    "inc", "incorporated", "llc", "ltd", "limited", "llp", "lp", "plc", "co", "company", "corp", "corporation", "gmbh",
    "ag", "sa", "srl", "bv", "pty", "the", "and",
})  # fmt: skip
_WEIGHTS = {"key": 0.95, "identifier": 0.9, "email": 0.85, "phone": 0.7, "address": 0.6}


@dataclass(frozen=True, slots=True)
class Traits:
    """What of a record tells that it is another one over there.

    `name` is as people write it, `keys` are the forms in which it is matched exactly, in its `scope`. The marks are
    (sort, value): a telephone number's digits, an address, an identifier; equal marks are a reason.
    """

    side: Side
    remote_id: str
    name: str
    keys: tuple[str, ...] = ()
    scope: str = ""
    key: str = ""
    marks: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two records that could be the same one: why, in words, and how sure that is, out of 100."""

    salesforce_id: str
    quickbooks_id: str
    score: int
    reason: str

    @property
    def ids(self) -> Ids:
        return self.salesforce_id, self.quickbooks_id


def traits_of(mapping: ObjectMapping, record: Record, known: Known = NOTHING) -> Traits:
    """Read what `propose` compares out of a record."""
    scope = mapping.field(mapping.scope) if mapping.scope else None
    return Traits(
        record.side,
        record.remote_id,
        name_of(mapping, record),
        record_keys(mapping, record) if mapping.matches_by_name else (),
        (reference(scope, record.side, record.fields, known) or "") if scope else "",
        key_of(mapping, record),
        tuple(_marks(mapping, record)),
    )


def propose(
    ours: Sequence[Traits],
    theirs: Sequence[Traits],
    *,
    only: Collection[tuple[Side, str]] | None = None,
    known_pairs: Collection[Ids] = (),
) -> list[Proposal]:
    """Return the likely pairs among records without a link, the likeliest first; of one record the best few.

    `ours` are all of Salesforce's, `theirs` all of QuickBooks'. With `only`, just the pairs that one of these records
    is part of. `known_pairs` were proposed before. What is matched exactly, one to one, is not proposed.
    """
    exact = _matched_exactly(ours, theirs, known_pairs)
    left = [one for one in ours if (one.side, one.remote_id) not in exact]
    right = [one for one in theirs if (one.side, one.remote_id) not in exact]
    met = {
        (one.remote_id, two.remote_id): (one, two)
        for one, two in _met(left, right)
        if only is None or (one.side, one.remote_id) in only or (two.side, two.remote_id) in only
    }
    judged = (_judge(one, two) for ids, (one, two) in met.items() if ids not in known_pairs)
    return _best(one for one in judged if one is not None)


def _marks(mapping: ObjectMapping, record: Record) -> Iterator[tuple[str, str, str]]:
    """Yield sort, label and folded value of what is told by the record's own fields."""
    for one in mapping.fields:
        if (sort := _sort_of(one)) is None:
            continue
        value = plain_value(mapping, record, one.name)
        text = "" if value is None else folded(one.kind, value)
        if sort == "address":
            text = _address(mapping, record, one, text)
        if len(text) >= _SHORTEST[sort]:
            yield sort, one.label, text[-10:] if sort == "phone" else text


_SHORTEST = {"phone": 7, "email": 5, "address": 8, "identifier": 2}
_SORTS = {Kind.PHONE: "phone", Kind.EMAIL: "email", Kind.STREET: "address"}


def _sort_of(one: Field) -> str | None:
    if not (one.salesforce and one.quickbooks):
        return None
    return "identifier" if one.name in IDENTIFIERS else _SORTS.get(one.kind)


def _address(mapping: ObjectMapping, record: Record, street: Field, text: str) -> str:
    """Return street and postal code; a street alone is in every city."""
    code = street.name.replace("_street", "_postal_code")
    found = plain_value(mapping, record, code) if any(one.name == code for one in mapping.fields) else None
    return f"{text} {folded(Kind.TEXT, found)}" if text and found else ""


def _matched_exactly(
    ours: Sequence[Traits], theirs: Sequence[Traits], set_apart: Collection[Ids]
) -> set[tuple[Side, str]]:
    """Return the records that names pair one to one, and that are therefore no question; a match key comes first."""
    keyed = {one.key for one in ours} & {two.key for two in theirs} - {""}
    by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in theirs:
        for key in one.keys:
            by_name[one.scope, key].add(one.remote_id)
    left = [one for one in ours if one.key not in keyed]
    found = {one.remote_id: {two for key in one.keys for two in by_name.get((one.scope, key), ())} for one in left}
    claims = Counter(two for twos in found.values() for two in twos)
    single = ((one, *twos) for one, twos in found.items() if len(twos) == 1)
    pairs = {(one, two) for one, two in single if claims[two] == 1} - set(set_apart)
    return {key for one, two in pairs for key in ((Side.SALESFORCE, one), (Side.QUICKBOOKS, two))}


def _met(ours: Sequence[Traits], theirs: Sequence[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Yield the pairs that share a block; a pair may come several times."""
    blocks: dict[tuple[str, str, str], list[Traits]] = defaultdict(list)
    for two in theirs:
        for block in _blocks(two):
            blocks[block].append(two)
    mine: dict[tuple[str, str, str], list[Traits]] = defaultdict(list)
    for one in ours:
        for block in _blocks(one):
            if block in blocks:
                mine[block].append(one)
    for block, some in mine.items():
        if len(some) <= MOST_IN_BLOCK and len(blocks[block]) <= MOST_IN_BLOCK:
            yield from product(some, blocks[block])


def _blocks(one: Traits) -> Iterator[tuple[str, str, str]]:
    for sort, _, value in one.marks:
        yield one.scope, sort, value
    if one.key:
        yield one.scope, "key", one.key
    words = sorted(set(_words(one.name)))
    if not words:
        return
    yield one.scope, "name", " ".join(words)
    yield one.scope, "begins", "".join(_words(one.name))[:ABBREVIATED]
    yield from ((one.scope, "word", word) for word in words)
    yield from ((one.scope, "words", " ".join(both)) for both in pairwise(_words(one.name)))


@lru_cache(maxsize=8192)
def _words(name: str) -> tuple[str, ...]:
    """Return the words that tell a name from others: without legal forms, unless nothing else is left."""
    words = tuple(match_key(name).split())
    return tuple(word for word in words if word not in _LEGAL) or words


def _judge(one: Traits, two: Traits) -> Proposal | None:
    likeness = _likeness(one.name, two.name)
    reasons, doubt = list(_reasons_of_name(one.name, two.name, likeness)), 1.0
    doubt *= 1 - (likeness / 100 * 0.95 if likeness >= LIKE else likeness / 100 * 0.3)
    theirs = {(sort, value) for sort, _, value in two.marks}
    same = [(sort, label) for sort, label, value in one.marks if (sort, value) in theirs]
    same += [("key", "match key")] if one.key and one.key == two.key else []
    for sort in dict.fromkeys(sort for sort, _ in same):
        doubt *= 1 - _WEIGHTS[sort]
    reasons += [f"the same {label[:1].lower()}{label[1:]}" for label in dict.fromkeys(label for _, label in same)]
    score = round(100 * (1 - doubt))
    if score < LEAST or not reasons:
        return None
    sentence = ", ".join(reasons)
    return Proposal(one.remote_id, two.remote_id, min(score, 99), sentence[:1].upper() + sentence[1:])


def _reasons_of_name(one: str, two: str, likeness: float) -> Iterator[str]:
    if match_key(one) == match_key(two):
        yield "the same name"
    elif sorted(_words(one)) == sorted(_words(two)):
        yield "the same name but for its order or its legal form"
    elif likeness >= LIKE:
        yield "a similar name"


def _likeness(one: str, two: str) -> float:
    """Return how alike two names are, out of 100: every word of the shorter must stand in the longer, or nearly so.

    Numbers must be equal: “Store 12” is not “Store 13”.
    """
    ours, theirs = _words(one), _words(two)
    if not ours or not theirs or _numbers(ours) != _numbers(theirs):
        return 0.0
    short, long = sorted((ours, theirs), key=len)
    if not _stand_in(short, long):
        return 0.0
    ratio = float(fuzz.token_sort_ratio(" ".join(ours), " ".join(theirs)))
    return max(ratio, CONTAINED) if len(short) > 1 else ratio


def _stand_in(short: Sequence[str], long: Sequence[str]) -> bool:
    """Tell whether each word has one of its own over there: a word counts for one."""
    free = list(long)
    for word in sorted(short, key=lambda one: one not in free):
        found = next((other for other in free if other == word), None) or next(
            (other for other in free if _is_nearly(word, other)), None
        )
        if found is None:
            return False
        free.remove(found)
    return True


def _numbers(words: Iterable[str]) -> list[str]:
    return sorted(word for word in words if any(map(str.isdigit, word)))


def _is_nearly(one: str, two: str) -> bool:
    """Tell whether two words are one, perhaps mistyped or shortened; what begins otherwise is another word."""
    if one == two:
        return True
    if one[0] != two[0] or min(len(one), len(two)) < ABBREVIATED:
        return False
    if one.startswith(two) or two.startswith(one):
        return True
    return OSA.distance(one, two) <= (1 if min(len(one), len(two)) < 8 else 2)


def _best(judged: Iterable[Proposal]) -> list[Proposal]:
    """Keep what is among the best of either of its records, in one order whatever the order they came in."""
    ordered = sorted(judged, key=lambda one: (-one.score, one.ids))
    counts: Counter[tuple[Side, str]] = Counter()
    kept = []
    for one in ordered:
        ends = ((Side.SALESFORCE, one.salesforce_id), (Side.QUICKBOOKS, one.quickbooks_id))
        if any(counts[end] < MOST_FOR_ONE for end in ends):
            kept.append(one)
            counts.update(ends)
    return kept
