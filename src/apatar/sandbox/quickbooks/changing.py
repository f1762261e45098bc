"""Changing a record: an empty element clears, an absent one leaves, a stale EditSequence is refused."""

from dataclasses import replace

from apatar.sandbox.quickbooks.adding import body_of, contact, fields_of, mask_card, new_name, place
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.derived import Fields, derive, note, put
from apatar.sandbox.quickbooks.items import complete_changed
from apatar.sandbox.quickbooks.kinds import ITEMS, Kind
from apatar.sandbox.quickbooks.markup import Node, element, group, text_of
from apatar.sandbox.quickbooks.price_levels import keep_level
from apatar.sandbox.quickbooks.references import complete, is_blank, is_reference, rename, resolve
from apatar.sandbox.quickbooks.statuses import Refused
from apatar.sandbox.quickbooks.store import Row

_IDENTITY = {"ListID", "EditSequence"}
_NEW = "-1"
_REPEATED = {
    "ShipToAddress",
    "AdditionalContactRef",
    "PrefillAccountRef",
    "ItemGroupLine",
    "ItemInventoryAssemblyLine",
    "ItemSalesTaxRef",
}
# That these cannot be cleared is an inference; the facts name such fields for transactions only (QBWC section 4.7).
_NEVER_CLEARED = {"Name", "Initial", "IsActive", "ParentRef", "AccountType", "SalesRepEntityRef", "CurrencyCode"}
# Captured for IncomeAccountRef (QBWC section 4.7); an item's other accounts follow it.
_NEVER_CLEARED |= {"AccountRef", "IncomeAccountRef", "COGSAccountRef", "AssetAccountRef"}


def change(books: Books, kind: Kind, node: Node) -> Row:
    """Apply a …Mod aggregate; raises Refused 3100, 3120, 3140, 3190, 3200, 3270."""
    before = books.store.by_id((kind.name,), text_of(node, "ListID"))
    if before is None:
        raise Refused(3120, value=text_of(node, "ListID"))
    if text_of(node, "EditSequence") != str(before.edit):
        raise stale(text_of(node, "EditSequence"), before)
    complete(books, node, kind.name)
    fields = fields_of(before.body)
    _apply(books, kind, node, fields, before)
    after = _after(books, kind, fields, before)
    books.store.update(after)
    if after.full_name != before.full_name:
        rename(books, before, after)
    return after


def stale(given: str, row: Row) -> Refused:
    """3200 is the one error whose answer holds the record as it is now (captures)."""
    return Refused(3200, value=given, ret=group(f"{row.kind}Ret", row.body))


def _apply(books: Books, kind: Kind, node: Node, fields: Fields, before: Row) -> None:
    given: Fields = {}
    for child in node:
        if child.tag not in _IDENTITY:
            given.setdefault(child.tag, []).append(child)
    for name, nodes in given.items():
        if name in kind.order:
            _replace(kind, fields, name, nodes)
    for name in ("PriceLevelFixedPercentage", "PriceLevelPerItem"):
        if name in given:
            keep_level(books, given, fields)
    _change_contacts(books, fields, given.get("ContactsMod", []), before)
    _change_notes(books, fields, given.get("AdditionalNotesMod", []))
    if kind.name in ITEMS:
        complete_changed(kind, given, fields)
    mask_card(fields)
    derive(books, kind, fields, given)


def _replace(kind: Kind, fields: Fields, name: str, nodes: list[Node]) -> None:
    """Write one element of the Mod over the record's own."""
    if name in _REPEATED and (name != "ItemSalesTaxRef" or kind.name == "ItemSalesTaxGroup"):
        put(fields, name, [node for node in nodes if len(node)])
        return
    node = nodes[0]
    cleared = is_blank(node) if is_reference(node) else not len(node) and not (node.text or "").strip()
    if cleared and name in _NEVER_CLEARED:
        raise Refused(3190, field=name)
    if len(node) and not is_reference(node):
        put(fields, name, _merged(fields.get(name, []), node))
    else:
        put(fields, name, [] if cleared else [node])


def _merged(old: list[Node], new: Node) -> list[Node]:
    """Merge an aggregate line by line: an absent line stays, an empty one goes; lines stand as in a qbXML address."""
    lines = {child.tag: child.text or "" for child in (old[0] if old else ())}
    lines |= {child.tag: child.text or "" for child in new if not len(child)}
    made = element(new.tag)
    for name in sorted(lines, key=_LINE_ORDER.index) if set(lines) <= set(_LINE_ORDER) else lines:
        if lines[name].strip():
            made.append(element(name, lines[name]))
    made.extend([child for child in new if len(child)])
    return [made] if len(made) else []


