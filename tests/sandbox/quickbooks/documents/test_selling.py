import pytest

from apatar.sandbox.quickbooks.company import Company
from tests.sandbox.quickbooks.documents.trade import (
    adding,
    applied,
    balances,
    changing,
    count,
    credit,
    customer,
    deleting,
    group,
    invoice,
    kept,
    line,
    now,
    paying,
    ref,
    sell,
    taken,
    texts,
)
from tests.sandbox.quickbooks.situations import Watch, add, message, named, one, status


def test_an_invoice_takes_what_it_does_not_say_from_the_customer(shop: Company) -> None:
    ret = sell(shop, line("Pipe", count("2")))
    assert texts(ret, "TxnDate", "DueDate", "ShipDate", "RefNumber", "TermsRef/FullName") == [
        "2024-01-15",
        "2024-02-14",
        "2024-01-15",
        "1",
        "Net 30",
    ]
    assert texts(ret, "ARAccountRef/FullName", "BillAddress/Addr1", "BillAddressBlock/Addr2", "IsPaid") == [
        "Accounts Receivable",
        "Acme",
        "Bayshore",
        "false",
    ]


def test_an_invoice_adds_its_taxable_lines_up(shop: Company) -> None:
    untaxed = count("1") + ref("SalesTaxCodeRef", "Non")
    ret = sell(shop, line("Labor", count("3")) + line("Pipe", untaxed))
    assert texts(ret, "Subtotal", "SalesTaxPercentage", "SalesTaxTotal", "AppliedAmount", "BalanceRemaining") == [
        "110.01",
        "8.25",
        "8.25",
        "0.00",
        "118.26",
    ]


def test_a_customer_without_tax_pays_none(shop: Company) -> None:
    customer(shop, "Church", ref("SalesTaxCodeRef", "Non"))
    ret = sell(shop, line("Pipe"), who="Church")
    assert texts(ret, "SalesTaxTotal", "BalanceRemaining", "InvoiceLineRet/SalesTaxCodeRef/FullName") == [
        "0.00",
        "10.00",
        "Non",
    ]


def amounts(shop: Company, lines: str, *, kind: str = "Invoice") -> list[str | None]:
    ret = sell(shop, lines, kind=kind)
    return [found.findtext("Amount") or found.findtext("TotalAmount") for found in ret.iterfind("*[TxnLineID]")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (line("Pipe") + line("Ten off"), ["10.00", "-1.00"]),
        (line("Pipe") + line("Five less"), ["10.00", "-5.00"]),
        (
            line("Pipe") + line("Labor", count("3")) + line("Sub") + line("Ten off"),
            ["10.00", "100.01", "110.01", "-11.00"],
        ),
        (line("Pipe") + line("Sub") + line("Pipe") + line("Sub"), ["10.00", "10.00", "10.00", "10.00"]),
        (line("Pipe", count("4")) + line("Freight"), ["40.00", "2.00"]),
        (line("Pipe", "<Amount>7.00</Amount>"), ["7.00"]),
        (line("Pipe", f"{count('3')}<Rate>9</Rate><Amount>10.00</Amount>"), ["10.00"]),
        (group("Kit", "2"), ["106.67"]),
        (
            line("Pipe") + "<InvoiceLineAdd><Desc>Thank you</Desc></InvoiceLineAdd>" + line("Ten off"),
            ["10.00", None, "-1.00"],
        ),
    ],
)
def test_lines_are_counted_as_quickbooks_counts(lines: str, expected: list[str | None], shop: Company) -> None:
    assert amounts(shop, lines) == expected


def test_a_subtotal_counts_once(shop: Company) -> None:
    ret = sell(shop, line("Pipe") + line("Sub") + line("Ten off"))
    assert texts(ret, "Subtotal", "SalesTaxTotal") == ["9.00", "0.74"]


def test_a_line_without_an_item_cannot_cost_anything(shop: Company) -> None:
    answer = one(shop, adding("<InvoiceLineAdd><Desc>?</Desc><Amount>5.00</Amount></InvoiceLineAdd>"))
    assert (status(answer), message(answer)) == (3150, 'There is a missing element: "ItemRef".')


def test_a_tax_item_cannot_stand_on_a_line(shop: Company) -> None:
    assert status(one(shop, adding(line("Tax")))) == 3280


