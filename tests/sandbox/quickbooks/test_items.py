from collections.abc import Iterator

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.captured import load
from apatar.sandbox.quickbooks.company import Company, Session
from apatar.sandbox.quickbooks.kinds import ITEMS
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import (
    Watch,
    add,
    adding,
    change,
    changing,
    message,
    message_set,
    named,
    names,
    one,
    query,
    ref,
    refused,
    sold,
    status,
    stocked,
)
from tests.shared_folder import needs_shared, schema_of_quickbooks, shared

SALES_AND_PURCHASE = (
    f"<SalesAndPurchase><SalesPrice>12.5</SalesPrice>{ref('IncomeAccountRef', 'Sales')}"
    f"<PurchaseCost>7.123</PurchaseCost>{ref('ExpenseAccountRef', 'Office Supplies')}</SalesAndPurchase>"
)
ASSET = "<AcquiredAs>New</AcquiredAs><PurchaseDesc>Van</PurchaseDesc><PurchaseDate>2024-01-02</PurchaseDate>"


def members(*lines: tuple[str, str]) -> str:
    return "".join(
        f"<ItemGroupLine>{ref('ItemRef', name)}<Quantity>{quantity}</Quantity></ItemGroupLine>"
        for name, quantity in lines
    )


def component(name: str, quantity: str) -> str:
    inside = f"{ref('ItemInventoryRef', name)}<Quantity>{quantity}</Quantity>"
    return f"<ItemInventoryAssemblyLine>{inside}</ItemInventoryAssemblyLine>"


@pytest.fixture
def bolt(trading: Company) -> Node:
    return add(trading, named("Bolt") + stocked(), kind="ItemInventory")


@pytest.fixture
def fitting(trading: Company) -> Node:
    return add(trading, named("Fitting") + sold("20"), kind="ItemService")


EVERY_KIND = (
    ("ItemService", sold()),
    ("ItemNonInventory", SALES_AND_PURCHASE),
    (
        "ItemOtherCharge",
        "<SalesOrPurchase><PricePercent>5</PricePercent>" + ref("AccountRef", "Sales") + "</SalesOrPurchase>",
    ),
    ("ItemInventory", stocked()),
    ("ItemInventoryAssembly", stocked() + component("Bolt", "4")),
    ("ItemFixedAsset", ASSET + ref("AssetAccountRef", "Vans")),
    ("ItemSubtotal", "<ItemDesc>So far</ItemDesc>"),
    ("ItemDiscount", "<DiscountRatePercent>10.0</DiscountRatePercent>" + ref("AccountRef", "Sales")),
    ("ItemPayment", ref("DepositToAccountRef", "Checking")),
    ("ItemSalesTax", "<TaxRate>8.25</TaxRate>" + ref("TaxVendorRef", "State Tax Agency")),
    ("ItemSalesTaxGroup", ref("ItemSalesTaxRef", "State Tax")),
    ("ItemGroup", members(("Bolt", "2"), ("Fitting", "0.5"))),
)


@pytest.mark.usefixtures("bolt", "fitting")
@pytest.mark.parametrize(("kind", "inside"), EVERY_KIND)
def test_every_kind_of_item_is_added_found_and_renamed(kind: str, inside: str, trading: Company, watch: Watch) -> None:
    ret = add(trading, named("New one") + inside, kind=kind)
    watch.pass_by(minutes=1)
    renamed = change(trading, ret, named("Newer one"), kind=kind)
    assert (renamed.tag, renamed.findtext("Name")) == (f"{kind}Ret", "Newer one")
    assert [child.tag for child in renamed] == [child.tag for child in ret]
    found = one(trading, query("<FullName>NEWER ONE</FullName>", kind=kind))[0]
    assert found.findtext("ListID") == ret.findtext("ListID")
    assert one(trading, query(f"<ListID>{ret.findtext('ListID')}</ListID>", kind="Item"))[0].tag == f"{kind}Ret"


def test_every_kind_of_item_is_tried_here() -> None:
    assert {kind for kind, _ in EVERY_KIND} == set(ITEMS)


