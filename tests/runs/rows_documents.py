"""Deals that become documents, and documents that are shown: what happens to each, and what must then be seen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.runs.rows import Act, Event, Row, Scene, Seen, of
from tests.runs.shop import (
    CLOSE_DATE,
    a_customer,
    a_document,
    a_line,
    a_price,
    a_rule_against,
    a_service,
    a_shop,
    a_vendor,
    an_opportunity,
    no_rules,
    ref,
    rename_vendor,
    win,
)

AROUND_A_DEAL = ("accounts_customers", "products_items", "prices_items")
NAME = "Kern Lighting"
DEAL = "Lamps for the pier"
LONG_DEAL = "Lamps for the pier " * 6
LONG_LINE = "All of twelve lamps " * 12
_WRITTEN_BACK = (
    "QuickBooks_TxnID__c",
    "QuickBooks_Number__c",
    "QuickBooks_Date__c",
    "QuickBooks_Total__c",
    "QuickBooks_Status__c",
)


# Deals


def _deal(here: str, there: str) -> Callable[[Scene], Seen]:
    def see(scene: Scene) -> Seen:
        deals = scene.sales.all(here, "SystemModstamp", *_WRITTEN_BACK)
        documents = scene.office.all(there)
        seen = (
            {name.replace(f"{there}LineRet.", "line."): value for name, value in documents[0].items()}
            if documents
            else {}
        )
        return {**of(deals[0] if deals else {}, "here"), **of(seen, "there")}

    return see


def _counted(here: str, there: str) -> Callable[[Scene], tuple[int, int]]:
    return lambda scene: (len(scene.sales.all(here, "SystemModstamp")), len(scene.office.all(there)))


def _an_open_deal(scene: Scene, **line: Any) -> str:
    deal = an_opportunity(scene)
    a_line(scene, deal, **line)
    return deal


def _a_won_deal(document: str) -> Act:
    """The connection's choice is an estimate; whoever wants something else says so on the deal."""

    def act(scene: Scene) -> None:
        _ask_for(scene, document, _an_open_deal(scene))

    return act


def _ask_for(scene: Scene, document: str, deal: str) -> None:
    if document == "Estimate":
        win(scene, deal)
    else:
        scene.sales.change("Opportunity", deal, QuickBooks_Generate__c=document)


def _three_on_the(line: str) -> Act:
    """The salesperson changes how much stands on the only line."""
    return lambda scene: scene.sales.change(line, scene.only_here(line), Quantity=3)


def _change_document(scene: Scene, kind: str, inside: str) -> None:
    scene.office.change(kind, scene.only_there(kind), inside)


def _more_of(kind: str, quantity: str) -> Act:
    """The bookkeeper changes how much stands on the only line."""

    def act(scene: Scene) -> None:
        [document] = scene.office.all(kind)
        line = document[f"{kind}LineRet.0.TxnLineID"]
        inside = f"<TxnLineID>{line}</TxnLineID><Quantity>{quantity}</Quantity>"
        _change_document(scene, kind, f"<{kind}LineMod>{inside}</{kind}LineMod>")

    return act


def _delete_document(kind: str) -> Act:
    return lambda scene: scene.office.delete_document(kind, scene.only_there(kind))


def _void(kind: str) -> Act:
    return lambda scene: scene.office.void(kind, scene.only_there(kind))


def _delete_deal(kind: str) -> Act:
    return lambda scene: scene.sales.delete(kind, scene.only_here(kind))


def _of_a_name_in_use(document: str) -> Act:
    """The deal's account cannot become a customer: a vendor has its name."""

    def act(scene: Scene) -> None:
        a_vendor(scene, "Harbor Tools")
        account = scene.sales.add("Account", Name="Harbor Tools")
        deal = an_opportunity(scene, account=account)
        a_line(scene, deal)
        _ask_for(scene, document, deal)

    return act


def _with_a_long_line(document: str) -> Act:
    def act(scene: Scene) -> None:
        deal = an_opportunity(scene, LONG_DEAL)
        a_line(scene, deal, Description=LONG_LINE)
        _ask_for(scene, document, deal)

    return act


def _of_an_inactive_customer(document: str) -> Act:
    def act(scene: Scene) -> None:
        scene.office.change("Customer", scene.only_there("Customer"), "<IsActive>false</IsActive>")
        _a_won_deal(document)(scene)

    return act


