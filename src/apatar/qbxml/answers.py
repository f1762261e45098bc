"""Answers of QuickBooks, read leniently: a newer QuickBooks may say more than the grammar knows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from apatar.qbxml.errors import AnswerError
from apatar.qbxml.grammar import elements_of, record
from apatar.qbxml.grammar.elements import Particle
from apatar.qbxml.status import NO_CODE, Status
from apatar.qbxml.wallclock import WallClock

FieldValue: TypeAlias = "str | list[str] | list[dict[str, FieldValue]]"
FieldMap: TypeAlias = dict[str, FieldValue]

_DECLARATION = re.compile(rb"<\?xml[^>]*\?>")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
# Encodings in which markup is plain ASCII, so that a doctype can't hide from the search for it.
_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252"})
_ILLEGAL = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
_BOM = b"\xef\xbb\xbf"
_DELETED = ("ListDelType", "TxnDelType", "TxnVoidType")
_LINES = ("LineRet", "LineGroupRet")


@dataclass(frozen=True, slots=True)
class Ret:
    """One record of an answer. `type` is the object without `Ret`.

    Most records of most answers are unchanged, so only what tells that is read at once, and the rest when it is asked
    for: cheap attributes here, everything by `fields(ret.xml)`.
    """

    type: str
    remote_id: str | None
    edit_sequence: str | None
    time_modified: str | None
    element: etree._Element = field(repr=False, compare=False)

    def _text(self, tag: str) -> str | None:
        # Matched in C, child by child: most records have many children, and only a few are asked for.
        child = next(self.element.iterchildren(tag), None)
        return None if child is None else child.text

    @property
    def time_created(self) -> str | None:
        return self._text("TimeCreated")

    @property
    def name(self) -> str | None:
        return self._text("Name")

    @property
    def full_name(self) -> str | None:
        return self._text("FullName")

    @property
    def is_active(self) -> bool | None:
        active = self._text("IsActive")
        return None if active is None else active in ("true", "1")

    @property
    def external_guid(self) -> str | None:
        return self._text("ExternalGUID")

    @property
    def ref_number(self) -> str | None:
        return self._text("RefNumber")

    @property
    def deleted_type(self) -> str | None:
        """The object that a deleted row was."""
        return self._text("ListDelType") or self._text("TxnDelType") or self._text("TxnVoidType")

    @property
    def time_deleted(self) -> str | None:
        return self._text("TimeDeleted")

    @property
    def sublevel(self) -> str | None:
        """ "0" for what stands below nothing."""
        return self._text("Sublevel")

    @property
    def parent(self) -> str | None:
        """What a job or sub-item stands below: its full name, else its id."""
        if next(self.element.iterchildren("ParentRef"), None) is None:
            return None
        return self.element.findtext("ParentRef/FullName") or self.element.findtext("ParentRef/ListID")

    @property
    def xml(self) -> bytes:
        """The whole element, compact, in ASCII."""
        return etree.tostring(self.element, with_tail=False)

    @property
    def modified(self) -> WallClock | None:
        return WallClock.read(self.time_modified)

    @property
    def created(self) -> WallClock | None:
        return WallClock.read(self.time_created)

    @property
    def deleted(self) -> WallClock | None:
        return WallClock.read(self.time_deleted)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one request. `message` is its name without `Rs`.

    `recovery` names a record that was written although it can't be returned (ErrorRecovery, since 11.0).
    """

    request_id: str | None
    message: str
    status: Status
    iterator_id: str | None
    iterator_remaining: int | None
    ret_count: int | None
    rets: tuple[Ret, ...]
    recovery: Ret | None = None


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """The answers to one message set, in its order."""

    message_set_status: int | None
    new_message_set_id: str | None
    answers: tuple[Answer, ...]

    @property
    def nothing_stored(self) -> bool:
        """Whether QuickBooks, asked for the outcome of a message set, says that it knows none (600, 9002)."""
        return self.message_set_status in (600, 9002)

    def by_request_id(self) -> dict[str, Answer]:
        return {answer.request_id: answer for answer in self.answers if answer.request_id is not None}


@dataclass(frozen=True, slots=True)
class CustomField:
    """One DataExtRet. `owner_id` is "0" for a field that people see."""

    owner_id: str
    name: str
    value: str


