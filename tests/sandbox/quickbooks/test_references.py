import pytest

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import (
    add,
    adding,
    change,
    message,
    named,
    names,
    one,
    query,
    ref,
    sold,
    status,
)

ALL = "<ActiveStatus>All</ActiveStatus>"

SMALL_LISTS = (
    ("CustomerMsg", ""),
    ("ShipMethod", ""),
    ("PaymentMethod", "<PaymentMethodType>Check</PaymentMethodType>"),
    ("PriceLevel", "<PriceLevelFixedPercentage>-10.0</PriceLevelFixedPercentage>"),
    ("SalesTaxCode", "<IsTaxable>true</IsTaxable>"),
    ("StandardTerms", ""),
    ("DateDrivenTerms", "<DayOfMonthDue>10</DayOfMonthDue>"),
    ("Class", ""),
    ("CustomerType", ""),
    ("JobType", ""),
    ("Currency", "<CurrencyCode>CHF</CurrencyCode>"),
)


@pytest.mark.parametrize(("kind", "rest"), SMALL_LISTS)
def test_a_small_list_is_filtered_like_a_large_one(kind: str, rest: str, trading: Company) -> None:
    for name, active in (("Qa", "true"), ("Qb", "false")):
        add(trading, f"{named(name)}<IsActive>{active}</IsActive>{rest}", kind=kind)
    asked = "TermsQuery" if kind.endswith("Terms") else f"{kind}Query"
    kind = asked.removesuffix("Query")
    starts = "<NameFilter><MatchCriterion>StartsWith</MatchCriterion><Name>q</Name></NameFilter>"
    assert names(one(trading, query(starts, kind=kind))) == ["Qa"]
    assert names(one(trading, query(ALL + starts, kind=kind))) == ["Qa", "Qb"]
    assert names(one(trading, query("<FullName>Qb</FullName>", kind=kind))) == ["Qb"]
    later = "<FromModifiedDate>2024-01-16</FromModifiedDate>"
    assert status(one(trading, query(later, kind=kind))) == 1


def test_a_sales_rep_is_found_by_initials(trading: Company) -> None:
    add(trading, "<FirstName>Elena</FirstName><LastName>Mason</LastName>", kind="Employee")
    ret = add(trading, f"<Initial>EM</Initial>{ref('SalesRepEntityRef', 'Elena Mason')}", kind="SalesRep")
    found = one(trading, query("<FullName>em</FullName>", kind="SalesRep"))[0]
    assert found.findtext("ListID") == ret.findtext("ListID")
    assert found.findtext("SalesRepEntityRef/FullName") == "Elena Mason"


def test_a_sales_rep_is_never_a_customer(trading: Company) -> None:
    add(trading, named("Acme"))
    answer = one(trading, adding(f"<Initial>AC</Initial>{ref('SalesRepEntityRef', 'Acme')}", kind="SalesRep"))
    assert status(answer) == 3140


@pytest.fixture
def fitting(trading: Company) -> Node:
    add(trading, named("Acme"))
    return add(trading, named("Fitting") + sold("20"), kind="ItemService")


def invoice(*, item: str = "Fitting", customer: str = "Acme") -> str:
    line = f"<InvoiceLineAdd>{ref('ItemRef', item)}<Quantity>2</Quantity></InvoiceLineAdd>"
    return adding(ref("CustomerRef", customer) + line, kind="Invoice")


def test_lists_may_point_to_what_is_inactive_but_a_new_document_may_not(fitting: Node, trading: Company) -> None:
    made = one(trading, invoice())
    assert status(made) == 0, message(made)
    change(trading, fitting, "<IsActive>false</IsActive>", kind="ItemService")
    answer = one(trading, invoice())
    assert status(answer) == 3140
    assert message(answer).startswith('There is an invalid reference to QuickBooks Item "Fitting" in the Invoice.')
    group = f"{named('Kit')}<ItemGroupLine>{ref('ItemRef', 'Fitting')}</ItemGroupLine>"
    assert add(trading, group, kind="ItemGroup").findtext("ItemGroupLine/ItemRef/FullName") == "Fitting"


def test_a_renamed_item_and_a_renamed_customer_are_renamed_in_their_documents(fitting: Node, trading: Company) -> None:
    one(trading, invoice())
    change(trading, fitting, named("Mounting"), kind="ItemService")
    change(trading, one(trading, query("<FullName>Acme</FullName>"))[0], named("Acme Inc"))
    found = one(trading, query("<IncludeLineItems>true</IncludeLineItems>", kind="Invoice"))[0]
    assert found.findtext("CustomerRef/FullName") == "Acme Inc"
    assert found.findtext("InvoiceLineRet/ItemRef/FullName") == "Mounting"


def test_an_item_on_a_document_stays(fitting: Node, trading: Company) -> None:
    one(trading, invoice())
    deleting = f"<ListDelType>ItemService</ListDelType><ListID>{fitting.findtext('ListID')}</ListID>"
    assert status(one(trading, f"<ListDelRq>{deleting}</ListDelRq>")) == 3160