def test_what_does_not_exist_cannot_be_sold(shop: Company) -> None:
    answer = one(shop, adding(line("Nothing")))
    assert status(answer) == 3140
    assert message(answer).startswith('There is an invalid reference to QuickBooks Item "Nothing" in the Invoice.')


def test_an_invoice_keeps_its_number_and_the_next_counts_on(shop: Company) -> None:
    assert sell(shop, line("Pipe"), head="<RefNumber>A-099</RefNumber>").findtext("RefNumber") == "A-099"
    assert sell(shop, line("Pipe")).findtext("RefNumber") == "A-100"
    assert sell(shop, line("Pipe"), head="<RefNumber>A-099</RefNumber>").findtext("RefNumber") == "A-099"
    assert sell(shop, line("Pipe", kind="CreditMemo"), kind="CreditMemo").findtext("RefNumber") == "1"


def test_a_price_level_changes_what_a_customer_pays(shop: Company) -> None:
    add(shop, f"{named('Friends')}<PriceLevelFixedPercentage>-10</PriceLevelFixedPercentage>", kind="PriceLevel")
    customer(shop, "Friend", ref("PriceLevelRef", "Friends"))
    assert sell(shop, line("Pipe", count("3")), who="Friend").findtext("InvoiceLineRet/Rate") == "9.00"


def test_a_job_owes_for_its_customer_too(shop: Company) -> None:
    invoice(shop, "40.00", who="Acme:Roof")
    invoice(shop, "2.50")
    assert balances(shop) == {"Acme": ("2.50", "42.50"), "Acme:Roof": ("40.00", "40.00")}


def test_a_customer_whose_balance_moved_counts_as_changed(shop: Company, watch: Watch) -> None:
    watch.pass_by(hours=1)
    invoice(shop, "40.00")
    since = "<CustomerQueryRq><FromModifiedDate>2024-01-15T12:30:00</FromModifiedDate></CustomerQueryRq>"
    assert [ret.findtext("FullName") for ret in one(shop, since)] == ["Acme"]


def test_a_credit_is_owed_to_the_customer(shop: Company) -> None:
    ret = sell(shop, line("Pipe", kind="CreditMemo"), kind="CreditMemo")
    assert texts(ret, "TotalAmount", "CreditRemaining") == ["10.83", "10.83"]
    assert balances(shop)["Acme"] == ("-10.83", "-10.83")


@pytest.mark.parametrize("kind", ["SalesReceipt", "Estimate", "SalesOrder"])
def test_what_is_paid_at_once_or_not_posted_is_not_owed(kind: str, shop: Company) -> None:
    ret = sell(shop, line("Pipe", kind=kind), kind=kind)
    assert ret.findtext("TotalAmount") == "10.83"
    assert balances(shop)["Acme"] == ("0.00", "0.00")


def test_a_receipt_needs_no_customer(shop: Company) -> None:
    lines = line("Pipe", kind="SalesReceipt")
    ret = taken(shop, f"<SalesReceiptAddRq><SalesReceiptAdd>{lines}</SalesReceiptAdd></SalesReceiptAddRq>")
    assert texts(ret, "CustomerRef", "DepositToAccountRef/FullName", "TotalAmount") == [
        None,
        "Undeposited Funds",
        "10.83",
    ]


def test_a_pending_invoice_is_not_owed_until_it_is_final(shop: Company) -> None:
    ret = sell(shop, line("Pipe"), head="<IsPending>true</IsPending>")
    assert balances(shop)["Acme"] == ("0.00", "0.00")
    assert (
        status(one(shop, paying("1.00", f"<AppliedToTxnAdd><TxnID>{ret.findtext('TxnID')}</TxnID></AppliedToTxnAdd>")))
        == 3120
    )
    taken(shop, changing(ret, "<IsPending>false</IsPending>"))
    assert balances(shop)["Acme"] == ("10.83", "10.83")


def test_stock_goes_out_with_an_invoice_and_comes_back_with_a_credit(shop: Company) -> None:
    def on_hand() -> str | None:
        return one(shop, "<ItemInventoryQueryRq></ItemInventoryQueryRq>")[0].findtext("QuantityOnHand")

    ret = sell(shop, line("Bolt", count("30")))
    assert on_hand() == "70"
    sell(shop, line("Bolt", count("5"), kind="CreditMemo"), kind="CreditMemo")
    assert on_hand() == "75"
    taken(shop, changing(ret, kept(ret, 0, count("10"))))
    assert on_hand() == "95"
    one(shop, deleting(now(shop, ret)))
    assert on_hand() == "105"