def ret_of(element: etree._Element) -> Ret:
    """Return an element inside a record, such as ContactsRet, as a record of its own."""
    return _ret(element)


def read_answers(text: str | bytes) -> AnswerSet:
    """Read what receiveResponseXML brought; raise AnswerError with a plain sentence."""
    root = _parsed(_as_bytes(text))
    if root.tag != "QBXML":
        raise AnswerError("This is not an answer of QuickBooks: it doesn't start with QBXML.")
    body = root.find("QBXMLMsgsRs")
    if body is None:
        raise AnswerError("The answer of QuickBooks holds no answers (QBXMLMsgsRs is missing).")
    return AnswerSet(
        message_set_status=_int(body.get("messageSetStatusCode")),
        new_message_set_id=body.get("newMessageSetID"),
        answers=tuple(_answer(element) for element in body.iterchildren(etree.Element)),
    )


def fields(ret_xml: bytes) -> FieldMap:
    """Return all fields of a record by dotted paths, as printed.

    Whatever can repeat is always a list: of text, or of such maps again (`InvoiceLineRet`). Custom fields become
    `DataExt.<name>`. Elements that the grammar doesn't know are kept; they are a list when they stand twice.
    """
    root = _parsed(ret_xml)
    known = record(root.tag.removesuffix("Ret"))
    found: FieldMap = {}
    _collect(root, known.children if known else (), "", found)
    return found


def lines(ret_xml: bytes) -> tuple[tuple[str, FieldMap], ...]:
    """Return a document's lines and group lines in their order, each with its element's name."""
    return fields_and_lines(ret_xml)[1]


def fields_and_lines(ret_xml: bytes) -> tuple[FieldMap, tuple[tuple[str, FieldMap], ...]]:
    """Return all fields of a record but its lines, and its lines, in one reading."""
    root = _parsed(ret_xml)
    known = record(root.tag.removesuffix("Ret"))
    particles = known.children if known else ()
    elements = elements_of(particles)
    found: list[tuple[str, FieldMap]] = []
    for child in [one for one in root if one.tag.endswith(_LINES)]:
        line: FieldMap = {}
        element = elements.get(child.tag)
        _collect(child, element.children if element else (), "", line)
        found.append((child.tag, line))
        root.remove(child)
    rest: FieldMap = {}
    _collect(root, particles, "", rest)
    return rest, tuple(found)


def with_custom_field(ret_xml: str, name: str, value: str) -> str:
    """Return a record's text with one public custom field set, or taken away where the value is empty."""
    root = _parsed(ret_xml.encode())
    for one in list(root.iterchildren("DataExtRet")):
        if one.findtext("OwnerID") == "0" and one.findtext("DataExtName") == name:
            root.remove(one)
    if value:
        made = etree.SubElement(root, "DataExtRet")
        for tag, text in (
            ("OwnerID", "0"),
            ("DataExtName", name),
            ("DataExtType", "STR255TYPE"),
            ("DataExtValue", value),
        ):
            etree.SubElement(made, tag).text = text
    return etree.tostring(root, with_tail=False).decode("ascii")


def custom_fields(ret_xml: bytes) -> tuple[CustomField, ...]:
    """Return a record's own custom fields with their owners."""
    found = _parsed(ret_xml).iterchildren("DataExtRet")
    return tuple(
        CustomField(one.findtext("OwnerID", ""), one.findtext("DataExtName", ""), one.findtext("DataExtValue", ""))
        for one in found
    )