@needs_shared
@pytest.mark.usefixtures("bolt", "fitting")
def test_every_items_answer_obeys_the_schema(trading: Company) -> None:
    schema = schema_of_quickbooks()
    adds = "".join(adding(named(f"New {kind}"[:31]) + inside, kind=kind) for kind, inside in EVERY_KIND)
    kinds = ("Item", *ITEMS, "Currency", "Template", "Account", "SalesTaxCode", "Class")
    asked = "<HostQueryRq/><PreferencesQueryRq/>" + "".join(query(kind=kind) for kind in kinds)
    response = etree.fromstring(trading.process(message_set(adds + asked, version="13.0")).encode())
    schema.assertValid(response)
    assert not response.findall(".//*[@statusSeverity='Error']")


@needs_shared
def test_a_product_is_answered_as_quickbooks_answered_it(trading: Company) -> None:
    request = shared("captures/qbxml/rq_item_inventory_add__skryl.xml").read_text()
    ours = etree.fromstring(trading.process(request).encode()).find(".//ItemInventoryRet")
    real = etree.parse(shared("captures/qbxml/rs_item_inventory_add__skryl.xml")).find(".//ItemInventoryRet")
    assert ours is not None
    assert real is not None
    assert list(pictured(ours)) == list(pictured(real))


def pictured(ret: Node) -> Iterator[tuple[str, str]]:
    """The elements and their values, but for identities and times."""
    for child in ret.iter():
        if child.tag not in {"ListID", "TimeCreated", "TimeModified", "EditSequence"}:
            yield child.tag, (child.text or "").strip()


@needs_shared
def test_a_captured_assembly_is_given_again_and_keeps_its_lines_when_it_changes(company: Company) -> None:
    file = shared("captures/qbxml/rs_item_query_assembly__consolibyte.xml")
    load(company, [file])
    asked = query(
        "<FullName>Retail 12oz bags-BOM:esp-boss-12</FullName>",
        kind="Item",
        attributes=' requestID="SXRlbVF1ZXJ5fDMyNQ=="',
    )
    assert company.process(message_set(asked)).strip() == file.read_text().strip()
    ret = one(company, asked)[0]
    changed = change(company, ret, "<SalesPrice>14</SalesPrice>", kind="ItemInventoryAssembly")
    assert changed.findtext("SalesPrice") == "14.00"
    assert [child.tag for child in changed] == [child.tag for child in ret]


def test_an_item_stands_below_its_parent(trading: Company) -> None:
    add(trading, named("Wood") + sold(), kind="ItemService")
    ret = add(trading, f"{named('Oak')}{ref('ParentRef', 'Wood')}{sold()}", kind="ItemService")
    assert (ret.findtext("FullName"), ret.findtext("Sublevel"), ret.findtext("ParentRef/FullName")) == (
        "Wood:Oak",
        "1",
        "Wood",
    )


def test_a_renamed_parent_takes_its_children_and_its_groups_along(trading: Company) -> None:
    wood = add(trading, named("Wood") + sold(), kind="ItemService")
    add(trading, f"{named('Oak')}{ref('ParentRef', 'Wood')}{sold()}", kind="ItemService")
    add(trading, named("Floor") + members(("Wood:Oak", "3")), kind="ItemGroup")
    change(trading, wood, named("Timber"), kind="ItemService")
    assert "Timber:Oak" in names(one(trading, query(kind="ItemService")))
    group = one(trading, query(kind="ItemGroup"))[0]
    assert group.findtext("ItemGroupLine/ItemRef/FullName") == "Timber:Oak"


@pytest.mark.usefixtures("bolt")
def test_names_are_unique_over_the_whole_list_of_items_but_only_below_one_parent(trading: Company) -> None:
    answer = one(trading, adding(named("BOLT") + sold(), kind="ItemService"))
    assert (status(answer), message(answer)) == (3100, 'The name "BOLT" of the list element is already in use.')
    below = named("Bolt") + ref("ParentRef", "Bolt") + stocked()
    assert status(one(trading, adding(below, kind="ItemInventory"))) == 0


