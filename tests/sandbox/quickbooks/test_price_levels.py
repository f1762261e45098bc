import pytest

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import add, change, named, ref, sold, stocked


def level(*prices: str) -> str:
    return "".join(f"<PriceLevelPerItem>{ref('ItemRef', 'Bolt')}{price}</PriceLevelPerItem>" for price in prices)


def adjusted(percentage: str, base: str) -> str:
    return f"<AdjustPercentage>{percentage}</AdjustPercentage><AdjustRelativeTo>{base}</AdjustRelativeTo>"


@pytest.fixture
def bolt(trading: Company) -> Node:
    inside = named("Bolt") + stocked("10.00").replace(
        "<COGSAccountRef>", "<PurchaseCost>4</PurchaseCost><COGSAccountRef>"
    )
    return add(trading, inside, kind="ItemInventory")


@pytest.mark.usefixtures("bolt")
@pytest.mark.parametrize(
    ("price", "shown"),
    [
        ("<CustomPrice>7</CustomPrice>", ("CustomPrice", "7.00")),
        ("<CustomPricePercent>-10.0</CustomPricePercent>", ("CustomPricePercent", "-10.0")),
        (adjusted("25", "Cost"), ("CustomPrice", "5.00")),
        (adjusted("-12.5", "StandardPrice"), ("CustomPrice", "8.75")),
        (adjusted("10", "CurrentCustomPrice"), ("CustomPrice", "11.00")),
    ],
)
def test_a_level_gives_an_item_a_price_of_its_own(price: str, shown: tuple[str, str], trading: Company) -> None:
    ret = add(trading, named("Builders") + level(price), kind="PriceLevel")
    assert ret.findtext("PriceLevelType") == "PerItem"
    assert [(child.tag, child.text) for child in ret.iterfind("PriceLevelPerItemRet/*") if not len(child)] == [shown]
    assert ret.findtext("PriceLevelPerItemRet/ItemRef/FullName") == "Bolt"


@pytest.mark.usefixtures("bolt")
def test_a_custom_price_is_adjusted_from_where_it_stands(trading: Company) -> None:
    ret = add(trading, named("Builders") + level("<CustomPrice>8</CustomPrice>"), kind="PriceLevel")
    changed = change(trading, ret, level(adjusted("50", "CurrentCustomPrice")), kind="PriceLevel")
    assert changed.findtext("PriceLevelPerItemRet/CustomPrice") == "12.00"


@pytest.mark.usefixtures("bolt")
def test_one_percentage_replaces_all_prices(trading: Company) -> None:
    add(trading, named("Fitting") + sold(), kind="ItemService")
    ret = add(trading, named("Builders") + level("<CustomPrice>8</CustomPrice>"), kind="PriceLevel")
    percentage = "<PriceLevelFixedPercentage>-5.0</PriceLevelFixedPercentage>"
    changed = change(trading, ret, percentage, kind="PriceLevel")
    assert (changed.findtext("PriceLevelType"), changed.findtext("PriceLevelFixedPercentage")) == (
        "FixedPercentage",
        "-5.0",
    )
    assert changed.find("PriceLevelPerItemRet") is None