def _as_bytes(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    try:
        data = text.lstrip("\ufeff \t\r\n").encode("utf-8")
    except UnicodeEncodeError:
        raise AnswerError("The answer of QuickBooks holds characters that are none. Run again.") from None
    # Its declaration speaks of bytes that are gone, so it mustn't speak again.
    declaration = _DECLARATION.match(data)
    return data[declaration.end() :] if declaration else data


def _parsed(data: bytes) -> etree._Element:
    data = data.removeprefix(_BOM).lstrip()
    if not data:
        raise AnswerError("The answer of QuickBooks is empty.")
    try:
        return _root(data)
    except etree.XMLSyntaxError:
        return _root_without_control_characters(data)


def _root_without_control_characters(data: bytes) -> etree._Element:
    """Try once more: one such character in one memo must not hold up a whole page of records."""
    try:
        return _root(_ILLEGAL.sub(b"", data))
    except etree.XMLSyntaxError as error:
        raise AnswerError(f"The answer of QuickBooks is damaged (line {error.lineno}). Run again.") from None


def _root(data: bytes) -> etree._Element:
    # Here, and not earlier: taking control characters out could uncover one.
    if b"<!DOCTYPE" in data:
        raise AnswerError("The answer holds a document type declaration, which QuickBooks never sends; it was refused.")
    declared = _DECLARED.match(data)
    encoding = declared[1].decode("ascii").lower() if declared else "utf-8"
    if encoding not in _ENCODINGS:
        raise AnswerError(f"The answer is in an encoding that QuickBooks doesn't use ({encoding}); it was refused.")
    parser = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    return etree.fromstring(data, parser)


def _answer(element: etree._Element) -> Answer:
    rets = tuple(_ret(child) for child in element if child.tag.endswith("Ret"))
    if not rets and any(element.find(name) is not None for name in _DELETED):
        rets = (_ret(element),)
    recovery = element.find("ErrorRecovery")
    return Answer(
        request_id=element.get("requestID"),
        message=element.tag.removesuffix("Rs"),
        status=_status(element),
        iterator_id=element.get("iteratorID"),
        iterator_remaining=_int(element.get("iteratorRemainingCount")),
        ret_count=_int(element.get("retCount")),
        rets=rets,
        recovery=None if recovery is None else _ret(recovery),
    )


def _status(element: etree._Element) -> Status:
    code = _int(element.get("statusCode"))
    return Status(
        code=NO_CODE if code is None else code,
        severity=element.get("statusSeverity", ""),
        message=element.get("statusMessage", ""),
    )


def _ret(element: etree._Element) -> Ret:
    # The hot path: QuickBooks prints the id, the times and the edit sequence first, and nothing behind them is read.
    remote_id = edit_sequence = time_modified = None
    for child in element:
        tag = child.tag
        if tag in ("ListID", "TxnID"):
            remote_id = remote_id or child.text
        elif tag == "TimeModified":
            time_modified = child.text
        elif tag == "EditSequence":
            edit_sequence = child.text
            if remote_id and time_modified:
                break
    return Ret(
        element.tag.removesuffix("Ret").removesuffix("Rs"), remote_id or None, edit_sequence, time_modified, element
    )


def _collect(parent: etree._Element, particles: tuple[Particle, ...], prefix: str, found: FieldMap) -> None:
    elements = elements_of(particles)
    for tag, children in _by_tag(parent):
        if tag == "DataExtRet":
            found.update(_custom(children, prefix))
            continue
        element = elements.get(tag)
        under = element.children if element else ()
        if len(children) > 1 or (element is not None and element.repeats):
            found[f"{prefix}{tag}"] = _list(children, under)
        elif len(children[0]):
            _collect(children[0], under, f"{prefix}{tag}.", found)
        elif not under:
            found[f"{prefix}{tag}"] = children[0].text or ""


def _by_tag(parent: etree._Element) -> Iterator[tuple[str, list[etree._Element]]]:
    groups: dict[str, list[etree._Element]] = {}
    for child in parent:
        groups.setdefault(child.tag, []).append(child)
    return iter(groups.items())


def _list(children: list[etree._Element], under: tuple[Particle, ...]) -> FieldValue:
    if not under and not any(len(child) for child in children):
        return [child.text or "" for child in children]
    maps: list[FieldMap] = []
    for child in children:
        one: FieldMap = {}
        _collect(child, under, "", one)
        maps.append(one)
    return maps


def _custom(children: list[etree._Element], prefix: str) -> Mapping[str, str]:
    """Name custom fields by their names; a public one wins over a program's private one of the same name."""
    public_last = sorted(children, key=lambda one: one.findtext("OwnerID") == "0")
    return {
        f"{prefix}DataExt.{one.findtext('DataExtName', '')}": one.findtext("DataExtValue", "") for one in public_last
    }


def _int(text: str | None) -> int | None:
    try:
        return None if text is None else int(text)
    except ValueError:
        return None
