import pytest

from apatar.sandbox.quickbooks.company import Company
from tests.sandbox.quickbooks.documents.trade import (
    adding,
    balances,
    changing,
    count,
    customer,
    deleting,
    group,
    invoice,
    kept,
    line,
    new_line,
    now,
    ref,
    sell,
    taken,
    texts,
    voiding,
)
from tests.sandbox.quickbooks.situations import Watch, message, one, status

# Mod


def test_a_mod_keeps_the_lines_it_lists_and_no_others(shop: Company) -> None:
    ret = sell(shop, line("Pipe") + line("Labor") + line("Bolt"))
    changed = taken(shop, changing(ret, kept(ret, 2) + new_line("Free") + kept(ret, 0)))
    before = [found.findtext("TxnLineID") for found in ret.iterfind("InvoiceLineRet")]
    after = [found.findtext("TxnLineID") for found in changed.iterfind("InvoiceLineRet")]
    assert [after[0], after[2]] == [before[2], before[0]]
    assert after[1] not in before
    assert changed.findtext("Subtotal") == "12.50"


def test_a_mod_without_lines_leaves_them(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    changed = taken(shop, changing(ret, "<Memo>Hello</Memo>"))
    assert texts(changed, "Memo", "InvoiceLineRet/Amount", "RefNumber") == ["Hello", "10.00", "1"]


def test_a_changed_quantity_counts_anew_and_an_amount_makes_the_rate(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    ret = taken(shop, changing(ret, kept(ret, 0, count("4"))))
    assert texts(ret, "InvoiceLineRet/Rate", "InvoiceLineRet/Amount", "Subtotal") == ["10.00", "40.00", "40.00"]
    ret = taken(shop, changing(ret, kept(ret, 0, "<Amount>10.00</Amount>")))
    assert texts(ret, "InvoiceLineRet/Rate", "InvoiceLineRet/Amount") == ["2.50", "10.00"]


def test_another_item_brings_its_own_price_and_words(shop: Company) -> None:
    ret = sell(shop, line("Pipe", count("2")))
    ret = taken(shop, changing(ret, kept(ret, 0, ref("ItemRef", "Bolt"))))
    assert texts(ret, "InvoiceLineRet/Desc", "InvoiceLineRet/Rate", "InvoiceLineRet/Amount") == ["Bolt", "2.50", "5.00"]


def test_a_stale_mod_is_answered_with_the_document_as_it_is(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    answer = one(shop, changing(ret, "<Memo>Late</Memo>", edit="1"))
    assert (status(answer), message(answer)) == (3200, 'The provided edit sequence "1" is out-of-date. ')
    assert answer[0].findtext("EditSequence") == ret.findtext("EditSequence")


@pytest.mark.parametrize(
    ("inside", "field"),
    [("<CustomerRef></CustomerRef>", "CustomerRef"), ("<TxnDate></TxnDate>", "TxnDate")],
)
def test_some_fields_cannot_be_cleared(inside: str, field: str, shop: Company) -> None:
    answer = one(shop, changing(sell(shop, line("Pipe")), inside))
    assert (status(answer), message(answer)) == (3190, f"Cannot clear the element in the {field} field. ")


@pytest.mark.parametrize("inside", ["<ItemRef></ItemRef>", "<Quantity></Quantity>", "<Amount></Amount>"])
def test_some_fields_of_a_line_cannot_be_cleared(inside: str, shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    assert status(one(shop, changing(ret, kept(ret, 0, inside)))) == 3190


def test_a_line_that_is_not_there_cannot_be_kept(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    assert (
        status(one(shop, changing(ret, kept(ret).replace(ret.findtext("InvoiceLineRet/TxnLineID") or "", "FF-1"))))
        == 3120
    )


def test_a_group_is_changed_line_by_line(shop: Company) -> None:
    ret = sell(shop, group("Kit", "1"))
    found = ret.find("InvoiceLineGroupRet")
    assert found is not None
    pipe = found.findtext("InvoiceLineRet/TxnLineID")
    inside = f"<InvoiceLineMod><TxnLineID>{pipe}</TxnLineID>{count('5')}</InvoiceLineMod>"
    mod = f"<InvoiceLineGroupMod><TxnLineID>{found.findtext('TxnLineID')}</TxnLineID>{inside}</InvoiceLineGroupMod>"
    changed = taken(shop, changing(ret, mod))
    assert texts(changed, "InvoiceLineGroupRet/TotalAmount", "Subtotal") == ["50.00", "50.00"]


# Void, delete, closing date


def test_a_void_invoice_stays_with_nothing_on_it(shop: Company) -> None:
    ret = sell(shop, line("Pipe", count("2")), head="<Memo>Order 7</Memo>")
    answer = one(shop, voiding(ret))
    assert [child.tag for child in answer] == ["TxnVoidType", "TxnID", "TimeCreated", "TimeModified", "RefNumber"]
    void = now(shop, ret)
    assert texts(void, "Memo", "Subtotal", "SalesTaxTotal", "BalanceRemaining", "IsPaid", "InvoiceLineRet/Amount") == [
        "VOID: Order 7",
        "0.00",
        "0.00",
        "0.00",
        "true",
        "0.00",
    ]
    assert balances(shop)["Acme"] == ("0.00", "0.00")


def test_a_deleted_document_is_gone_and_remembered(shop: Company, watch: Watch) -> None:
    ret = invoice(shop, "40.00")
    answer = one(shop, deleting(ret))
    assert [child.tag for child in answer] == ["TxnDelType", "TxnID", "TimeDeleted", "RefNumber"]
    assert balances(shop)["Acme"] == ("0.00", "0.00")
    asked = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
    assert texts(one(shop, asked)[0], "TxnDelType", "TxnID", "RefNumber") == ["Invoice", ret.findtext("TxnID"), "1"]
    assert status(one(shop, asked.replace(">Invoice<", ">Estimate<"))) == 1
    assert status(one(shop, deleting(ret))) == 3120
    watch.pass_by(days=91)
    assert status(one(shop, asked)) == 1


def test_nothing_is_changed_on_or_before_the_closing_date(shop: Company) -> None:
    ret = sell(shop, line("Pipe"), head="<TxnDate>2024-01-10</TxnDate>")
    shop.store.put_setting("closing_date", "2024-01-10")
    assert status(one(shop, changing(ret, "<Memo>?</Memo>"))) == 3171
    assert status(one(shop, voiding(ret))) == 3171
    assert status(one(shop, deleting(ret))) == 3161
    assert status(one(shop, adding(line("Pipe"), head="<TxnDate>2024-01-09</TxnDate>"))) == 3171
    assert status(one(shop, adding(line("Pipe"), head="<TxnDate>2024-01-11</TxnDate>"))) == 0


def test_a_changed_address_keeps_the_lines_it_does_not_name(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    ret = taken(shop, changing(ret, "<BillAddress><Addr1>Acme Inc</Addr1><PostalCode>94326</PostalCode></BillAddress>"))
    assert [(child.tag, child.text) for child in ret.iterfind("BillAddress/*")] == [
        ("Addr1", "Acme Inc"),
        ("City", "Bayshore"),
        ("PostalCode", "94326"),
    ]
    ret = taken(shop, changing(ret, "<BillAddress></BillAddress>"))
    assert texts(ret, "BillAddress", "BillAddressBlock") == [None, None]


def test_a_receipt_and_an_estimate_can_be_changed(shop: Company) -> None:
    for kind in ("SalesReceipt", "Estimate", "SalesOrder", "CreditMemo"):
        ret = sell(shop, line("Pipe", kind=kind), kind=kind)
        changed = taken(shop, changing(ret, kept(ret, 0, count("3"), kind=kind)))
        assert texts(changed, "TotalAmount", "RefNumber") == ["32.48", "1"]


def test_terms_make_a_changed_date_due_anew(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    assert taken(shop, changing(ret, "<TxnDate>2024-02-01</TxnDate>")).findtext("DueDate") == "2024-03-02"


def test_a_document_that_moves_to_another_customer_takes_its_balance_along(shop: Company) -> None:
    customer(shop, "Bolt")
    ret = invoice(shop, "40.00", who="Acme:Roof")
    taken(shop, changing(ret, ref("CustomerRef", "Bolt")))
    assert balances(shop) == {"Acme": ("0.00", "0.00"), "Acme:Roof": ("0.00", "0.00"), "Bolt": ("40.00", "40.00")}


def test_a_renamed_customer_and_item_are_renamed_on_documents(shop: Company) -> None:
    ret = sell(shop, line("Pipe"))
    for kind, name in (("Customer", "Acme"), ("ItemService", "Pipe")):
        found = one(shop, f"<{kind}QueryRq><FullName>{name}</FullName></{kind}QueryRq>")[0]
        identity = (
            f"<ListID>{found.findtext('ListID')}</ListID><EditSequence>{found.findtext('EditSequence')}</EditSequence>"
        )
        taken(shop, f"<{kind}ModRq><{kind}Mod>{identity}<Name>New</Name></{kind}Mod></{kind}ModRq>")
    assert texts(now(shop, ret), "CustomerRef/FullName", "InvoiceLineRet/ItemRef/FullName") == ["New", "New"]


def test_what_stands_on_a_document_cannot_be_deleted(shop: Company) -> None:
    sell(shop, line("Pipe"))
    for kind, name in (("Customer", "Acme:Roof"), ("ItemService", "Pipe"), ("Customer", "Acme")):
        found = one(shop, f"<{kind}QueryRq><FullName>{name}</FullName></{kind}QueryRq>")[0]
        request = f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{found.findtext('ListID')}</ListID></ListDelRq>"
        assert status(one(shop, request)) == (0 if name == "Acme:Roof" else 3160)