def _customer_is_active_again(scene: Scene) -> None:
    scene.office.change("Customer", scene.only_there("Customer"), "<IsActive>true</IsActive>")
    scene.world.clock.pass_by(hours=25)


def _a_document_there(kind: str) -> Act:
    def act(scene: Scene) -> None:
        more = "<TxnDate>2026-03-02</TxnDate>"
        a_document(scene, kind, scene.only_there("Customer"), scene.only_there("ItemService"), more=more)

    return act


def _both(edit_here: Act, edit_there: Act) -> Act:
    def act(scene: Scene) -> None:
        edit_there(scene)
        edit_here(scene)

    return act


POSTED = "what was posted is changed in QuickBooks only"
NO_DEAL = "a document that was made in QuickBooks belongs to no deal"
GONE_HERE = "was deleted in Salesforce; in QuickBooks it is untouched"
MADE = {
    "there.CustomerRef.FullName": NAME,
    "there.Memo": DEAL,
    "there.TxnDate": CLOSE_DATE,
    "there.line.0.ItemRef.FullName": "Consulting",
    "there.line.0.Quantity": "2",
    "there.line.0.Amount": "240.00",
    "here.QuickBooks_Date__c": CLOSE_DATE,
    "here.QuickBooks_Total__c": 240,
}
STATUS = {"Estimate": "Open", "SalesOrder": "Open", "Invoice": "Open", "SalesReceipt": "Paid"}


def _opportunity_row(kind: str, document: str, *, posts: bool) -> Row:
    edit_here = _three_on_the("OpportunityLineItem")
    edit_there = _more_of(kind, "4")
    made = {**MADE, "here.QuickBooks_Status__c": STATUS[kind]}
    a_day_later = "Overdue" if kind == "Invoice" else STATUS[kind]
    here_3 = {"there.line.0.Quantity": "3", "there.line.0.Amount": "360.00", "here.QuickBooks_Total__c": 360}
    there_4 = {"there.line.0.Quantity": "4", "here.QuickBooks_Total__c": 480}
    return Row(
        pair=f"opportunity_{kind.lower()}",
        around=AROUND_A_DEAL,
        stage=a_shop,
        see=_deal("Opportunity", kind),
        count=_counted("Opportunity", kind),
        made=Event(act=_a_won_deal(document), then=made),
        made_on_the_other_side=Event(act=_a_document_there(kind), counts=(0, 1)),
        edited_in_salesforce=Event(act=edit_here, then=made, why=POSTED)
        if posts
        else Event(act=edit_here, then=here_3),
        edited_in_quickbooks=Event(act=edit_there, then=there_4),
        edited_on_both_sides=Event(
            act=_both(edit_here, edit_there),
            then=there_4 if posts else here_3,
            lost=None if posts else ("Products", "salesforce", "480.00 · Advice · {item} · 4"),
        ),
        deleted_in_salesforce=Event(act=_delete_deal("Opportunity"), counts=(0, 1), waits=(GONE_HERE,)),
        deleted_in_quickbooks=Event(
            act=_delete_document(kind), then={"here.QuickBooks_Status__c": "Deleted"}, counts=(1, 0)
        ),
        voided_in_quickbooks=Event(
            act=_void(kind), then={"here.QuickBooks_Status__c": "Void", "here.QuickBooks_Total__c": 0}
        )
        if posts
        else None,
        refers_to_something_missing=Event(
            act=_of_a_name_in_use(document),
            counts=(1, 0),
            waits=(
                # An order is called by its number, an opportunity and a quote by their names.
                "” waits: its customer “Harbor Tools” has no counterpart in QuickBooks yet",
                "for a vendor",
            ),
            next=Event(
                act=lambda scene: rename_vendor(scene, "Harbor Tools (V)"),
                then={**made, "there.CustomerRef.FullName": "Harbor Tools"},
            ),
        ),
        holds_an_over_long_text=Event(
            act=_with_a_long_line(document),
            then={"there.Memo": LONG_DEAL.strip(), "there.line.0.Desc": LONG_LINE.strip()},
        ),
        refers_to_something_inactive=Event(
            act=_of_an_inactive_customer(document),
            counts=(1, 0),
            waits=(f"“{NAME}”, which this record points to, is inactive in QuickBooks",),
            next=Event(act=_customer_is_active_again, then={**made, "here.QuickBooks_Status__c": a_day_later}),
        ),
    )