# Currencies


def test_a_document_abroad_says_its_currency_and_what_it_is_worth_at_home(abroad: Company) -> None:
    ret = sell(abroad, line("Pipe", count("2")), who="Foreign")
    assert texts(
        ret,
        "CurrencyRef/FullName",
        "ExchangeRate",
        "InvoiceLineRet/Rate",
        "BalanceRemaining",
        "BalanceRemainingInHomeCurrency",
    ) == ["Euro", "1.25", "8.00", "16.00", "20.00"]
    assert ret.findtext("ARAccountRef/FullName") == "Accounts Receivable - EUR"
    home = sell(abroad, line("Pipe"))
    assert texts(home, "CurrencyRef/FullName", "ExchangeRate", "ARAccountRef/FullName") == [
        "US Dollar",
        "1",
        "Accounts Receivable",
    ]


def test_a_document_that_moves_abroad_takes_that_currency(abroad: Company) -> None:
    ret = sell(abroad, line("Pipe", "<Rate>8</Rate>"))
    ret = taken(abroad, changing(ret, ref("CustomerRef", "Foreign")))
    assert texts(ret, "CurrencyRef/FullName", "BalanceRemaining", "BalanceRemainingInHomeCurrency") == [
        "Euro",
        "8.00",
        "10.00",
    ]
    assert ret.findtext("ARAccountRef/FullName") == "Accounts Receivable - EUR"
    changed = taken(abroad, changing(ret, "<ExchangeRate>2</ExchangeRate>"))
    assert changed.findtext("BalanceRemainingInHomeCurrency") == "16.00"


def test_a_payment_abroad_pays_only_its_own_currency(abroad: Company) -> None:
    sold = sell(abroad, line("Pipe"), who="Foreign")
    paid = taken(abroad, paying("8.00", applied(sold, "8.00"), who="Foreign"))
    assert texts(paid, "CurrencyRef/FullName", "TotalAmountInHomeCurrency", "UnusedPayment") == [
        "Euro",
        "10.00",
        "0.00",
    ]
    assert balances(abroad)["Foreign"] == ("0.00", "0.00")


def test_without_a_second_currency_none_is_named(shop: Company) -> None:
    assert texts(sell(shop, line("Pipe")), "CurrencyRef", "ExchangeRate") == [None, None]


def test_a_pro_edition_makes_no_sales_orders(shop: Company) -> None:
    shop.store.put_setting("edition", "pro")
    assert status(one(shop, adding(line("Pipe", kind="SalesOrder"), kind="SalesOrder"))) == 3250


def test_a_document_needs_a_line(shop: Company) -> None:
    answer = one(shop, adding(""))
    assert (status(answer), message(answer)) == (3150, 'There is a missing element: "InvoiceLineAdd".')


def test_what_marks_a_document_for_its_maker_is_kept(shop: Company) -> None:
    guid = "{11111111-2222-3333-4444-555555555555}"
    ret = sell(shop, line("Pipe"), head=f"<ExternalGUID>{guid}</ExternalGUID>")
    assert now(shop, ret).findtext("ExternalGUID") == guid


def test_what_is_not_kept_is_said(shop: Company) -> None:
    answer = one(shop, adding(line("Pipe", "<SerialNumber>7</SerialNumber>")))
    assert (status(answer), answer.get("statusSeverity"), len(answer)) == (530, "Warn", 1)
    assert message(answer) == 'The field "SerialNumber" is not supported by this implementation.'


def test_terms_suggest_a_discount_for_paying_early(shop: Company) -> None:
    discounted = "<StdDueDays>30</StdDueDays><StdDiscountDays>10</StdDiscountDays><DiscountPct>2</DiscountPct>"
    add(shop, named("2 10") + discounted, kind="StandardTerms")
    ret = sell(shop, line("Pipe"), head=ref("TermsRef", "2 10"))
    assert texts(ret, "SuggestedDiscountAmount", "SuggestedDiscountDate") == ["0.22", "2024-01-25"]