_LINE_ORDER = ["Addr1", "Addr2", "Addr3", "Addr4", "Addr5", "City", "State", "PostalCode", "Country", "Note"]


def _change_contacts(books: Books, fields: Fields, mods: list[Node], before: Row) -> None:
    """Each contact has its own ListID and EditSequence; -1 adds one, as it adds a line (unverified for contacts)."""
    for mod in mods:
        if text_of(mod, "ListID") == _NEW:
            _add_contact(books, fields, mod)
            continue
        known = [node for node in fields.get("ContactsRet", []) if text_of(node, "ListID") == text_of(mod, "ListID")]
        if not known:
            raise Refused(3120, value=text_of(mod, "ListID"))
        if text_of(known[0], "EditSequence") != text_of(mod, "EditSequence"):
            raise stale(text_of(mod, "EditSequence"), before)
        _change_contact(books, known[0], mod)


def _add_contact(books: Books, fields: Fields, mod: Node) -> None:
    for child in [one for one in mod if one.tag in _IDENTITY]:
        mod.remove(child)
    fields.setdefault("ContactsRet", []).append(contact(books, mod))


def _change_contact(books: Books, known: Node, mod: Node) -> None:
    edit = books.next_edit(int(text_of(known, "EditSequence")))
    fresh = contact(books, element("Contacts"))
    for name in ("ListID", "TimeCreated"):
        _set(fresh, name, text_of(known, name))
    _set(fresh, "EditSequence", str(edit))
    given = {child.tag for child in mod}
    for name in ("Salutation", "FirstName", "MiddleName", "LastName", "JobTitle"):
        text = text_of(mod if name in given else known, name)
        if text:
            fresh.append(element(name, text))
    fresh.extend(list((mod if "AdditionalContactRef" in given else known).iterfind("AdditionalContactRef")))
    for child in list(known):
        known.remove(child)
    known.extend(list(fresh))


def _set(node: Node, name: str, text: str) -> None:
    found = node.find(name)
    if found is not None:
        found.text = text


def _change_notes(books: Books, fields: Fields, mods: list[Node]) -> None:
    for mod in mods:
        notes = fields.get("AdditionalNotesRet", [])
        number = text_of(mod, "NoteID")
        if number not in {text_of(node, "NoteID") for node in notes}:
            raise Refused(3120, value=number)
        changed = note(int(number), books.clock.today(), text_of(mod, "Note"))
        put(fields, "AdditionalNotesRet", [changed if text_of(node, "NoteID") == number else node for node in notes])


def _after(books: Books, kind: Kind, fields: Fields, before: Row) -> Row:
    """Place the changed record in its tree, stamp it, and check that its name is free."""
    parent = _parent(books, kind, fields, before)
    own = element("Own")
    own.extend([element(name, nodes[0].text or "") for name, nodes in fields.items() if not len(nodes[0])])
    name = new_name(kind, own)
    full_name = f"{parent.full_name}:{name}" if parent else name
    if books.store.name_taken(kind.namespace, full_name, except_seq=before.seq):
        raise Refused(3100, value=name)
    wall, edit = books.clock.wall(), books.next_edit(before.edit)
    fields["TimeModified"] = [element("TimeModified", books.clock.printed(wall))]
    fields["EditSequence"] = [element("EditSequence", str(edit))]
    place(kind, fields, name=name, full_name=full_name, sublevel=full_name.count(":"))
    return replace(
        before,
        name=name,
        full_name=full_name,
        parent=parent.list_id if parent else "",
        active=text_of(own, "IsActive") != "false",
        modified=wall,
        edit=edit,
        body=body_of(kind, fields),
    )


def _parent(books: Books, kind: Kind, fields: Fields, before: Row) -> Row | None:
    """Return the parent the record now has; raises Refused 3130 where it would stand below itself."""
    if "ParentRef" not in fields:
        return None
    parent = resolve(books, fields["ParentRef"][0], kind.name)
    if parent.seq == before.seq or parent.full_name.startswith(f"{before.full_name}:"):
        raise Refused(3130, value=parent.full_name, field=kind.name)
    return parent