OPPORTUNITY_ROWS = (
    _opportunity_row("Estimate", "Estimate", posts=False),
    _opportunity_row("SalesOrder", "Sales Order", posts=False),
    _opportunity_row("Invoice", "Invoice", posts=True),
    _opportunity_row("SalesReceipt", "Sales Receipt", posts=True),
)


# Quotes and orders


def _a_quote(scene: Scene, *, account: str = "", name: str = DEAL, **line: Any) -> str:
    opportunity = an_opportunity(scene, account=account)
    price = a_price(scene)
    book = scene.sales.one("PricebookEntry", "Pricebook2Id", where=f"Id = '{price}'")["Pricebook2Id"]
    quote = scene.sales.add("Quote", Name=name, OpportunityId=opportunity, Pricebook2Id=book, Status="Draft")
    scene.sales.add("QuoteLineItem", QuoteId=quote, PricebookEntryId=price, **{"Quantity": 2, "UnitPrice": 120, **line})
    return quote


def _accept(scene: Scene, quote: str) -> None:
    scene.sales.change("Quote", quote, Status="Accepted")


def _an_order(scene: Scene, *, account: str = "", **line: Any) -> str:
    holder = account or scene.only_here("Account")
    price = a_price(scene)
    book = scene.sales.one("PricebookEntry", "Pricebook2Id", where=f"Id = '{price}'")["Pricebook2Id"]
    order = scene.sales.add(
        "Order", AccountId=holder, Name=DEAL, EffectiveDate=CLOSE_DATE, Status="Draft", Pricebook2Id=book
    )
    scene.sales.add("OrderItem", OrderId=order, PricebookEntryId=price, **{"Quantity": 2, "UnitPrice": 120, **line})
    return order


def _activate(scene: Scene, order: str) -> None:
    scene.sales.change("Order", order, Status="Activated")


def _have_it_invoiced(scene: Scene, order: str) -> None:
    scene.sales.change("Order", order, QuickBooks_Generate__c="Invoice")


def _delete_order(scene: Scene) -> None:
    """An activated order can be deleted only after it was made a draft again."""
    order = scene.only_here("Order")
    scene.sales.change("Order", order, Status="Draft")
    scene.sales.delete("Order", order)


def _other_deal_row(
    here: str,
    kind: str,
    make: Callable[..., str],
    ask: Callable[[Scene, str], None],
    *,
    like: Row,
    line: str,
    delete: Act,
) -> Row:
    """Quotes and orders become documents as opportunities do; only how people handle them differs."""

    def made(scene: Scene, **how: Any) -> None:
        ask(scene, make(scene, **how))

    def of_a_name_in_use(scene: Scene) -> None:
        a_vendor(scene, "Harbor Tools")
        made(scene, account=scene.sales.add("Account", Name="Harbor Tools"))

    def of_an_inactive_customer(scene: Scene) -> None:
        scene.office.change("Customer", scene.only_there("Customer"), "<IsActive>false</IsActive>")
        made(scene)

    edit_here = _three_on_the(line)
    return replace(
        like,
        pair=f"{here.lower()}_{kind.lower()}",
        see=_deal(here, kind),
        count=_counted(here, kind),
        made=replace(like.made, act=made),
        edited_in_salesforce=replace(like.edited_in_salesforce, act=edit_here),
        edited_on_both_sides=replace(like.edited_on_both_sides, act=_both(edit_here, _more_of(kind, "4"))),
        deleted_in_salesforce=replace(like.deleted_in_salesforce, act=delete),
        refers_to_something_missing=replace(like.refers_to_something_missing, act=of_a_name_in_use),
        holds_an_over_long_text=replace(
            like.holds_an_over_long_text,
            act=lambda scene: made(scene, Description=LONG_LINE),
            then={"there.line.0.Desc": LONG_LINE.strip()},
        ),
        refers_to_something_inactive=replace(like.refers_to_something_inactive, act=of_an_inactive_customer),
    )


ESTIMATES, SALES_ORDERS, INVOICED, RECEIPTS = OPPORTUNITY_ROWS
QUOTES = _other_deal_row(
    "Quote", "Estimate", _a_quote, _accept, like=ESTIMATES, line="QuoteLineItem", delete=_delete_deal("Quote")
)
ORDERS = _other_deal_row(
    "Order", "SalesOrder", _an_order, _activate, like=SALES_ORDERS, line="OrderItem", delete=_delete_order
)
INVOICED_ORDERS = _other_deal_row(
    "Order", "Invoice", _an_order, _have_it_invoiced, like=INVOICED, line="OrderItem", delete=_delete_deal("Order")
)


