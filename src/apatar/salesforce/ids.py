"""Salesforce ids: 15 characters in which case matters, or 18 of which the last three spell that case."""

import re

from apatar.salesforce.errors import NotUnderstood

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")


def id18(text: str) -> str:
    """Return the 18-character form. Raises NotUnderstood on anything that is not an id."""
    if not _ID.fullmatch(text):
        raise NotUnderstood(f"{text!r} is not a Salesforce id. Match the record again.", code="NOT_AN_ID")
    return text if len(text) == 18 else text + checksum(text)


def checksum(id15: str) -> str:
    """Spell the case of each group of five characters as one letter; the first character is the lowest bit."""
    groups = (id15[start : start + 5] for start in (0, 5, 10))
    return "".join(
        _ALPHABET[sum(character.isupper() << place for place, character in enumerate(group))] for group in groups
    )
