"""Text that QuickBooks can store, and how it is escaped on the wire.

QuickBooks stores Windows-1252. What leaves here is pure ASCII: everything else is a numeric character reference, so
that no encoding on the way can change it. That QuickBooks reads `&#233;` as é is what every XML parser must do, but no
capture of a real one proves it: all captures found are plain ASCII.
"""

import re
import unicodedata

from anyascii import anyascii

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def to_windows_1252(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text as QuickBooks can store it, and which characters had to be replaced, each once, in order.

    Control characters are removed and not reported; composed and decomposed accents become one character first.
    """
    if text.isascii() and not _CONTROL.search(text):
        return text, ()
    composed = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    replaced = tuple(dict.fromkeys(char for char in composed if not _fits(char)))
    return "".join(char if _fits(char) else anyascii(char) for char in composed), replaced


def unrepresentable(text: str) -> str:
    """Return the characters of the text that QuickBooks can't store, each once."""
    if text.isascii() and not _CONTROL.search(text):
        return ""
    return "".join(dict.fromkeys(char for char in text if _CONTROL.match(char) or not _fits(char)))


def escape(text: str) -> str:
    """Return the text as the content of an element or of a double-quoted attribute, in pure ASCII."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    # A bare carriage return would be read as a line feed, by the rules of XML.
    return escaped.replace("\r", "&#13;").encode("ascii", "xmlcharrefreplace").decode("ascii")


def _fits(char: str) -> bool:
    try:
        char.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
