"""References from one record to another: finding what they point to, and keeping them true when it is renamed."""

from collections.abc import Iterator
from dataclasses import replace

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.kinds import REFERRED, referred_kinds
from apatar.sandbox.quickbooks.markup import Node, element, group, leaf, text_of
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

_NOT_A_REFERENCE = "AdditionalContactRef"
# What the preferences name: the setting that holds the name of a record of this kind.
_IN_PREFERENCES = {"Currency": "home_currency", "ItemSalesTax": "tax_item"}


def is_reference(node: Node) -> bool:
    return isinstance(node.tag, str) and node.tag.endswith("Ref") and node.tag != _NOT_A_REFERENCE


def is_blank(ref: Node) -> bool:
    """A reference that names nothing clears what was there."""
    return not text_of(ref, "ListID") and not text_of(ref, "FullName")


def resolve(books: Books, ref: Node, own: str) -> Row:
    """Return the record that `ref` points to, active or not; raises Refused 3140."""
    found = _found(books, ref, own)
    if found is None:
        raise _invalid(ref, own)
    return found


def require_active(books: Books, node: Node, own: str) -> None:
    """Refuse a new document of kind `own` that points to an inactive record: 3140.

    Users' help pages name inactive items and customers among the causes of 3140; no text of Intuit does (unverified).
    Lists may point to inactive records, and a document that has come to point to one can still be changed.
    """
    for ref in node.iter():
        if is_reference(ref) and not is_blank(ref):
            found = _found(books, ref, own)
            if found is not None and not found.active:
                raise _invalid(ref, own)


def _found(books: Books, ref: Node, own: str) -> Row | None:
    """A ListID wins over a FullName (QBWC section 4.3)."""
    kinds = referred_kinds(ref.tag, own)
    list_id = text_of(ref, "ListID")
    return books.store.by_id(kinds, list_id) if list_id else books.store.by_full_name(kinds, text_of(ref, "FullName"))


def _invalid(ref: Node, own: str) -> Refused:
    value = text_of(ref, "ListID") or text_of(ref, "FullName")
    return Refused(3140, value=value, field=ref.tag.removesuffix("Ref"), text=own)


def complete(books: Books, node: Node, own: str) -> None:
    """Give every reference inside `node` both its ListID and its FullName; raises Refused 3140."""
    for ref in [found for found in node.iter() if found is not node and is_reference(found)]:
        if not is_blank(ref):
            point(ref, resolve(books, ref, own))


def point(ref: Node, row: Row) -> None:
    for child in list(ref):
        ref.remove(child)
    ref.text = None
    ref.append(element("ListID", row.list_id))
    ref.append(element("FullName", row.full_name))


def reference_names(kind: str) -> Iterator[str]:
    """Name the elements with which other records and transactions point to a record of this kind."""
    if f"{kind}Ref" not in REFERRED:
        yield f"{kind}Ref"
    yield from (ref for ref, kinds in REFERRED.items() if kind in kinds)


def is_in_use(books: Books, row: Row) -> bool:
    """Tell whether a child, another record or a transaction still points to this one."""
    if books.store.children(row.kind, row.list_id):
        return True
    identity = leaf("ListID", row.list_id)
    found = books.store.ask(
        "SELECT body FROM record WHERE seq <> ? AND instr(body, ?) "
        "UNION ALL SELECT body || lines FROM txn WHERE instr(body || lines, ?)",
        (row.seq, identity, identity),
    )
    pointers = [f"<{name}>\n{identity}" for name in reference_names(row.kind)]
    return any(pointer in body for (body,) in found for pointer in pointers)


def rename(books: Books, before: Row, after: Row) -> None:
    """Carry a new FullName into what points here; whether those count as modified is not known: here they do not."""
    for child in books.store.children(before.kind, before.list_id):
        full_name = f"{after.full_name}:{child.name}"
        body = child.body.replace(pointer("ParentRef", before), pointer("ParentRef", after), 1)
        body = body.replace(leaf("FullName", child.full_name), leaf("FullName", full_name), 1)
        renamed = replace(child, full_name=full_name, body=body)
        books.store.update(renamed)
        rename(books, child, renamed)
    setting = _IN_PREFERENCES.get(before.kind, "")
    if setting and books.store.setting(setting) == before.full_name:
        books.store.put_setting(setting, after.full_name)
    for name in reference_names(before.kind):
        _rename_pointers(books, pointer(name, before), pointer(name, after), records=before.kind != "Customer")


def _rename_pointers(books: Books, old: str, new: str, *, records: bool) -> None:
    """Only documents point to customers."""
    if records:
        books.store.tell("UPDATE record SET body = replace(body, ?, ?) WHERE instr(body, ?)", (old, new, old))
    for column in ("body", "lines"):
        renaming = f"UPDATE txn SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)"
        books.store.tell(renaming, (old, new, old))


def pointer(name: str, row: Row) -> str:
    """Print how an element of this name points to a record."""
    return group(name, leaf("ListID", row.list_id) + leaf("FullName", row.full_name))


def label(kind: str) -> str:
    """How QuickBooks names a list in its texts ("customer name"); other lists' labels follow that one capture."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in kind).strip()
