"""Custom fields: their definitions and their values (QBWC section 4.8)."""

from dataclasses import replace

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node, element, group, leaf, parsed, printed, text_of
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

PUBLIC = "0"
_LENGTHS = {"STR255TYPE": 255, "STR1024TYPE": 1024}


def define(books: Books, node: Node) -> str:
    """Add a custom field's definition; return its DataExtDefRet. Raises Refused 3100 where it exists."""
    owner, name, kind = (text_of(node, part) for part in ("OwnerID", "DataExtName", "DataExtType"))
    objects = [(child.text or "").strip() for child in node.iterfind("AssignToObject")]
    if _definition(books, owner, name):
        raise Refused(3100, value=name)
    books.store.tell("INSERT INTO definition VALUES (?, ?, ?, ?)", (owner.upper(), name, kind, " ".join(objects)))
    return _printed_definition(owner, name, kind, objects)


def definitions(books: Books, node: Node) -> list[str]:
    owners = {(child.text or "").strip().upper() for child in node.iterfind("OwnerID")}
    objects = {(child.text or "").strip() for child in node.iterfind("AssignToObject")}
    return [
        _printed_definition(owner, name, kind, assigned.split())
        for owner, name, kind, assigned in books.store.ask(
            "SELECT owner, name, type, assigned FROM definition ORDER BY 1, 2"
        )
        if (not owners or owner in owners) and (not objects or objects & set(assigned.split()))
    ]


def _printed_definition(owner: str, name: str, kind: str, objects: list[str]) -> str:
    head = leaf("OwnerID", owner) + leaf("DataExtName", name) + leaf("DataExtType", kind)
    return group("DataExtDefRet", head + "".join(leaf("AssignToObject", found) for found in objects))


def _definition(books: Books, owner: str, name: str) -> tuple[str, list[str]] | None:
    """Return a field's type and the objects it belongs to; names match without regard to case."""
    found = books.store.ask(
        "SELECT type, assigned FROM definition WHERE owner = ? AND name = ? COLLATE NOCASE", (owner.upper(), name)
    )
    return (found[0][0], found[0][1].split()) if found else None


def put_value(books: Books, node: Node) -> str:
    """Set a custom field; return its DataExtRet. Raises Refused 3070, 3120, 3140."""
    owner, name, value = (text_of(node, part) for part in ("OwnerID", "DataExtName", "DataExtValue"))
    kind, row = _object(books, node)
    found = _definition(books, owner, name)
    if found is None or kind not in found[1]:
        raise Refused(3120, value=name)
    if len(value) > _LENGTHS.get(found[0], len(value)):
        raise Refused(3070, value=value, field="DataExtValue")
    write_value(books, kind, row.list_id if row else "", (owner, name, found[0], value))
    _touch(books, row)
    parts = (("OwnerID", owner), ("DataExtName", name), ("DataExtType", found[0]), ("DataExtValue", value))
    return group("DataExtRet", "".join(leaf(*part) for part in parts))


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
    kind, row = _object(books, node)
    if _definition(books, owner, name) is None:
        raise Refused(3120, value=name)
    write_value(books, kind, row.list_id if row else "", (owner, name, "", ""))
    _touch(books, row)
    shown = "".join(printed(child) for child in node)
    return group("DataExtDelRet", shown + leaf("TimeDeleted", books.clock.printed(books.clock.wall())))


def _object(books: Books, node: Node) -> tuple[str, Row | None]:
    """Return the kind of object that is meant, and its record; the company itself has none."""
    if node.find("OtherDataExtType") is not None:
        return "Company", None
    kind = text_of(node, "ListDataExtType")
    if not kind:
        # Transactions are not kept by this company file yet, so none can be found.
        raise Refused(3120, value=text_of(node, "TxnID"))
    kinds = ITEMS if kind == "Item" else (kind,)
    list_id, full_name = text_of(node, "ListObjRef/ListID"), text_of(node, "ListObjRef/FullName")
    row = books.store.by_id(kinds, list_id) if list_id else books.store.by_full_name(kinds, full_name)
    if row is None:
        raise Refused(3140, value=list_id or full_name, field=kind, text="DataExt")
    return kind, row


def _touch(books: Books, row: Row | None) -> None:
    """A changed custom field counts as a change of its record; that QuickBooks does so too is unverified."""
    if row is None:
        return
    wall, edit = books.clock.wall(), books.next_edit(row.edit)
    ret = parsed(row.body)
    for name, text in (("TimeModified", books.clock.printed(wall)), ("EditSequence", str(edit))):
        found = ret.find(name)
        (element(name) if found is None else found).text = text
    body = "".join(printed(child) for child in ret)
    books.store.update(replace(row, modified=wall, edit=edit, body=body))
