"""What a business trades in the org: prices, opportunities, quotes and orders, with the rules between them."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.salesforce.visitor import Visitor, operator

_DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01"}


@dataclass
class Shop:
    """A product with its standard price, a trade price book, and an account that buys."""

    visitor: Visitor
    product: str
    standard: str
    price: str
    account: str

    def line(self, deal: str, **values: Any) -> str:
        asked = {"PricebookEntryId": self.price, "Quantity": 2, "UnitPrice": 10.1, **values}
        return self.visitor.create("OpportunityLineItem", OpportunityId=deal, **asked)

    def row(self, kind: str, record_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.visitor.get(f"sobjects/{kind}/{record_id}")
        return found

    def refused(self, kind: str, **values: Any) -> tuple[str, str]:
        status, code, message = self.visitor.error(self.visitor.data("POST", f"sobjects/{kind}", values))
        assert status == 400
        return code, message

    def unchanged(self, kind: str, record_id: str, **values: Any) -> tuple[str, str]:
        answer = self.visitor.data("PATCH", f"sobjects/{kind}/{record_id}", values)
        assert answer.status == 400, answer.body
        return self.visitor.error(answer)[1:]


@pytest.fixture
def shop(visitor: Visitor) -> Shop:
    product = visitor.create("Product2", Name="Saw", ProductCode="S1", IsActive=True)
    standard = str(visitor.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")[0]["Id"])
    price = visitor.create("PricebookEntry", Pricebook2Id=standard, Product2Id=product, UnitPrice=12.5, IsActive=True)
    return Shop(visitor, product, standard, price, visitor.create("Account", Name="Pine"))


def test_a_stage_decides_what_an_opportunity_is(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL, Amount=200)
    row = shop.row("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ForecastCategory"]) == (
        False, False, 10.0, "Pipeline",
    )  # fmt: skip
    assert row["ExpectedRevenue"] == 20.0

    shop.visitor.data("PATCH", f"sobjects/Opportunity/{deal}", {"StageName": "Closed Lost"})
    row = shop.row("Opportunity", deal)
    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ForecastCategoryName"]) == (
        True, False, 0.0, "Omitted",
    )  # fmt: skip


def test_stages_can_be_asked_for(visitor: Visitor) -> None:
    rows = visitor.query("SELECT ApiName, IsWon FROM OpportunityStage WHERE IsClosed = true AND IsActive = true")

    assert [(one["ApiName"], one["IsWon"]) for one in rows] == [("Closed Won", True), ("Closed Lost", False)]


def test_a_given_probability_and_forecast_stay(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL, Probability=33, ForecastCategoryName="Best Case")

    row = shop.row("Opportunity", deal)
    assert (row["Probability"], row["ForecastCategory"]) == (33.0, "BestCase")


def test_a_line_takes_price_and_name_from_its_entry(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    line = shop.line(deal)

    row = shop.row("OpportunityLineItem", line)
    assert (row["Product2Id"], row["ProductCode"], row["ListPrice"]) == (shop.product, "S1", 12.5)
    assert (row["TotalPrice"], row["Subtotal"], row["Name"]) == (20.2, 20.2, "Deal Saw")


def test_a_line_may_name_its_product_alone(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)

    line = shop.line(deal, PricebookEntryId=None, Product2Id=shop.product)

    assert shop.row("OpportunityLineItem", line)["PricebookEntryId"] == shop.price


def test_a_total_decides_the_price_of_a_line(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    line = shop.line(deal, UnitPrice=None, TotalPrice=10, Quantity=3)

    row = shop.row("OpportunityLineItem", line)
    assert (row["UnitPrice"], row["TotalPrice"]) == (3.33, 10.0)
    both = {"OpportunityId": deal, "PricebookEntryId": shop.price, "Quantity": 1, "UnitPrice": 1, "TotalPrice": 1}
    assert shop.refused("OpportunityLineItem", **both)[0] == "FIELD_INTEGRITY_EXCEPTION"


def test_lines_move_the_stamp_of_their_opportunity_and_nothing_else_does(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    line = shop.line(deal)
    before = shop.row("Opportunity", deal)
    shop.visitor.clock.at += 60

    shop.visitor.data("PATCH", f"sobjects/OpportunityLineItem/{line}", {"Description": "sharp"})
    assert shop.row("Opportunity", deal)["SystemModstamp"] == before["SystemModstamp"]
    shop.visitor.data("PATCH", f"sobjects/OpportunityLineItem/{line}", {"Quantity": 3})

    after = shop.row("Opportunity", deal)
    assert after["SystemModstamp"] > before["SystemModstamp"]
    assert (after["Amount"], after["ExpectedRevenue"], after["TotalOpportunityQuantity"]) == (30.3, 3.03, 3.0)


def test_with_lines_amount_and_price_book_are_settled(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    shop.line(deal)
    book = shop.visitor.create("Pricebook2", Name="Trade", IsActive=True)

    assert shop.visitor.data("PATCH", f"sobjects/Opportunity/{deal}", {"Amount": 5}).status == 204
    assert shop.row("Opportunity", deal)["Amount"] == 20.2
    assert shop.unchanged("Opportunity", deal, Pricebook2Id=book)[0] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_deleted_line_leaves_the_sum(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    first, second = shop.line(deal), shop.line(deal)

    shop.visitor.data("DELETE", f"sobjects/OpportunityLineItem/{first}")
    assert shop.row("Opportunity", deal)["Amount"] == 20.2
    shop.visitor.data("DELETE", f"sobjects/OpportunityLineItem/{second}")
    row = shop.row("Opportunity", deal)
    assert (row["Amount"], row["HasOpportunityLineItem"]) == (20.2, False)


def test_a_line_of_another_price_book_is_refused(shop: Shop) -> None:
    book = shop.visitor.create("Pricebook2", Name="Trade", IsActive=True)
    deal = shop.visitor.create("Opportunity", **_DEAL, Pricebook2Id=book)

    code, message = shop.refused(
        "OpportunityLineItem", OpportunityId=deal, PricebookEntryId=shop.price, Quantity=1, UnitPrice=1
    )

    assert code == "FIELD_INTEGRITY_EXCEPTION"
    assert "pricebook entry is in a different pricebook than the one assigned to the opportunity" in message


def test_an_inactive_price_sells_nothing(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)
    shop.visitor.data("PATCH", f"sobjects/PricebookEntry/{shop.price}", {"IsActive": False})

    line = {"OpportunityId": deal, "PricebookEntryId": shop.price, "Quantity": 1, "UnitPrice": 1}
    assert shop.refused("OpportunityLineItem", **line)[0] == "FIELD_INTEGRITY_EXCEPTION"


def test_a_line_without_a_product_is_refused(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL)

    code, message = shop.refused("OpportunityLineItem", OpportunityId=deal, Quantity=1, UnitPrice=1)

    assert (code, message) == ("REQUIRED_FIELD_MISSING", "Required fields are missing: [PricebookEntryId]")


def test_the_standard_price_book_is_neither_made_nor_deleted(shop: Shop) -> None:
    assert shop.refused("Pricebook2", Name="x", IsStandard=True)[0] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    assert shop.visitor.data("DELETE", f"sobjects/Pricebook2/{shop.standard}").status == 400


def test_an_entry_follows_the_standard_price(shop: Shop) -> None:
    book = shop.visitor.create("Pricebook2", Name="Trade", IsActive=True)
    entry = {"Pricebook2Id": book, "Product2Id": shop.product, "UseStandardPrice": True, "IsActive": True}
    made = shop.visitor.create("PricebookEntry", **entry)
    assert shop.row("PricebookEntry", made)["UnitPrice"] == 12.5

    shop.visitor.data("PATCH", f"sobjects/PricebookEntry/{shop.price}", {"UnitPrice": 14})

    assert shop.row("PricebookEntry", made)["UnitPrice"] == 14.0
    assert shop.unchanged("PricebookEntry", made, UnitPrice=3)[0] == "FIELD_INTEGRITY_EXCEPTION"


def an_order(shop: Shop) -> tuple[str, str]:
    order = shop.visitor.create(
        "Order", AccountId=shop.account, EffectiveDate="2026-12-01", Status="Draft", Pricebook2Id=shop.standard
    )
    item = shop.visitor.create("OrderItem", OrderId=order, PricebookEntryId=shop.price, Quantity=3, UnitPrice=2)
    return order, item


def test_an_order_has_a_number_and_a_sum(shop: Shop) -> None:
    order, _ = an_order(shop)

    row = shop.row("Order", order)
    assert (row["OrderNumber"], row["TotalAmount"], row["StatusCode"]) == ("00000001", 6.0, "Draft")


def test_an_order_begins_as_a_draft_of_an_account(shop: Shop) -> None:
    order = {"AccountId": shop.account, "EffectiveDate": "2026-12-01"}

    assert shop.refused("Order", **order, Status="Activated")[0] == "FAILED_ACTIVATION"
    assert shop.refused("Order", EffectiveDate="2026-12-01", Status="Draft")[0] == "REQUIRED_FIELD_MISSING"


def test_an_order_needs_a_price_book_before_items_and_items_before_activation(shop: Shop) -> None:
    order = shop.visitor.create("Order", AccountId=shop.account, EffectiveDate="2026-12-01", Status="Draft")

    code, message = shop.refused("OrderItem", OrderId=order, PricebookEntryId=shop.price, Quantity=1, UnitPrice=1)

    assert code == "FIELD_INTEGRITY_EXCEPTION"
    assert message.startswith("Order Products must have a Price Book Entry that belongs to the Price Book")
    assert shop.unchanged("Order", order, Status="Activated")[0] == "FAILED_ACTIVATION"


def test_an_activated_order_keeps_its_items(shop: Shop) -> None:
    order, item = an_order(shop)
    assert shop.visitor.data("PATCH", f"sobjects/Order/{order}", {"Status": "Activated"}).status == 204
    row = shop.row("Order", order)
    assert (row["ActivatedById"], row["ActivatedDate"]) == (shop.visitor.org.access.user_id, row["LastModifiedDate"])

    locked = shop.refused("OrderItem", OrderId=order, PricebookEntryId=shop.price, Quantity=1, UnitPrice=1)

    assert locked[0] == "ENTITY_IS_LOCKED"
    for path in (f"OrderItem/{item}", f"Order/{order}"):
        assert shop.visitor.error(shop.visitor.data("DELETE", f"sobjects/{path}"))[1] == "ENTITY_IS_LOCKED"


def test_a_quote_is_of_its_opportunity(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL, AccountId=shop.account, Pricebook2Id=shop.standard)
    quote = shop.visitor.create("Quote", Name="Offer", OpportunityId=deal, Tax=1.5, ShippingHandling=4)
    line = {"QuoteId": quote, "PricebookEntryId": shop.price, "Quantity": 2, "UnitPrice": 10, "Discount": 10}
    shop.visitor.create("QuoteLineItem", **line)

    row = shop.row("Quote", quote)
    assert (row["QuoteNumber"], row["AccountId"], row["Pricebook2Id"]) == ("00000001", shop.account, shop.standard)
    assert (row["Subtotal"], row["Discount"], row["TotalPrice"], row["GrandTotal"]) == (20.0, 10.0, 18.0, 23.5)
    assert row["LineItemCount"] == 1


def test_an_owner_who_has_left_owns_nothing_new(visitor: Visitor) -> None:
    gone = visitor.query("SELECT Id FROM User WHERE IsActive = false")[0]["Id"]

    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", "OwnerId": gone})

    message = f"operation performed with inactive user [{gone[:15]}] as owner of account"
    assert visitor.error(answer) == (400, "INACTIVE_OWNER_OR_USER", message)


def test_a_deleted_opportunity_takes_its_lines_along(shop: Shop) -> None:
    deal = shop.visitor.create("Opportunity", **_DEAL, AccountId=shop.account)
    shop.line(deal)

    shop.visitor.data("DELETE", f"sobjects/Account/{shop.account}")

    assert shop.visitor.query("SELECT Id FROM OpportunityLineItem") == []
    kept = shop.visitor.get("queryAll?q=SELECT+IsDeleted+FROM+OpportunityLineItem")["records"]
    assert [one["IsDeleted"] for one in kept] == [True]


def test_a_reference_to_another_kind_of_record_is_refused(shop: Shop) -> None:
    code, message = shop.refused("Contact", LastName="x", AccountId=shop.product)

    assert code == "FIELD_INTEGRITY_EXCEPTION"
    assert message == f"Account ID: id value of incorrect type: {shop.product}"


def test_a_boolean_is_never_null(visitor: Visitor) -> None:
    answer = visitor.data("POST", "sobjects/Product2", {"Name": "x", "IsActive": None})

    assert visitor.error(answer)[:2] == (400, "INVALID_TYPE_ON_FIELD_IN_RECORD")


def test_several_people_work_in_the_org(visitor: Visitor) -> None:
    people = operator(visitor).query("SELECT Name, Alias, Email FROM User WHERE IsActive = true")

    assert len(people) == 6
    assert all(one["Alias"] and one["Email"] for one in people)


def test_an_owner_is_never_taken_away(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x", OwnerId=None)

    answer = visitor.data("PATCH", f"sobjects/Account/{made}", {"OwnerId": None})

    assert visitor.error(answer)[1] == "REQUIRED_FIELD_MISSING"
    assert visitor.get(f"sobjects/Account/{made}")["OwnerId"] == visitor.org.access.user_id


@pytest.mark.parametrize("day", ["20261201", "2026-13-01", "1 December", 5])
def test_a_date_that_is_none_is_refused(visitor: Visitor, day: Any) -> None:
    answer = visitor.data("POST", "sobjects/Opportunity", {**_DEAL, "CloseDate": day})

    assert visitor.error(answer)[1] == "JSON_PARSER_ERROR"
