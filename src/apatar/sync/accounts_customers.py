"""Account ↔ Customer, as a table. Lengths: facts, QBXML_OBJECTS (CustomerAdd) and SALESFORCE section 6."""

from dataclasses import replace

from apatar.sync.mapping import Direction, Field, Mode, ObjectMapping, Owner
from apatar.sync.record import Record, Side
from apatar.sync.values import Kind

OVERDUE = "@overdue"
"""The pseudo path of what a customer owes beyond the due date, summed over its open invoices."""


def is_left_out(record: Record) -> bool:
    """Tell whether a record is left out: a job, or a person account (SALESFORCE.md, section 6)."""
    return is_job(record) or record.fields.get("IsPersonAccount") is True


def is_job(record: Record) -> bool:
    """Tell a job (a customer below another customer) from a customer; jobs are not mapped to accounts."""
    if record.side is not Side.QUICKBOOKS:
        return False
    fields = record.fields
    return bool(fields.get("ParentRef.ListID") or fields.get("ParentRef.FullName") or _level(fields.get("Sublevel")))


def _level(raw: object) -> int:
    text = str(raw or "0").strip()
    return int(text) if text.isdigit() else 0


def _address(label: str, salesforce: str, group: str) -> tuple[Field, ...]:
    """Return the five fields of one address: Salesforce's prefix ("Billing"), QuickBooks' aggregate."""
    street = Field(
        name=f"{salesforce.lower()}_street",
        label=f"{label} street",
        kind=Kind.STREET,
        salesforce=(f"{salesforce}Street",),
        quickbooks=tuple(f"{group}.Addr{number}" for number in range(1, 6)),
        salesforce_length=255,
        quickbooks_length=41,
        group=group,
    )
    part = replace(street, kind=Kind.TEXT)
    rest = (
        ("City", "city", 40, 31),
        ("State", "state", 80, 21),
        ("PostalCode", "postal code", 20, 13),
        ("Country", "country", 80, 31),
    )
    return street, *(
        replace(
            part,
            name=f"{salesforce.lower()}_{words.replace(' ', '_')}",
            label=f"{label} {words}",
            salesforce=(f"{salesforce}{element}",),
            quickbooks=(f"{group}.{element}",),
            salesforce_length=wide,
            quickbooks_length=narrow,
        )
        for element, words, wide, narrow in rest
    )


def _shared(name: str, label: str, kind: Kind, paths: tuple[str, str], lengths: tuple[int, int]) -> Field:
    return Field(
        name=name,
        label=label,
        kind=kind,
        salesforce=(paths[0],),
        quickbooks=(paths[1],),
        salesforce_length=lengths[0],
        quickbooks_length=lengths[1],
    )


def _shown(name: str, label: str, kind: Kind, paths: tuple[str, str]) -> Field:
    """Return a field that QuickBooks owns and Salesforce only shows, where the org has the custom field."""
    return Field(
        name=name,
        label=label,
        kind=kind,
        salesforce=(paths[0],),
        quickbooks=(paths[1],),
        direction=Direction.TO_SALESFORCE,
        owner=Owner.QUICKBOOKS,
    )


def _quietly_shown(name: str, label: str, kind: Kind, paths: tuple[str, str]) -> Field:
    return replace(_shown(name, label, kind, paths), quiet=True)


def currency_fields() -> tuple[Field, ...]:
    """Return the currency of a new record, for orgs and companies with several: it never changes afterwards."""
    there = Field(
        name="currency_in_quickbooks",
        label="Currency in QuickBooks",
        kind=Kind.TEXT,
        salesforce=("CurrencyIsoCode",),
        quickbooks=("CurrencyRef.FullName",),
        direction=Direction.TO_QUICKBOOKS,
        mode=Mode.ONLY_CREATE,
        formula="lookup('currency_names', record.CurrencyIsoCode, '')",
        quiet=True,
    )
    back = replace(
        there,
        name="currency",
        label="Currency",
        direction=Direction.TO_SALESFORCE,
        formula="lookup('currency_codes', record['CurrencyRef.FullName'], '')",
    )
    return there, back


_NAME = replace(_shared("name", "Name", Kind.NAME, ("Name", "Name"), (255, 41)), required=True)

ACCOUNTS_CUSTOMERS = ObjectMapping(
    name="accounts_customers",
    label="Accounts and customers",
    salesforce_object="Account",
    quickbooks_object="Customer",
    ignores=is_left_out,
    fields=(
        _NAME,
        replace(
            _shared("company_name", "Company name", Kind.TEXT, ("Name", "CompanyName"), (255, 41)),
            direction=Direction.TO_QUICKBOOKS,
            mode=Mode.ONLY_CREATE,
        ),
        _shared("phone", "Phone", Kind.PHONE, ("Phone", "Phone"), (40, 21)),
        _shared("fax", "Fax", Kind.PHONE, ("Fax", "Fax"), (40, 21)),
        _shared("account_number", "Account number", Kind.TEXT, ("AccountNumber", "AccountNumber"), (40, 99)),
        *_address("Billing", "Billing", "BillAddress"),
        *_address("Shipping", "Shipping", "ShipAddress"),
        _shared("description", "Description", Kind.LONG_TEXT, ("Description", "Notes"), (32000, 4095)),
        _shown("balance", "Balance", Kind.MONEY, ("QuickBooks_Balance__c", "Balance")),
        _shown("total_balance", "Total balance", Kind.MONEY, ("QuickBooks_Total_Balance__c", "TotalBalance")),
        _shown("credit_limit", "Credit limit", Kind.MONEY, ("QuickBooks_Credit_Limit__c", "CreditLimit")),
        _shown("terms", "Terms", Kind.TEXT, ("QuickBooks_Terms__c", "TermsRef.FullName")),
        _shown(
            "customer_type", "Customer type", Kind.TEXT, ("QuickBooks_Customer_Type__c", "CustomerTypeRef.FullName")
        ),
        _shown("sales_rep", "Sales rep", Kind.TEXT, ("QuickBooks_Sales_Rep__c", "SalesRepRef.FullName")),
        _shown("tax_code", "Tax code", Kind.TEXT, ("QuickBooks_Tax_Code__c", "SalesTaxCodeRef.FullName")),
        _quietly_shown("overdue", "Overdue", Kind.MONEY, ("QuickBooks_Overdue__c", OVERDUE)),
        _quietly_shown(
            "price_level", "Price level", Kind.TEXT, ("QuickBooks_Price_Level__c", "PriceLevelRef.FullName")
        ),
        _quietly_shown(
            "payment_method",
            "Payment method",
            Kind.TEXT,
            ("QuickBooks_Payment_Method__c", "PreferredPaymentMethodRef.FullName"),
        ),
        _quietly_shown("class", "Class", Kind.TEXT, ("QuickBooks_Class__c", "ClassRef.FullName")),
        replace(
            _quietly_shown("sales_rep_user", "Sales rep, as a user", Kind.TEXT, ("QuickBooks_Sales_Rep_User__c", "")),
            quickbooks=(),
            formula="lookup('sales_rep_users', record['SalesRepRef.FullName'], '')",
        ),
        *currency_fields(),
    ),
)
