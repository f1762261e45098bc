"""The keys under which names are compared: two names that people would call the same share one."""

import re
import unicodedata
from functools import lru_cache

from apatar.sync.fitting import NAME_LENGTH, NamePolicy, Spell, fit_name
from apatar.sync.mapping import ObjectMapping
from apatar.sync.reading import name_of
from apatar.sync.record import Record, Side
from apatar.sync.values import line

_NOT_WORD = re.compile(r"[\W_]+")


def match_key(name: str) -> str:
    """Return the form in which names are equal: case, accents, spacing and punctuation folded; legal forms are kept."""
    text = name.casefold()
    if not text.isascii():
        text = _without_accents(text)
    return _NOT_WORD.sub(" ", text).strip()


def match_keys(
    name: str,
    *,
    name_policy: NamePolicy = NamePolicy.END,
    salt: str = "",
    spell: Spell | None = None,
    length: int = NAME_LENGTH,
) -> tuple[str, ...]:
    """Return the keys of a Salesforce name: in full, and as it is or would be spelled and cut in QuickBooks.

    The cut at the end is always among them: it is how people shorten by hand. Names that are shorter in QuickBooks than
    those of customers, such as items', are cut there by no other policy.
    """
    name = line(name) or ""
    full = match_key(name)
    if not full:
        return ()
    fits = spell(name) if spell else name
    if fits == name and len(name) <= length and ":" not in name:
        return (full,)
    policy = name_policy if length == NAME_LENGTH else NamePolicy.END
    forms = (fits, fit_name(fits, length=length), fit_name(fits, length=length, policy=policy, salt=salt))
    return tuple(dict.fromkeys(key for key in (full, *map(match_key, forms)) if key))


def record_keys(
    mapping: ObjectMapping, record: Record, *, name_policy: NamePolicy = NamePolicy.END, spell: Spell | None = None
) -> tuple[str, ...]:
    """Return the keys under which a record is to be indexed, so that candidates are found by one look-up each."""
    name = name_of(mapping, record)
    return name_keys(name, record, name_policy=name_policy, spell=spell, length=mapping.name_length)


def name_keys(
    name: str,
    record: Record,
    *,
    name_policy: NamePolicy = NamePolicy.END,
    spell: Spell | None = None,
    length: int = NAME_LENGTH,
) -> tuple[str, ...]:
    """Return the keys of a record whose name is known already."""
    if record.side is Side.SALESFORCE:
        return match_keys(name, name_policy=name_policy, salt=record.remote_id, spell=spell, length=length)
    key = match_key(name)
    return (key,) if key else ()


@lru_cache(maxsize=4096)
def _without_accents(text: str) -> str:
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(letter for letter in spread if not unicodedata.combining(letter))
