"""From the text of a message set to requests whose structure is proven; any structural fault refuses the whole set."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from apatar.sandbox.quickbooks.errors import MessageSetRefused
from apatar.sandbox.quickbooks.grammar import ONLY_NAMED, VERSIONS, message
from apatar.sandbox.quickbooks.markup import Node, strict_parser
from apatar.sandbox.quickbooks.notation import Choice, Element, Particle, Version, version_of

_DECLARATION = re.compile(r"<\?xml\s[^>]*\?>")
_DECLARED = re.compile(r"""version\s*=\s*["']([\d.]+)["']""")
_ENVELOPE = {"onError", "responseData", "newMessageSetID", "oldMessageSetID"}
_ON_ERROR = {"continueOnError", "rollbackOnError", "stopOnError"}
_RESPONSE_DATA = {"includeAll", "includeNone"}
_ATTRIBUTE_VALUES = {
    "metaData": {"NoMetaData", "MetaDataOnly", "MetaDataAndResponseData"},
    "iterator": {"Start", "Continue", "Stop"},
}

# A custom field is emptied by an empty value; every other required element has to say something.
_MAY_BE_SILENT = {"DataExtValue", "ContactValue", "Note"}

Leaf = tuple[Node, Element]


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `leaves` pairs every element that holds a value with what the grammar says of it."""

    name: str
    node: Node
    leaves: Sequence[Leaf]
    supported: bool = True

    def attribute(self, name: str) -> str:
        return self.node.get(name) or ""


@dataclass(frozen=True, slots=True)
class MessageSet:
    """A set as QuickBooks accepts it; the two IDs are empty where the set carries none."""

    version: Version
    on_error: str
    with_data: bool
    new_id: str
    old_id: str
    requests: Sequence[Request]


def read_message_set(text: str, newest: Version) -> MessageSet:
    """Check the structure of a whole set for the version it declares; raises MessageSetRefused."""
    root = _parse(text)
    version = _declared_version(root, newest)
    envelope = _envelope(root)
    requests = [_request(node, version) for node in envelope if isinstance(node.tag, str)]
    if not requests and not (envelope.get("newMessageSetID") or envelope.get("oldMessageSetID")):
        raise MessageSetRefused("the set holds no request")
    return MessageSet(
        version=version,
        on_error=envelope.get("onError") or "",
        with_data=envelope.get("responseData") != "includeNone",
        new_id=envelope.get("newMessageSetID") or "",
        old_id=envelope.get("oldMessageSetID") or "",
        requests=requests,
    )


def _parse(text: str) -> Node:
    # The text is already characters, so an encoding that it names no longer means anything (a .NET string, QBWC 3.3).
    bare = text.removeprefix("\ufeff")
    declaration = _DECLARATION.match(bare)
    bare = bare[declaration.end() :] if declaration else bare
    if "<!DOCTYPE" in bare or "<!ENTITY" in bare:
        raise MessageSetRefused("a document type")
    try:
        return etree.fromstring(bare.encode("utf-8", "surrogatepass"), strict_parser())
    except (etree.XMLSyntaxError, UnicodeError, ValueError) as error:
        raise MessageSetRefused(str(error)) from error


def _declared_version(root: Node, newest: Version) -> Version:
    for node in root.itersiblings(preceding=True):
        declared = _DECLARED.search(node.text or "")
        if (
            getattr(node, "target", "") == "qbxml"
            and declared
            and declared[1] in VERSIONS
            and version_of(declared[1]) <= newest
        ):
            return version_of(declared[1])
    raise MessageSetRefused("no <?qbxml version?> that this QuickBooks supports")


def _envelope(root: Node) -> Node:
    if root.tag != "QBXML" or root.attrib or len(root) != 1 or root[0].tag != "QBXMLMsgsRq":
        raise MessageSetRefused("not <QBXML><QBXMLMsgsRq>")
    envelope = root[0]
    if set(envelope.attrib) - _ENVELOPE or envelope.get("onError") not in _ON_ERROR:
        raise MessageSetRefused("the attributes of QBXMLMsgsRq")
    if envelope.get("responseData", "includeAll") not in _RESPONSE_DATA:
        raise MessageSetRefused("responseData")
    _refuse_loose_text(root)
    _refuse_loose_text(envelope)
    return envelope


def _request(node: Node, version: Version) -> Request:
    name = node.tag.removesuffix("Rq")
    if name == node.tag:
        raise MessageSetRefused(node.tag)
    if name in ONLY_NAMED:
        return Request(name, node, (), supported=False)
    known = message(name)
    if known is None or known.since > version or set(node.attrib) - known.attributes:
        raise MessageSetRefused(f"{node.tag} or its attributes")
    for attribute, values in _ATTRIBUTE_VALUES.items():
        if node.get(attribute) is not None and node.get(attribute) not in values:
            raise MessageSetRefused(f"{attribute} of {node.tag}")
    leaves: list[Leaf] = []
    _check_inside(node, known.content, version, leaves)
    return Request(name, node, leaves)


def _check_inside(parent: Node, particles: Sequence[Particle], version: Version, leaves: list[Leaf]) -> None:
    _refuse_loose_text(parent)
    nodes = [node for node in parent if isinstance(node.tag, str)]
    position = _sequence(particles, nodes, 0, version, leaves)
    if position < len(nodes):
        raise MessageSetRefused(f"{nodes[position].tag} in {parent.tag}")


def _refuse_loose_text(node: Node) -> None:
    if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
        raise MessageSetRefused(f"text in {node.tag}")


def _sequence(particles: Sequence[Particle], nodes: list[Node], at: int, version: Version, leaves: list[Leaf]) -> int:
    """Match the particles in order from `at`; return the position of the first node that nothing matched."""
    for particle in particles:
        if isinstance(particle, Choice):
            at = _choice(particle, nodes, at, version, leaves)
        elif particle.since <= version:
            at = _element(particle, nodes, at, version, leaves)
    return at


def _choice(choice: Choice, nodes: list[Node], at: int, version: Version, leaves: list[Leaf]) -> int:
    start = at
    while (chosen := _opened(choice, nodes, at, version)) is not None:
        at = _sequence(chosen, nodes, at, version, leaves)
        if not choice.repeats:
            break
    if choice.required and at == start:
        raise MessageSetRefused("one of several elements is missing")
    return at


def _opened(choice: Choice, nodes: list[Node], at: int, version: Version) -> Sequence[Particle] | None:
    """Return the alternative that the next node begins."""
    if at == len(nodes):
        return None
    return next((found for found in choice.alternatives if nodes[at].tag in _openers(found, version)), None)


def _openers(particles: Sequence[Particle], version: Version) -> set[str]:
    """Name the elements that a sequence can begin with."""
    found: set[str] = set()
    for particle in particles:
        if isinstance(particle, Choice):
            for alternative in particle.alternatives:
                found |= _openers(alternative, version)
            if particle.required:
                break
        elif particle.since <= version:
            found.add(particle.name)
            if particle.least:
                break
    return found


def _element(spec: Element, nodes: list[Node], at: int, version: Version, leaves: list[Leaf]) -> int:
    start = at
    while at - start < spec.most and at < len(nodes) and nodes[at].tag == spec.name:
        _one(spec, nodes[at], version, leaves)
        at += 1
    if at - start < spec.least:
        raise MessageSetRefused(f"{spec.name} is missing")
    return at


def _one(spec: Element, node: Node, version: Version, leaves: list[Leaf]) -> None:
    # A macro names a new record for later requests; it is taken, but nothing here looks names up (this file's limit).
    if set(node.attrib) - ({"defMacro"} if spec.name.endswith("Add") else set()):
        raise MessageSetRefused(f"attributes of {spec.name}")
    if spec.kind in {"group", "ref"}:
        _check_inside(node, spec.inside, version, leaves)
        return
    if len(node):
        raise MessageSetRefused(f"elements in {spec.name}")
    value = (node.text or "").strip()
    if spec.least and not value and spec.name not in _MAY_BE_SILENT:
        raise MessageSetRefused(f"{spec.name} is empty")
    # Whether a wrong enum value is 3110 or refuses the set is unproven (QBWC section 8); the harsher reading is taken.
    if spec.kind == "enum" and value and value not in spec.values:
        raise MessageSetRefused(f"{value} in {spec.name}")
    leaves.append((node, spec))
