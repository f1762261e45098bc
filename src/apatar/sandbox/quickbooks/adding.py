"""Adding a record to a list."""

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.currencies import PLAIN_FORMAT, WITH_CURRENCY, own_refs
from apatar.sandbox.quickbooks.derived import Fields, derive, note, put
from apatar.sandbox.quickbooks.items import complete_new
from apatar.sandbox.quickbooks.kinds import ITEMS, Kind
from apatar.sandbox.quickbooks.markup import Node, element, parsed, printed, text_of
from apatar.sandbox.quickbooks.price_levels import keep_level
from apatar.sandbox.quickbooks.references import complete, is_blank, label, resolve
from apatar.sandbox.quickbooks.statuses import COLON, Refused
from apatar.sandbox.quickbooks.store import Row
from apatar.sandbox.quickbooks.taxes import tax_customer

# What every new record of a kind says even when the request does not.
_DEFAULTS = {
    "Customer": {"Balance": "0.00", "TotalBalance": "0.00", "JobStatus": "None", "PreferredDeliveryMethod": "None"},
    "Vendor": {"IsVendorEligibleFor1099": "false", "Balance": "0.00"},
    "Account": {"Balance": "0.00", "TotalBalance": "0.00", "CashFlowClassification": "None"},
    "PaymentMethod": {"PaymentMethodType": "Other"},
    "Currency": {"IsUserDefinedCurrency": "true"},
}


def add(books: Books, kind: Kind, node: Node) -> Row:
    """Add what a …Add aggregate describes; raises Refused 3090, 3100, 3140, 3150, 3270."""
    parent = _parent(books, kind, node)
    name = new_name(kind, node)
    full_name = f"{parent.full_name}:{name}" if parent else name
    if books.store.name_taken(kind.namespace, full_name):
        raise Refused(3100, value=name)
    complete(books, node, kind.name)
    fields = _fields(books, kind, node)
    wall, edit = books.clock.wall(), books.next_edit(0)
    _stamp(books, fields, books.new_list_id(kind), wall=wall, edit=edit)
    place(kind, fields, name=name, full_name=full_name, sublevel=full_name.count(":"))
    return _kept(books, kind, fields, parent.list_id if parent else "")


def _parent(books: Books, kind: Kind, node: Node) -> Row | None:
    ref = node.find("ParentRef")
    return None if ref is None or is_blank(ref) else resolve(books, ref, kind.name)


def new_name(kind: Kind, node: Node) -> str:
    """Return the record's own name; an employee's is made of its parts. Raises Refused 3090 and 3150."""
    if kind.name == "Employee":
        name = " ".join(filter(None, (text_of(node, part) for part in ("FirstName", "MiddleName", "LastName"))))
    else:
        name = text_of(node, kind.name_element)
    if not name:
        raise Refused(3150, value="FirstName" if kind.name == "Employee" else kind.name_element)
    if ":" in name:
        raise Refused(3090, value=name, field=f"{label(kind.name)} name", text=COLON)
    return name


def _fields(books: Books, kind: Kind, node: Node) -> Fields:
    """Turn an Add aggregate into the elements of its Ret."""
    fields = {name: [element(name, value)] for name, value in _DEFAULTS.get(kind.name, {}).items()}
    given: Fields = {}
    for child in node:
        given.setdefault(child.tag, []).append(child)
    fields["IsActive"] = [element("IsActive", "true")]
    for name, nodes in given.items():
        if name in kind.order:
            put(fields, name, [child for child in nodes if not _says_nothing(child)])
    _translate(books, kind, given, fields)
    derive(books, kind, fields, given)
    return fields


def _says_nothing(node: Node) -> bool:
    """An empty element of an Add is as if it were not there; an aggregate loses its empty lines."""
    for child in list(node):
        if _says_nothing(child):
            node.remove(child)
    return not len(node) and not (node.text or "").strip()


