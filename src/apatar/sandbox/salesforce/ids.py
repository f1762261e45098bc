"""Record ids: fifteen case-sensitive characters, and the three more that make them safe to compare without case."""

import re

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_POD = "Ax0"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[A-Z0-5]{3})?")


def checksum(fifteen: str) -> str:
    """Return the three characters that tell which of the fifteen are capitals, five at a time."""
    return "".join(
        _SUFFIX[sum(1 << place for place, letter in enumerate(fifteen[start : start + 5]) if "A" <= letter <= "Z")]
        for start in (0, 5, 10)
    )


def make_id(prefix: str, number: int) -> str:
    """Return the 18-character id of the `number`th record made in this org; ids sort in the order they were made."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    fifteen = f"{prefix}{_POD}{digits:0>9}"
    return fifteen + checksum(fifteen)


def full_id(text: str) -> str | None:
    """Return the 18-character form of an id of either length, or None where it is no id (or its checksum is wrong)."""
    if not _SHAPE.fullmatch(text):
        return None
    whole = text[:15] + checksum(text[:15])
    return whole if text in (whole, text[:15]) else None
