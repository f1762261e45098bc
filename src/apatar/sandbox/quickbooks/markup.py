"""Writing and reading XML the way QuickBooks prints it: one element per line, no indentation, ASCII."""

import re

from lxml import etree

Node = etree._Element  # noqa: SLF001 - lxml's only name for the class of a parsed element

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"})
_PLAIN = re.compile(r"[^&<>\"'\x80-\U0010ffff]*")


def escaped(text: str) -> str:
    """Escape as the captures do (quotes too); the form of other characters is unproven, a number reads everywhere."""
    if _PLAIN.fullmatch(text):
        return text
    return text.translate(_ENTITIES).encode("ascii", "xmlcharrefreplace").decode("ascii")


def leaf(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>\n"


def group(name: str, content: str) -> str:
    return f"<{name}>\n{content}</{name}>\n"


def printed(node: Node) -> str:
    """Print one parsed element and what it holds."""
    if len(node):
        return group(node.tag, content(node))
    return leaf(node.tag, node.text or "")


def content(node: Node) -> str:
    return "".join(printed(child) for child in node)


def parsed(body: str) -> Node:
    """Parse the inside of a Ret (as `content` prints it) below a nameless root."""
    return etree.fromstring(f"<Ret>{body}</Ret>", strict_parser())


def strict_parser() -> etree.XMLParser:
    """A parser that opens no file, asks no network and expands nothing."""
    return etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, huge_tree=True)


def element(name: str, text: str = "") -> Node:
    made = etree.Element(name)
    if text:
        made.text = text
    return made


def text_of(node: Node, path: str) -> str:
    return (node.findtext(path) or "").strip()