# What QuickBooks posts, as Salesforce shows it

TYPED = "Typed by hand"


def _mirror(here: str, there: str, *fields: str) -> Callable[[Scene], Seen]:
    line_object = here.replace("__c", "_Line__c")

    def see(scene: Scene) -> Seen:
        shown = scene.sales.all(here, "Name", "Account__c", "Memo__c", "Status__c", "Total__c", *fields)
        lines = scene.sales.all(line_object, "Amount__c")
        account = scene.sales.all("Account", "Name")
        seen = {**of(shown[0] if shown else {}, "here"), "lines": [one["Amount__c"] for one in lines]}
        return {**seen, "of the account": bool(shown and account and shown[0]["Account__c"] == account[0]["Id"])}

    return see


def _type_a_memo(here: str) -> Act:
    return lambda scene: scene.sales.change(here, scene.only_here(here), Memo__c=TYPED)


def _made_there(kind: str, **how: str) -> Act:
    return lambda scene: a_document(scene, kind, a_customer(scene), a_service(scene), **how)


def _before_its_account(make: Act) -> Act:
    def act(scene: Scene) -> None:
        a_rule_against(scene, "Account", f"Name = '{NAME}'", "No lighting, please")
        make(scene)

    return act


def _then_deactivate(kind: str, edit: Act) -> Act:
    """Customer and item are not used any more, and the document is changed once more all the same."""

    def act(scene: Scene) -> None:
        _made_there(kind)(scene)
        scene.sync()
        for one in ("Customer", "ItemService"):
            scene.office.change(one, scene.only_there(one), "<IsActive>false</IsActive>")
        edit(scene)

    return act


def _mirror_row(pair: str, here: str, kind: str, left: str) -> Row:
    more = _more_of(kind, "4")
    made = {
        "here.Total__c": 240,
        f"here.{left}": 240,
        "here.Status__c": "Open",
        "lines": [240],
        "of the account": True,
    }
    four = {**made, "here.Total__c": 480, f"here.{left}": 480, "lines": [480]}
    lost = ("Memo", "quickbooks", TYPED)
    return Row(
        pair=pair,
        around=("accounts_customers", "products_items"),
        see=_mirror(here, kind, left),
        count=_counted(here, kind),
        made=Event(act=_made_there(kind), then=made),
        made_on_the_other_side=Event(
            act=lambda scene: scene.sales.add(here, Name="By hand", Memo__c=TYPED),
            counts=(1, 0),
            why="what is posted comes from QuickBooks only",
        ),
        edited_in_salesforce=Event(act=_type_a_memo(here), then={**made, "here.Memo__c": None}, lost=lost),
        edited_in_quickbooks=Event(act=more, then=four),
        edited_on_both_sides=Event(act=_both(_type_a_memo(here), more), then={**four, "here.Memo__c": None}, lost=lost),
        deleted_in_salesforce=Event(
            act=lambda scene: scene.sales.delete(here, scene.only_here(here)), counts=(0, 1), waits=(GONE_HERE,)
        ),
        deleted_in_quickbooks=Event(
            act=_delete_document(kind), then={"here.Status__c": "Deleted", f"here.{left}": 0}, counts=(1, 0)
        ),
        voided_in_quickbooks=Event(
            act=_void(kind), then={"here.Status__c": "Void", f"here.{left}": 0, "here.Total__c": 0, "lines": [0]}
        ),
        refers_to_something_missing=Event(
            act=_before_its_account(_made_there(kind)),
            then={**made, "of the account": False},
            waits=("No lighting, please",),
            next=Event(act=no_rules, then={**made, "here.Status__c": "Overdue" if kind == "Invoice" else "Open"}),
        ),
        # Every field was made as long as QuickBooks' own, so the longest text travels whole.
        holds_an_over_long_text=Event(
            act=_made_there(kind, more=f"<Memo>{'m' * 4095}</Memo>"), then={"here.Memo__c": "m" * 4095}
        ),
        refers_to_something_inactive=Event(act=_then_deactivate(kind, more), then=four),
    )


INVOICES = _mirror_row("invoices", "QuickBooks_Invoice__c", "Invoice", "Balance__c")
CREDIT_MEMOS = _mirror_row("credit_memos", "QuickBooks_Credit_Memo__c", "CreditMemo", "Remaining__c")


# Payments


