"""Custom fields: their definitions and their values (QBWC section 4.8)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, element, group, leaf, parsed, printed, text_of
from apatar.sandbox.quickbooks.notation import FIRST, Element, Version
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row
from apatar.sandbox.quickbooks.values import canonical

PUBLIC = "0"
_LENGTHS = {"STR255TYPE": 255, "STR1024TYPE": 1024}
_TYPES = {
    "AMTTYPE": "amt",
    "DATETIMETYPE": "time",
    "INTTYPE": "int",
    "PERCENTTYPE": "pct",
    "PRICETYPE": "price",
    "QUANTYPE": "quan",
}
# A document also shows the fields of its customer, and a line those of its item (QuickBooks' own forms; unverified).
_ALSO_ON = dict.fromkeys(
    ("Estimate", "SalesOrder", "Invoice", "SalesReceipt", "CreditMemo", "ReceivePayment"), ("Customer", "Item")
)


def define(books: Books, node: Node, version: Version) -> str:
    """Add a custom field's definition; return its DataExtDefRet. Raises Refused 3100 where it exists."""
    owner, name, kind = (text_of(node, part) for part in ("OwnerID", "DataExtName", "DataExtType"))
    if _definition(books, owner, name):
        raise Refused(3100, value=name)
    _keep_definition(books, owner, name, kind, _texts(node, "AssignToObject"))
    return _one_definition(books, owner, name, version)


def redefine(books: Books, node: Node, version: Version) -> str:
    """Rename a custom field, or give it to other objects; return its DataExtDefRet. Raises Refused 3100, 3120."""
    owner, name, new = (text_of(node, part) for part in ("OwnerID", "DataExtName", "DataExtNewName"))
    known = _definition(books, owner, name)
    if known is None:
        raise Refused(3120, value=name)
    if new and new.casefold() != name.casefold() and _definition(books, owner, new):
        raise Refused(3100, value=new)
    removed = _texts(node, "RemoveFromObject")
    kept = sorted((known[1] | set(_texts(node, "AssignToObject"))) - set(removed))
    where = (owner.upper(), name)
    books.store.tell("DELETE FROM definition WHERE owner = ? AND name = ? COLLATE NOCASE", where)
    _keep_definition(books, owner, new or name, known[0], kept)
    books.store.tell("UPDATE extension SET name = ? WHERE owner = ? AND name = ? COLLATE NOCASE", (new or name, *where))
    for kind in removed:
        gone = (kind, owner.upper(), new or name)
        books.store.tell("DELETE FROM extension WHERE object = ? AND owner = ? AND name = ?", gone)
    return _one_definition(books, owner, new or name, version)


def undefine(books: Books, node: Node) -> str:
    """Take a custom field and all its values away; return the DataExtDefDelRet. Raises Refused 3120."""
    owner, name = text_of(node, "OwnerID"), text_of(node, "DataExtName")
    if _definition(books, owner, name) is None:
        raise Refused(3120, value=name)
    for table in ("definition", "extension"):
        books.store.tell(f"DELETE FROM {table} WHERE owner = ? AND name = ? COLLATE NOCASE", (owner.upper(), name))
    deleted = leaf("TimeDeleted", books.clock.printed(books.clock.wall()))
    return group("DataExtDefDelRet", leaf("OwnerID", owner) + leaf("DataExtName", name) + deleted)


def definitions(books: Books, node: Node, version: Version) -> list[str]:
    owners = {owner.upper() for owner in _texts(node, "OwnerID")}
    objects = set(_texts(node, "AssignToObject"))
    return [
        printed_definition
        for owner, assigned, printed_definition in _all_definitions(books, version)
        if (not owners or owner in owners) and (not objects or objects & assigned)
    ]


def _all_definitions(books: Books, version: Version) -> Iterator[tuple[str, set[str], str]]:
    """Yield each definition's owner, its objects and its printed Ret."""
    found = books.store.ask("SELECT owner, name, type, assigned FROM definition ORDER BY 1, 2")
    for number, (owner, name, kind, assigned) in enumerate(found):
        # DataExtID and the three that follow the objects: only their place and type are known, not what stands there.
        since_11 = version >= (11, 0)
        inside = leaf("OwnerID", owner) + (leaf("DataExtID", str(number)) if since_11 else "")
        inside += leaf("DataExtName", name) + leaf("DataExtType", kind)
        inside += "".join(leaf("AssignToObject", one) for one in assigned.split())
        if since_11:
            inside += leaf("DataExtListRequire", "false") + leaf("DataExtTxnRequire", "false")
            inside += leaf("DataExtFormatString", "")
        yield owner, set(assigned.split()), group("DataExtDefRet", inside)


def _one_definition(books: Books, owner: str, name: str, version: Version) -> str:
    mark = leaf("DataExtName", name)
    return next(
        printed_definition
        for found, _, printed_definition in _all_definitions(books, version)
        if found == owner.upper() and mark in printed_definition
    )


def _keep_definition(books: Books, owner: str, name: str, kind: str, objects: Sequence[str]) -> None:
    books.store.tell("INSERT INTO definition VALUES (?, ?, ?, ?)", (owner.upper(), name, kind, " ".join(objects)))


def _texts(node: Node, name: str) -> list[str]:
    return [(child.text or "").strip() for child in node.iterfind(name)]


def _definition(books: Books, owner: str, name: str) -> tuple[str, set[str]] | None:
    """Return a field's type and the objects it belongs to; names match without regard to case."""
    found = books.store.ask(
        "SELECT type, assigned FROM definition WHERE owner = ? AND name = ? COLLATE NOCASE", (owner.upper(), name)
    )
    return (found[0][0], set(found[0][1].split())) if found else None