@pytest.mark.parametrize(
    ("kind", "inside", "missing"),
    [
        ("ItemService", "<SalesOrPurchase><Price>1</Price></SalesOrPurchase>", "AccountRef"),
        ("ItemOtherCharge", "<SalesOrPurchase><Price>1</Price></SalesOrPurchase>", "AccountRef"),
        (
            "ItemNonInventory",
            f"<SalesAndPurchase>{ref('IncomeAccountRef', 'Sales')}</SalesAndPurchase>",
            "ExpenseAccountRef",
        ),
        ("ItemInventory", ref("IncomeAccountRef", "Sales"), "COGSAccountRef"),
        (
            "ItemInventory",
            ref("IncomeAccountRef", "Sales") + ref("COGSAccountRef", "Cost of Goods Sold"),
            "AssetAccountRef",
        ),
        ("ItemInventoryAssembly", "", "IncomeAccountRef"),
        ("ItemDiscount", "<DiscountRate>5</DiscountRate>", "AccountRef"),
    ],
)
def test_an_item_that_nothing_can_be_posted_to_is_refused(
    kind: str, inside: str, missing: str, trading: Company
) -> None:
    answer = one(trading, adding(named("New one") + inside, kind=kind))
    assert status(answer) == 3270
    assert missing in message(answer)
    assert len(answer) == 0


def test_an_account_that_is_not_there_is_an_invalid_reference(trading: Company) -> None:
    answer = one(trading, adding(named("New one") + sold(account="Nowhere"), kind="ItemService"))
    assert status(answer) == 3140
    assert message(answer).startswith(
        'There is an invalid reference to QuickBooks Account "Nowhere" in the ItemService.'
    )


def test_an_item_says_what_it_sells_for_or_the_set_is_refused(trading: Company) -> None:
    refused(trading, adding(named("New one"), kind="ItemService"))
    refused(trading, adding(named("New one") + sold() + SALES_AND_PURCHASE, kind="ItemService"))


def test_a_name_of_32_characters_is_too_long(trading: Company) -> None:
    assert status(one(trading, adding(named("x" * 32) + sold(), kind="ItemService"))) == 3070


def test_prices_and_quantities_are_printed_as_quickbooks_prints_them(trading: Company) -> None:
    inside = stocked("103") + "<ReorderPoint>2.50</ReorderPoint>"
    ret = add(trading, named("Bolt") + inside, kind="ItemInventory")
    assert (ret.findtext("SalesPrice"), ret.findtext("ReorderPoint")) == ("103.00", "2.5")
    part = add(trading, named("Part") + SALES_AND_PURCHASE, kind="ItemNonInventory")
    assert part.findtext("SalesAndPurchase/PurchaseCost") == "7.123"


def test_an_opening_stock_has_a_cost(trading: Company) -> None:
    opening = (
        "<QuantityOnHand>4</QuantityOnHand><TotalValue>11.00</TotalValue><InventoryDate>2024-01-01</InventoryDate>"
    )
    ret = add(trading, named("Bolt") + stocked() + opening, kind="ItemInventory")
    counts = ("QuantityOnHand", "AverageCost", "QuantityOnOrder", "QuantityOnSalesOrder")
    assert [ret.findtext(name) for name in counts] == ["4", "2.75", "0", "0"]
    assert ret.find("TotalValue") is None


@pytest.mark.usefixtures("fitting")
def test_inactive_items_are_hidden_until_they_are_asked_for(bolt: Node, trading: Company) -> None:
    change(trading, bolt, "<IsActive>false</IsActive>", kind="ItemInventory")
    assert "Bolt" not in names(one(trading, query(kind="Item")))
    assert "Bolt" in names(one(trading, query("<ActiveStatus>All</ActiveStatus>", kind="Item")))
    assert names(one(trading, query("<ActiveStatus>InactiveOnly</ActiveStatus>", kind="Item"))) == ["Bolt"]
    assert names(one(trading, query("<FullName>Bolt</FullName>", kind="Item"))) == ["Bolt"]


@pytest.mark.usefixtures("bolt")
def test_items_are_asked_for_by_time_and_by_name(trading: Company, watch: Watch) -> None:
    watch.pass_by(hours=1)
    add(trading, named("Fitting") + sold(), kind="ItemService")
    since = "<FromModifiedDate>2024-01-15T12:30:00</FromModifiedDate>"
    assert names(one(trading, query(since, kind="Item"))) == ["Fitting"]
    ends = "<NameFilter><MatchCriterion>EndsWith</MatchCriterion><Name>OLT</Name></NameFilter>"
    assert names(one(trading, query(ends, kind="Item"))) == ["Bolt"]