def _translate(books: Books, kind: Kind, given: Fields, fields: Fields) -> None:
    """Elements whose name or form differs between an Add and its Ret."""
    for opening in given.get("OpenBalance", []):
        if opening.text:
            for name in {"Balance", "TotalBalance"} & set(kind.order):
                fields[name] = [element(name, opening.text)]
    put(fields, "ContactsRet", [contact(books, node) for node in given.get("Contacts", [])])
    notes = [
        note(number, books.clock.today(), text_of(node, "Note"))
        for number, node in enumerate(given.get("AdditionalNotes", []), 1)
    ]
    put(fields, "AdditionalNotesRet", notes)
    if kind.name == "PriceLevel":
        keep_level(books, given, fields)
    if kind.name in ITEMS:
        complete_new(books, kind, given, fields)
    if kind.name == "Customer":
        tax_customer(books, fields)
    if kind.name in WITH_CURRENCY and "CurrencyRef" not in fields:
        above = given["ParentRef"][0] if "ParentRef" in given else element("ParentRef")
        put(fields, "CurrencyRef", own_refs(books, kind.name, text_of(above, "ListID")))
    if kind.name == "Currency":
        fields.setdefault("CurrencyFormat", list(parsed(PLAIN_FORMAT)))
    if kind.name == "Vendor" and "NameOnCheck" not in fields:
        fields["NameOnCheck"] = [element("NameOnCheck", text_of(given["Name"][0], "."))]
    mask_card(fields)


def contact(books: Books, given: Node) -> Node:
    """Make the ContactsRet of a new contact; contacts have their own ID, times and EditSequence."""
    made = element("ContactsRet")
    moment = books.clock.printed(books.clock.wall())
    edit = str(books.clock.epoch())
    for name, value in (
        ("ListID", books.new_contact_id()),
        ("TimeCreated", moment),
        ("TimeModified", moment),
        ("EditSequence", edit),
    ):
        made.append(element(name, value))
    made.extend([child for child in given if not _says_nothing(child)])
    return made


def mask_card(fields: Fields) -> None:
    """A card number is never kept; QuickBooks shows its last four digits (captures)."""
    for card in fields.get("CreditCardInfo", []):
        number = card.find("CreditCardNumber")
        if number is not None and number.text:
            number.text = "x" * (len(number.text) - 4) + number.text[-4:]


def _stamp(books: Books, fields: Fields, list_id: str, *, wall: str, edit: int) -> None:
    moment = books.clock.printed(wall)
    fields["ListID"] = [element("ListID", list_id)]
    fields["TimeCreated"] = [element("TimeCreated", moment)]
    fields["TimeModified"] = [element("TimeModified", moment)]
    fields["EditSequence"] = [element("EditSequence", str(edit))]


def place(kind: Kind, fields: Fields, *, name: str, full_name: str, sublevel: int) -> None:
    """Write the name, and where the record stands in its tree."""
    fields[kind.name_element] = [element(kind.name_element, name)]
    if kind.is_tree:
        fields["FullName"] = [element("FullName", full_name)]
        fields["Sublevel"] = [element("Sublevel", str(sublevel))]


def body_of(kind: Kind, fields: Fields) -> str:
    """Print the inside of a Ret in the order of its kind."""
    return "".join(printed(_renamed(node, name)) for name in kind.order for node in fields.get(name, []))


def _renamed(node: Node, name: str) -> Node:
    if node.tag != name:
        node.tag = name
    return node


def _kept(books: Books, kind: Kind, fields: Fields, parent: str) -> Row:
    one = {name: nodes[0].text or "" for name, nodes in fields.items() if not len(nodes[0])}
    row = Row(
        seq=0,
        kind=kind.name,
        list_id=one["ListID"],
        name=one[kind.name_element],
        full_name=one.get("FullName") or one[kind.name_element],
        parent=parent,
        active=one["IsActive"] != "false",
        modified=one["TimeModified"][:19],
        edit=int(one["EditSequence"]),
        body=body_of(kind, fields),
    )
    books.store.insert(row, kind.namespace)
    return row


def fields_of(body: str) -> Fields:
    """Read the inside of a Ret back into its elements."""
    fields: Fields = {}
    for child in parsed(body):
        fields.setdefault(child.tag, []).append(child)
    return fields
