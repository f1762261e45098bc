"""Contact ↔ a customer's contacts. Lengths: facts, QBXML_OBJECTS (Contacts, ContactsMod), SALESFORCE section 6."""

from dataclasses import replace

from apatar.sync.mapping import Direction, Field, Mode, ObjectMapping, Owner, Source
from apatar.sync.pairs.building import matched
from apatar.sync.record import Side
from apatar.sync.values import Kind

REACHED_BY = "AdditionalContactRef"
"""The labelled telephone numbers and addresses of a contact, by their label (QBWC facts, section 5)."""
CONTACTS_SINCE = (12, 0)


def _field(
    name: str, label: str, kind: Kind, salesforce: str, quickbooks: str, *, lengths: tuple[int, int], group: str = ""
) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        salesforce=(salesforce,),
        quickbooks=(quickbooks,),
        salesforce_length=lengths[0],
        quickbooks_length=lengths[1],
        owner=Owner.SALESFORCE,
        group=group or None,
    )


def _reached(name: str, label: str, kind: Kind, salesforce: str, contact_label: str, length: int) -> Field:
    path = f"{REACHED_BY}.{contact_label}"
    return _field(name, label, kind, salesforce, path, lengths=(length, 255), group=REACHED_BY)


_ACCOUNT = Field(
    name="account",
    label="Account",
    kind=Kind.REFERENCE,
    salesforce=("AccountId",),
    quickbooks=("@holder",),
    refers_to=("accounts_customers",),
    mode=Mode.ONLY_CREATE,
    required=True,
)
_PERSON = (
    matched("name", "Name", ("FirstName", "LastName"), ("FirstName", "LastName")),
    _ACCOUNT,
    _field("salutation", "Salutation", Kind.TEXT, "Salutation", "Salutation", lengths=(40, 15)),
    # QuickBooks wants a first name, Salesforce a last name.
    replace(
        _field("first_name", "First name", Kind.TEXT, "FirstName", "FirstName", lengths=(40, 25)),
        default="coalesce(record.FirstName, record.LastName)",
    ),
    replace(
        _field("last_name", "Last name", Kind.TEXT, "LastName", "LastName", lengths=(80, 25)),
        default="coalesce(record.LastName, record.FirstName)",
    ),
)

CONTACTS = ObjectMapping(
    name="contacts",
    label="Contacts",
    salesforce_object="Contact",
    quickbooks_object="Contact",
    source=Source.INSIDE,
    holder="Customer",
    scope="account",
    from_version=CONTACTS_SINCE,
    fields=(
        *_PERSON,
        _field("title", "Title", Kind.TEXT, "Title", "JobTitle", lengths=(128, 41)),
        _reached("phone", "Phone", Kind.PHONE, "Phone", "Main Phone", 40),
        _reached("mobile", "Mobile phone", Kind.PHONE, "MobilePhone", "Mobile", 40),
        _reached("fax", "Fax", Kind.PHONE, "Fax", "Fax", 40),
        _reached("email", "E-mail", Kind.EMAIL, "Email", "Main Email", 80),
    ),
)

MAIN_CONTACTS = ObjectMapping(
    name="main_contacts",
    label="Main contacts",
    salesforce_object="Contact",
    quickbooks_object="MainContact",
    source=Source.INSIDE,
    holder="Customer",
    scope="account",
    until_version=CONTACTS_SINCE,
    # A customer of an older QuickBooks has one contact: another one must not take its place.
    creates_in=(Side.SALESFORCE,),
    direction=Direction.BOTH,
    fields=(
        *_PERSON,
        _field("email", "E-mail", Kind.EMAIL, "Email", "Email", lengths=(80, 1023)),
        _field("mobile", "Mobile phone", Kind.PHONE, "MobilePhone", "AltPhone", lengths=(40, 21)),
    ),
)