@pytest.mark.usefixtures("bolt", "fitting")
def test_an_iterator_walks_over_items_of_every_kind(trading: Company) -> None:
    session = Session(trading)
    page = "<MaxReturned>2</MaxReturned>"
    first = one(session, query(page, kind="Item", attributes=' iterator="Start"'))
    goes_on = f' iterator="Continue" iteratorID="{first.get("iteratorID")}"'
    rest = one(session, query(page, kind="Item", attributes=goes_on))
    assert [*names(first), *names(rest)] == ["State Tax", "Bolt", "Fitting"]
    assert (first.get("iteratorRemainingCount"), rest.get("iteratorRemainingCount")) == ("1", "0")


def test_an_old_version_of_qbxml_sees_less_of_an_item(trading: Company) -> None:
    add(trading, named("East"), kind="Class")
    inside = f"{named('Bolt')}{ref('ClassRef', 'East')}<ManufacturerPartNumber>M8</ManufacturerPartNumber>{stocked()}"
    add(trading, inside, kind="ItemInventory")
    new, old = (one(trading, query(kind="ItemInventory"), version=version)[0] for version in ("12.0", "6.0"))
    assert (new.findtext("ManufacturerPartNumber"), new.findtext("ClassRef/FullName")) == ("M8", "East")
    assert (old.find("ManufacturerPartNumber"), old.find("ClassRef")) == (None, None)


# Changes


def test_a_change_of_one_price_leaves_the_rest(fitting: Node, trading: Company) -> None:
    changed = change(trading, fitting, "<SalesOrPurchaseMod><Price>21</Price></SalesOrPurchaseMod>", kind="ItemService")
    aggregate = changed.find("SalesOrPurchase")
    assert aggregate is not None
    assert [(child.tag, child.text) for child in aggregate if not len(child)] == [("Desc", "Sold"), ("Price", "21.00")]
    assert aggregate.findtext("AccountRef/FullName") == "Sales"


def test_an_empty_description_is_taken_away_and_a_percentage_replaces_a_price(fitting: Node, trading: Company) -> None:
    inside = "<SalesOrPurchaseMod><Desc></Desc><PricePercent>5</PricePercent></SalesOrPurchaseMod>"
    aggregate = change(trading, fitting, inside, kind="ItemService").find("SalesOrPurchase")
    assert aggregate is not None
    assert [child.tag for child in aggregate] == ["PricePercent", "AccountRef"]


def test_an_item_that_was_only_sold_can_be_bought_from_now_on(fitting: Node, trading: Company) -> None:
    inside = SALES_AND_PURCHASE.replace("SalesAndPurchase>", "SalesAndPurchaseMod>")
    changed = change(trading, fitting, inside, kind="ItemService")
    assert changed.find("SalesOrPurchase") is None
    assert changed.findtext("SalesAndPurchase/ExpenseAccountRef/FullName") == "Office Supplies"


def test_an_account_cannot_be_cleared(bolt: Node, fitting: Node, trading: Company) -> None:
    blank = "<IncomeAccountRef><FullName></FullName></IncomeAccountRef>"
    answer = one(trading, changing(bolt, blank, kind="ItemInventory"))
    assert (status(answer), message(answer)) == (3190, "Cannot clear the element in the IncomeAccountRef field. ")
    inside = "<SalesOrPurchaseMod><AccountRef><FullName></FullName></AccountRef></SalesOrPurchaseMod>"
    assert status(one(trading, changing(fitting, inside, kind="ItemService"))) == 3190


@pytest.mark.usefixtures("bolt", "fitting")
def test_the_lines_of_a_group_are_replaced_as_a_whole_or_cleared(trading: Company) -> None:
    ret = add(trading, named("Kit") + members(("Bolt", "2"), ("Fitting", "1")), kind="ItemGroup")
    assert ret.findtext("IsPrintItemsInGroup") == "false"
    changed = change(trading, ret, members(("Fitting", "3")), kind="ItemGroup")
    lines = [
        (line.findtext("ItemRef/FullName"), line.findtext("Quantity")) for line in changed.iterfind("ItemGroupLine")
    ]
    assert lines == [("Fitting", "3")]
    cleared = change(trading, changed, "<ClearItemsInGroup>true</ClearItemsInGroup>", kind="ItemGroup")
    assert cleared.find("ItemGroupLine") is None