def test_the_tax_of_a_group_is_the_sum_of_its_parts(shop: Company) -> None:
    add(shop, f"{named('City')}<TaxRate>1.5</TaxRate>{ref('TaxVendorRef', 'State Tax Agency')}", kind="ItemSalesTax")
    add(shop, named("Both") + ref("ItemSalesTaxRef", "Tax") + ref("ItemSalesTaxRef", "City"), kind="ItemSalesTaxGroup")
    ret = sell(shop, line("Pipe"), head=ref("ItemSalesTaxRef", "Both"))
    assert texts(ret, "SalesTaxPercentage", "SalesTaxTotal") == ["9.75", "0.98"]


def test_a_job_takes_from_its_customer_what_it_lacks(shop: Company) -> None:
    customer(shop, "Church", ref("TermsRef", "Net 30") + ref("SalesTaxCodeRef", "Non"))
    add(shop, f"{named('Tower')}{ref('ParentRef', 'Church')}")
    ret = sell(shop, line("Pipe"), who="Church:Tower")
    assert texts(
        ret, "CustomerSalesTaxCodeRef/FullName", "TermsRef/FullName", "SalesTaxTotal", "BillAddress/Addr1"
    ) == [
        "Non",
        "Net 30",
        "0.00",
        "Church",
    ]


def test_a_price_level_may_name_prices_of_single_items(shop: Company) -> None:
    item = f"<PriceLevelPerItem>{ref('ItemRef', 'Pipe')}<CustomPrice>8.50</CustomPrice></PriceLevelPerItem>"
    add(shop, named("Pipes") + item, kind="PriceLevel")
    customer(shop, "Plumber", ref("PriceLevelRef", "Pipes"))
    ret = sell(shop, line("Pipe") + line("Labor") + line("Pipe", "<Rate>9</Rate>"), who="Plumber")
    assert [found.findtext("Rate") for found in ret.iterfind("InvoiceLineRet")] == ["8.50", "33.335", "9.00"]


def test_a_line_may_name_another_price_level(shop: Company) -> None:
    add(shop, f"{named('Half')}<PriceLevelFixedPercentage>-50</PriceLevelFixedPercentage>", kind="PriceLevel")
    ret = sell(shop, line("Pipe", count("2") + ref("PriceLevelRef", "Half")))
    assert texts(ret, "InvoiceLineRet/Rate", "InvoiceLineRet/Amount") == ["5.00", "10.00"]


def test_jobs_abroad_trade_in_the_currency_of_their_customer(abroad: Company) -> None:
    add(abroad, f"{named('Harbour')}{ref('ParentRef', 'Foreign')}")
    ret = sell(abroad, line("Pipe"), who="Foreign:Harbour")
    assert texts(ret, "CurrencyRef/FullName", "BalanceRemaining") == ["Euro", "8.00"]


@pytest.mark.parametrize(
    ("terms", "day", "due"),
    [
        ("<DayOfMonthDue>10</DayOfMonthDue>", "2024-01-05", "2024-01-10"),
        ("<DayOfMonthDue>10</DayOfMonthDue>", "2024-01-15", "2024-02-10"),
        ("<DayOfMonthDue>31</DayOfMonthDue>", "2024-02-15", "2024-02-29"),
        ("<DayOfMonthDue>10</DayOfMonthDue><DueNextMonthDays>7</DueNextMonthDays>", "2024-12-05", "2025-01-10"),
    ],
)
def test_terms_may_name_a_day_of_the_month(terms: str, day: str, due: str, shop: Company) -> None:
    add(shop, named("Monthly") + terms, kind="DateDrivenTerms")
    ret = sell(shop, line("Pipe"), head=f"<TxnDate>{day}</TxnDate>{ref('TermsRef', 'Monthly')}")
    assert ret.findtext("DueDate") == due


def test_a_new_invoice_can_use_a_credit_at_once(shop: Company) -> None:
    given = credit(shop, "30.00")
    inside = f"<CreditTxnID>{given.findtext('TxnID')}</CreditTxnID><AppliedAmount>10.00</AppliedAmount>"
    ret = sell(shop, line("Pipe", count("2")), head=f"<SetCredit>{inside}</SetCredit>")
    assert texts(ret, "AppliedAmount", "BalanceRemaining", "LinkedTxn/TxnType") == ["-10.00", "11.65", "CreditMemo"]
