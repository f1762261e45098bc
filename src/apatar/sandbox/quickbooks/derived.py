"""What QuickBooks adds to a record by itself: address blocks, contact labels, the default ship-to address, notes."""

from collections.abc import Iterable

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.kinds import Kind
from apatar.sandbox.quickbooks.markup import Node, element, text_of

Fields = dict[str, list[Node]]
"""A Ret in memory: element name → its elements, in the order they were given."""

# Labels and their order as in the captures; each stands for one plain field of the record.
_LABELS = {"Phone": "Main Phone", "AltPhone": "Alt. Phone", "Fax": "Fax", "Email": "Main Email", "Cc": "CC Email"}
_BLOCKS = {
    "BillAddress": "BillAddressBlock",
    "ShipAddress": "ShipAddressBlock",
    "VendorAddress": "VendorAddressBlock",
    "OtherNameAddress": "OtherNameAddressBlock",
}
_LINES = ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")


def derive(books: Books, kind: Kind, fields: Fields, changed: Iterable[str]) -> None:
    """Bring the derived elements up to date after the elements in `changed` were written."""
    touched = set(changed)
    for address in touched & set(_BLOCKS):
        if _BLOCKS[address] in kind.order:
            put(fields, _BLOCKS[address], [_block(node) for node in fields.get(address, [])])
    if kind.name == "Customer" and "ShipAddress" in touched and "ShipToAddress" not in touched:
        _keep_default_ship_to(fields)
    if "AdditionalContactRef" in kind.order and touched & {*_LABELS, "AdditionalContactRef"}:
        _label_contacts(fields)
    if "Notes" in touched and "AdditionalNotesRet" in kind.order:
        _note_zero(books, fields)


def put(fields: Fields, name: str, nodes: list[Node]) -> None:
    """Replace an element; an empty list takes it away."""
    if nodes:
        fields[name] = nodes
    else:
        fields.pop(name, None)


def _block(address: Node) -> Node:
    """Print an address as lines; with a comma as in the captured ShipAddressBlock."""
    city, state, postal = (text_of(address, name) for name in ("City", "State", "PostalCode"))
    place = " ".join(part for part in (state, postal) if part)
    last = ", ".join(part for part in (city, place) if part)
    lines = [*(text_of(address, name) for name in _LINES), last, text_of(address, "Country")]
    block = element("Block")
    for name, line in zip(_LINES, [line for line in lines if line], strict=False):
        block.append(element(name, line))
    return block


def _keep_default_ship_to(fields: Fields) -> None:
    """The ship address is the default of the ship-to list ("Ship To 1" in the captures)."""
    others = [node for node in fields.get("ShipToAddress", []) if node.findtext("DefaultShipTo") != "true"]
    known = [node for node in fields.get("ShipToAddress", []) if node.findtext("DefaultShipTo") == "true"]
    name = text_of(known[0], "Name") if known else "Ship To 1"
    put(fields, "ShipToAddress", [*(_ship_to(name, node) for node in fields.get("ShipAddress", [])), *others])


def _ship_to(name: str, address: Node) -> Node:
    made = element("ShipToAddress")
    made.append(element("Name", name))
    for line in address:
        made.append(element(line.tag, line.text or ""))
    made.append(element("DefaultShipTo", "true"))
    return made


def _label_contacts(fields: Fields) -> None:
    labels = set(_LABELS.values())
    others = [node for node in fields.get("AdditionalContactRef", []) if text_of(node, "ContactName") not in labels]
    own = [_contact(label, fields[name][0].text or "") for name, label in _LABELS.items() if name in fields]
    put(fields, "AdditionalContactRef", [*own, *others])


def _contact(name: str, value: str) -> Node:
    made = element("AdditionalContactRef")
    made.append(element("ContactName", name))
    made.append(element("ContactValue", value))
    return made


def _note_zero(books: Books, fields: Fields) -> None:
    """The plain Notes are note number 0 of the list of notes (captures)."""
    others = [node for node in fields.get("AdditionalNotesRet", []) if text_of(node, "NoteID") != "0"]
    own = [note(0, books.clock.today(), node.text or "") for node in fields.get("Notes", [])]
    put(fields, "AdditionalNotesRet", [*own, *others])


def note(number: int, day: str, text: str) -> Node:
    made = element("AdditionalNotesRet")
    for name, value in (("NoteID", str(number)), ("Date", day), ("Note", text)):
        made.append(element(name, value))
    return made