@pytest.mark.usefixtures("bolt", "fitting")
def test_an_assembly_is_made_of_stock(trading: Company) -> None:
    answer = one(trading, adding(named("Frame") + stocked() + component("Fitting", "1"), kind="ItemInventoryAssembly"))
    assert status(answer) == 3140
    ret = add(trading, named("Frame") + stocked() + component("Bolt", "4"), kind="ItemInventoryAssembly")
    again = change(trading, ret, component("Bolt", "5") + component("Frame", "1"), kind="ItemInventoryAssembly")
    assert [line.findtext("Quantity") for line in again.iterfind("ItemInventoryAssemblyLine")] == ["5", "1"]


def test_a_tax_group_holds_taxes_and_no_groups(trading: Company) -> None:
    add(trading, named("City Tax") + "<TaxRate>1.5</TaxRate>", kind="ItemSalesTax")
    both = ref("ItemSalesTaxRef", "State Tax") + ref("ItemSalesTaxRef", "City Tax")
    group = add(trading, named("All taxes") + both, kind="ItemSalesTaxGroup")
    assert [found.findtext("FullName") for found in group.iterfind("ItemSalesTaxRef")] == ["State Tax", "City Tax"]
    nested = named("More") + ref("ItemSalesTaxRef", "All taxes")
    assert status(one(trading, adding(nested, kind="ItemSalesTaxGroup"))) == 3140
    fewer = change(trading, group, ref("ItemSalesTaxRef", "City Tax"), kind="ItemSalesTaxGroup")
    assert [found.findtext("FullName") for found in fewer.iterfind("ItemSalesTaxRef")] == ["City Tax"]


def test_a_discount_is_an_amount_or_a_percentage(trading: Company) -> None:
    inside = named("Less") + "<DiscountRate>5</DiscountRate>" + ref("AccountRef", "Sales")
    ret = add(trading, inside, kind="ItemDiscount")
    changed = change(trading, ret, "<DiscountRatePercent>10</DiscountRatePercent>", kind="ItemDiscount")
    assert (changed.find("DiscountRate"), changed.findtext("DiscountRatePercent")) == (None, "10")


def test_a_bar_code_is_kept_as_its_value(bolt: Node, trading: Company) -> None:
    inside = "<BarCode><BarCodeValue>4006381333931</BarCodeValue><AllowOverride>true</AllowOverride></BarCode>"
    changed = change(trading, bolt, inside, kind="ItemInventory")
    assert changed.findtext("BarCodeValue") == "4006381333931"


def test_a_stale_edit_sequence_is_answered_with_the_item_as_it_is(bolt: Node, trading: Company, watch: Watch) -> None:
    watch.pass_by(minutes=5)
    change(trading, bolt, "<SalesPrice>90</SalesPrice>", kind="ItemInventory")
    answer = one(trading, changing(bolt, "<SalesPrice>91</SalesPrice>", kind="ItemInventory"))
    assert status(answer) == 3200
    assert answer.findtext("ItemInventoryRet/SalesPrice") == "90.00"


# Deletions


def deleting(ret: Node, kind: str) -> str:
    return f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{ret.findtext('ListID')}</ListID></ListDelRq>"


@pytest.mark.usefixtures("fitting")
def test_an_item_in_use_stays_and_an_unused_one_goes(bolt: Node, trading: Company) -> None:
    group = add(trading, named("Kit") + members(("Bolt", "2")), kind="ItemGroup")
    assert status(one(trading, deleting(bolt, "ItemInventory"))) == 3160
    assert status(one(trading, deleting(group, "ItemGroup"))) == 0
    assert status(one(trading, deleting(bolt, "ItemInventory"))) == 0
    assert names(one(trading, query(kind="Item"))) == ["State Tax", "Fitting"]


def test_an_account_that_an_item_posts_to_stays(fitting: Node, trading: Company) -> None:
    assert fitting is not None
    account = one(trading, query("<FullName>Sales</FullName>", kind="Account"))[0]
    assert status(one(trading, deleting(account, "Account"))) == 3160