def _payment(scene: Scene) -> Seen:
    here = "QuickBooks_Payment__c"
    fields = ("Account__c", "Memo__c", "Status__c", "Total__c", "Unapplied__c")
    shown = scene.sales.all(here, *fields)
    account = scene.sales.all("Account", "Name")
    lines = scene.sales.all("QuickBooks_Payment_Line__c", "Amount__c", "Invoice__c", "Document_Type__c")
    invoices = {one["Id"] for one in scene.sales.all("QuickBooks_Invoice__c", "Name")}
    return {
        **of(shown[0] if shown else {}, "here"),
        "lines": [one["Amount__c"] for one in lines],
        "of its invoice": bool(lines) and all(one["Invoice__c"] in invoices for one in lines),
        "of the account": bool(shown and account and shown[0]["Account__c"] == account[0]["Id"]),
    }


def _pay(scene: Scene, *, memo: str = "", amount: str = "100.00") -> None:
    invoice = a_document(scene, "Invoice", a_customer(scene), a_service(scene))
    customer = ref("CustomerRef", scene.only_there("Customer"))
    applied = f"<AppliedToTxnAdd><TxnID>{invoice}</TxnID><PaymentAmount>{amount}</PaymentAmount></AppliedToTxnAdd>"
    note = f"<Memo>{memo}</Memo>" if memo else ""
    scene.office.add("ReceivePayment", f"{customer}<TotalAmount>{amount}</TotalAmount>{note}{applied}")


def _apply_less(scene: Scene) -> None:
    invoice = scene.only_there("Invoice")
    inside = f"<AppliedToTxnMod><TxnID>{invoice}</TxnID><PaymentAmount>60.00</PaymentAmount></AppliedToTxnMod>"
    _change_document(scene, "ReceivePayment", inside)


def _pay_and_deactivate(scene: Scene) -> None:
    _pay(scene)
    scene.sync()
    scene.office.change("Customer", scene.only_there("Customer"), "<IsActive>false</IsActive>")
    _apply_less(scene)


PAID = {
    "here.Total__c": 100,
    "here.Unapplied__c": 0,
    "here.Status__c": "Posted",
    "lines": [100],
    "of its invoice": True,
    "of the account": True,
}
LESS = {**PAID, "here.Unapplied__c": 40, "lines": [60]}
_TYPE_HERE = _type_a_memo("QuickBooks_Payment__c")
PAYMENTS = Row(
    pair="payments",
    around=("accounts_customers", "invoices"),
    see=_payment,
    count=_counted("QuickBooks_Payment__c", "ReceivePayment"),
    made=Event(act=_pay, then=PAID),
    made_on_the_other_side=Event(
        act=lambda scene: scene.sales.add("QuickBooks_Payment__c", Name="By hand", Memo__c=TYPED),
        counts=(1, 0),
        why="what is posted comes from QuickBooks only",
    ),
    edited_in_salesforce=Event(act=_TYPE_HERE, then={**PAID, "here.Memo__c": None}, lost=("Memo", "quickbooks", TYPED)),
    edited_in_quickbooks=Event(act=_apply_less, then=LESS),
    edited_on_both_sides=Event(
        act=_both(_TYPE_HERE, _apply_less), then={**LESS, "here.Memo__c": None}, lost=("Memo", "quickbooks", TYPED)
    ),
    deleted_in_salesforce=Event(
        act=lambda scene: scene.sales.delete("QuickBooks_Payment__c", scene.only_here("QuickBooks_Payment__c")),
        counts=(0, 1),
        waits=(GONE_HERE,),
    ),
    # QuickBooks does not void payments: they are deleted.
    deleted_in_quickbooks=Event(
        act=_delete_document("ReceivePayment"),
        then={"here.Status__c": "Deleted", "here.Unapplied__c": 0},
        counts=(1, 0),
    ),
    refers_to_something_missing=Event(
        act=_before_its_account(_pay),
        then={**PAID, "of the account": False},
        waits=("No lighting, please",),
        next=Event(act=no_rules, then=PAID),
    ),
    holds_an_over_long_text=Event(
        act=lambda scene: _pay(scene, memo="m" * 4095), then={**PAID, "here.Memo__c": "m" * 4095}
    ),
    refers_to_something_inactive=Event(act=_pay_and_deactivate, then=LESS),
)

DOCUMENT_ROWS = (*OPPORTUNITY_ROWS, QUOTES, ORDERS, INVOICED_ORDERS, INVOICES, CREDIT_MEMOS, PAYMENTS)