def put_value(books: Books, node: Node) -> str:
    """Set a custom field of a record, a document or a line; return its DataExtRet.

    Raises Refused 3070, 3120, 3140, or the status of the field's type for a value that cannot be one.
    """
    target = _target(books, node)
    kept = keep_value(books, target.kind, target.identity, node)
    _touch(books, target)
    return kept


def keep_value(books: Books, kind: str, identity: str, node: Node) -> str:
    """Keep what a DataExt (OwnerID, DataExtName, DataExtValue) says of an object; return its DataExtRet.

    `identity` is a ListID, a TxnID, or a TxnLineID with the kind of its document: these are unique over all documents.
    Raises Refused 3070, 3120.
    """
    owner, name, value = (text_of(node, part) for part in ("OwnerID", "DataExtName", "DataExtValue"))
    found = _definition(books, owner, name)
    if found is None or not found[1] & {kind, *_ALSO_ON.get(kind, ())}:
        raise Refused(3120, value=name)
    value = _canonical(found[0], value)
    write_value(books, kind, identity, (owner, name, found[0], value))
    parts = (("OwnerID", owner), ("DataExtName", name), ("DataExtType", found[0]), ("DataExtValue", value))
    return group("DataExtRet", "".join(leaf(*part) for part in parts))


def _canonical(data_type: str, value: str) -> str:
    """Return the value as its type prints it; raises Refused with the status of that type."""
    if data_type in _LENGTHS:
        if len(value) > _LENGTHS[data_type]:
            raise Refused(3070, value=value, field="DataExtValue")
        return value
    return canonical(Element("DataExtValue", _TYPES[data_type], 0, 1, FIRST), value)


def forget(books: Books, kind: str, identity: str) -> None:
    """Take all custom fields of a deleted object away."""
    books.store.tell("DELETE FROM extension WHERE object = ? AND object_id = ?", (kind, identity))


def write_value(books: Books, kind: str, list_id: str, field: tuple[str, str, str, str]) -> None:
    """Keep a value (owner, name, type, value); an empty one is taken away."""
    owner, name, data_type, value = field
    where = (kind, list_id, owner.upper(), name)
    books.store.tell(
        "DELETE FROM extension WHERE object = ? AND object_id = ? AND owner = ? AND name = ? COLLATE NOCASE", where
    )
    if value:
        books.store.tell("INSERT INTO extension VALUES (?, ?, ?, ?, ?, ?)", (*where, data_type, value))


def remove_value(books: Books, node: Node) -> str:
    """Take a custom field's value away; return the DataExtDelRet. Raises Refused 3120, 3140."""
    owner, name = text_of(node, "OwnerID"), text_of(node, "DataExtName")
    target = _target(books, node)
    if _definition(books, owner, name) is None:
        raise Refused(3120, value=name)
    write_value(books, target.kind, target.identity, (owner, name, "", ""))
    _touch(books, target)
    shown = "".join(printed(child) for child in node)
    return group("DataExtDelRet", shown + leaf("TimeDeleted", books.clock.printed(books.clock.wall())))


@dataclass(frozen=True, slots=True)
class _Target:
    """What a custom field belongs to: a record, or a document, perhaps one of its lines; the company has neither."""

    kind: str
    identity: str = ""
    row: Row | None = None
    txn_id: str = ""


def _target(books: Books, node: Node) -> _Target:
    if node.find("OtherDataExtType") is not None:
        return _Target("Company")
    if node.find("TxnDataExtType") is not None:
        return _document(books, node)
    kind = text_of(node, "ListDataExtType")
    kinds = ITEMS if kind == "Item" else (kind,)
    list_id, full_name = text_of(node, "ListObjRef/ListID"), text_of(node, "ListObjRef/FullName")
    row = books.store.by_id(kinds, list_id) if list_id else books.store.by_full_name(kinds, full_name)
    if row is None:
        raise Refused(3140, value=list_id or full_name, field=kind, text="DataExt")
    return _Target(kind, row.list_id, row)


def _document(books: Books, node: Node) -> _Target:
    kind, txn_id, line = (text_of(node, name) for name in ("TxnDataExtType", "TxnID", "TxnLineID"))
    found = books.store.ask("SELECT body || lines FROM txn WHERE kind = ? AND txn_id = ?", (kind, txn_id))
    if not found:
        raise Refused(3120, value=txn_id)
    if line and leaf("TxnLineID", line) not in found[0][0]:
        raise Refused(3120, value=line)
    return _Target(kind, line or txn_id, txn_id=txn_id)


def _touch(books: Books, target: _Target) -> None:
    """A changed custom field counts as a change of its record; that QuickBooks does so too is unverified."""
    if target.row:
        wall, edit, body = _stamped(books, target.row.body, target.row.edit)
        books.store.update(replace(target.row, modified=wall, edit=edit, body=body))
    if target.txn_id:
        body, before = books.store.ask("SELECT body, edit FROM txn WHERE txn_id = ?", (target.txn_id,))[0]
        wall, edit, body = _stamped(books, body, int(before))
        books.store.tell(
            "UPDATE txn SET modified = ?, edit = ?, body = ? WHERE txn_id = ?", (wall, edit, body, target.txn_id)
        )


def _stamped(books: Books, body: str, before: int) -> tuple[str, int, str]:
    """Return the time, the EditSequence and the printed Ret after a change."""
    wall, edit = books.clock.wall(), books.next_edit(before)
    ret = parsed(body)
    for name, text in (("TimeModified", books.clock.printed(wall)), ("EditSequence", str(edit))):
        found = ret.find(name)
        (element(name) if found is None else found).text = text
    return wall, edit, "".join(printed(child) for child in ret)
