"""Merging two records of a list: no deletion is listed, and what pointed to the one points to the other."""

from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import balances, customer, invoice, line, now, sell
from tests.sandbox.quickbooks.situations import Watch, add, named, one, query, status


def merging(lost: Node, kept: Node, *, kind: str = "Customer", edit: str = "") -> str:
    parts = "".join(
        f"<{part}><ListID>{ret.findtext('ListID')}</ListID>"
        f"<EditSequence>{edit or ret.findtext('EditSequence')}</EditSequence></{part}>"
        for part, ret in (("MergeFrom", lost), ("MergeTo", kept))
    )
    return f"<ListMergeRq><ListMergeType>{kind}</ListMergeType>{parts}</ListMergeRq>"


def as_it_is(company: Company, ret: Node, kind: str = "Customer") -> Node:
    return one(company, query(f"<ListID>{ret.findtext('ListID')}</ListID>", kind=kind))[0]


def test_a_merged_customer_is_gone_and_its_documents_are_the_others(shop: Company, watch: Watch) -> None:
    lost, kept = customer(shop, "Kern Lighting"), customer(shop, "Kern Lamps")
    add(shop, f"{named('Roof')}<ParentRef><FullName>Kern Lighting</FullName></ParentRef>")
    bill = invoice(shop, "100.00", who="Kern Lighting")
    watch.pass_by(minutes=5)

    answer = one(shop, merging(as_it_is(shop, lost), kept))

    assert status(answer) == 0
    assert answer.findtext("MergedFrom/FullName") == "Kern Lighting"
    assert answer.findtext("MergedTo/ListID") == kept.findtext("ListID")
    moved = now(shop, bill)
    assert moved.findtext("CustomerRef/FullName") == "Kern Lamps"
    assert moved.findtext("EditSequence") != bill.findtext("EditSequence")
    found = balances(shop)
    assert "Kern Lighting" not in found
    assert found["Kern Lamps"] == ("100.00", "100.00")
    assert "Kern Lamps:Roof" in found
    listed = one(shop, "<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>")
    assert status(listed) == 1, "nothing was deleted"


def test_items_are_merged_on_the_lines_of_documents(shop: Company) -> None:
    sold = sell(shop, line("Labor", "<Amount>10.00</Amount>"))
    items = {ret.findtext("Name"): ret for ret in one(shop, query(kind="ItemService"))}
    assert status(one(shop, merging(items["Labor"], items["Pipe"], kind="ItemService"))) == 0
    assert now(shop, sold).findtext("InvoiceLineRet/ItemRef/FullName") == "Pipe"


def test_a_stale_or_unknown_record_is_not_merged(shop: Company) -> None:
    lost, kept = customer(shop, "Kern Lighting"), customer(shop, "Kern Lamps")
    assert status(one(shop, merging(lost, kept, edit="1"))) == 3200
    assert status(one(shop, merging(lost, lost))) == 3120
