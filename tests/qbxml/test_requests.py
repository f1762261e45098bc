"""Requests and message sets."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from apatar.qbxml import errors
from apatar.qbxml.requests import (
    Request,
    Sibling,
    ask_outcome,
    customers_modified_since,
    deleted_query,
    drop_unsupported,
    forget_outcome,
    list_query,
    message_set,
    set_custom_field,
    txn_query,
)
from apatar.qbxml.versions import Version
from tests.qbxml.clocks import clock

V13 = Version(13)
REF = {"FullName": "x"}


def body(request: Request, version: Version = V13) -> str:
    """Return what stands inside the message set."""
    document = message_set([request], version=version)
    return document.partition('onError="continueOnError">')[2].removesuffix("</QBXMLMsgsRq></QBXML>")


def invoice(**fields: Any) -> Request:
    return Request("InvoiceAdd", {"CustomerRef": REF, **fields})


def estimate_line(**fields: Any) -> Request:
    return Request("EstimateAdd", {"CustomerRef": REF, "EstimateLineAdd": [fields]})


def test_a_document_is_complete_and_compact() -> None:
    assert message_set([Request("HostQuery", {}, "1")], version=V13, new_message_set_id="run-1") == (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?><QBXML>'
        '<QBXMLMsgsRq onError="continueOnError" newMessageSetID="run-1"><HostQueryRq requestID="1"></HostQueryRq>'
        "</QBXMLMsgsRq></QBXML>"
    )


def test_elements_come_in_schema_order_whatever_the_order_given() -> None:
    request = Request(
        "CustomerAdd", {"Phone": "1", "BillAddress.City": "Bonn", "Name": "Ann", "BillAddress.Addr1": "A"}
    )

    assert body(request) == (
        "<CustomerAddRq><CustomerAdd><Name>Ann</Name><BillAddress><Addr1>A</Addr1><City>Bonn</City></BillAddress>"
        "<Phone>1</Phone></CustomerAdd></CustomerAddRq>"
    )


def test_nested_fields_and_dotted_paths_mix() -> None:
    mixed = Request("CustomerAdd", {"Name": "Ann", "BillAddress": {"City": "Bonn"}, "BillAddress.Addr1": "A"})
    plain = Request("CustomerAdd", {"CustomerAdd": {"Name": "Ann", "BillAddress": {"Addr1": "A", "City": "Bonn"}}})

    assert body(mixed) == body(plain)


def test_text_is_escaped_in_pure_ascii() -> None:
    assert "<Name>Zo&#235; &amp; &lt;Co&gt;</Name>" in body(Request("CustomerAdd", {"Name": "Zoë & <Co>"}))


def test_an_attribute_is_escaped_too() -> None:
    assert 'requestID="a&quot;&lt;b"' in body(Request("HostQuery", request_id='a"<b'))


def test_none_clears_a_field_and_a_reference() -> None:
    request = Request("CustomerMod", {"ListID": "1-1", "EditSequence": "1", "Phone": None, "TermsRef": None})

    assert "<Phone></Phone><TermsRef></TermsRef>" in body(request)


def test_lines_and_group_lines_keep_their_order() -> None:
    line, group = {"ItemRef.FullName": "Bolt"}, {"ItemGroupRef.FullName": "Kit"}
    request = invoice(InvoiceLineAdd=[line, Sibling("InvoiceLineGroupAdd", group), line])

    names = [part.split(">")[0] for part in body(request).split("<") if part.startswith("InvoiceLine")]
    assert names == ["InvoiceLineAdd", "InvoiceLineGroupAdd", "InvoiceLineAdd"]


@pytest.mark.parametrize(
    ("request_", "error", "words"),
    [
        (Request("CustomerAd", {}), errors.UnknownMessage, "no such message"),
        (Request("CustomerAdd", {"Name": "A", "Fone": "1"}), errors.UnknownElement, "CustomerAdd.Fone"),
        (Request("CustomerAdd", {"Name": "A", "Phones": "1"}), errors.UnknownElement, "Is Phone meant"),
        (Request("CustomerAdd", {"Phone": "1"}), errors.MissingElement, "CustomerAdd.Name: is required"),
        (Request("CustomerAdd", {"Name": ""}), errors.MissingElement, "must have a value"),
        (Request("CustomerAdd", {"Name": "x" * 42}), errors.TooLong, "has 42 characters, QuickBooks takes 41"),
        (Request("CustomerAdd", {"Name": "A", "BillAddress": "Bonn"}), errors.WrongType, "give a mapping"),
        (
            Request("CustomerAdd", {"Name": "A", "Name.First": "B"}),
            errors.WrongType,
            "both as a whole and by its parts",
        ),
        (Request("CustomerAdd", {"Name": ["A", "B"]}), errors.TooMany, "only once"),
        (
            Request("CustomerAdd", {"Name": "A", "ShipToAddress": [{"Name": str(n)} for n in range(51)]}),
            errors.TooMany,
            "at most 50 times",
        ),
        (
            estimate_line(ItemRef=REF, Rate=Decimal(1), RatePercent=Decimal(1)),
            errors.ChoiceViolated,
            "exclude each other",
        ),
        (Request("EstimateAdd", {"CustomerRef": REF}), errors.MissingElement, "EstimateLineAdd"),
        (Request("ListDeletedQuery", {"ListDelType": []}), errors.MissingElement, "ListDelType"),
        (Request("CustomerQuery", {"ListID": "1", "MaxReturned": 5}), errors.ChoiceViolated, "exclude each other"),
        (Request("CustomerQuery", {"MaxReturned": 0}), errors.WrongType, "0 is outside 1"),
        (Request("HostQuery", request_id="x" * 51), errors.RequestIdTooLong, "at most 50"),
        (Request("HostQuery", metadata="MetaDataOnly"), errors.WrongType, "no metaData"),
        (Request("TermsQuery", {"MaxReturned": 5}, iterator="Start"), errors.IteratorNotAllowed, "no iterator"),
        (Request("CustomerQuery", {}, iterator="Start"), errors.MissingElement, "MaxReturned"),
        (
            Request("CustomerQuery", {"MaxReturned": 5}, iterator="Start", iterator_id="{1}"),
            errors.IteratorNotAllowed,
            "Start has none",
        ),
        (
            Request("CustomerQuery", {"MaxReturned": 5}, iterator="Continue"),
            errors.IteratorNotAllowed,
            "needs the iteratorID",
        ),
        (Request("CustomerQuery", {"MaxReturned": 5}, iterator_id="{1}"), errors.IteratorNotAllowed, "no iterator"),
    ],
)
def test_what_quickbooks_would_refuse_never_leaves(request_: Request, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        message_set([request_], version=V13)


def test_elements_newer_than_the_running_quickbooks_are_refused() -> None:
    with pytest.raises(errors.NotInVersion, match=r"CustomerAdd\.JobTitle: exists since qbXML 12\.0; .* speaks 11\.0"):
        body(Request("CustomerAdd", {"Name": "A", "JobTitle": "B"}), Version(11))


def test_messages_newer_than_the_running_quickbooks_are_refused() -> None:
    with pytest.raises(errors.NotInVersion, match="exists since"):
        body(list_query("Currency"), Version(7))


def test_one_bad_request_names_itself_among_many() -> None:
    good = [list_query("Customer", request_id=str(number)) for number in range(5)]

    with pytest.raises(errors.GrammarError) as refused:
        message_set([*good, Request("VendorAdd", {"Name": "x" * 99})], version=V13)

    assert (refused.value.message, refused.value.path) == ("VendorAdd", "VendorAdd.Name")


@pytest.mark.parametrize("ids", [{"new_message_set_id": "x" * 25}, {"old_message_set_id": "x" * 25}])
def test_a_message_set_id_has_at_most_24_characters(ids: dict[str, str]) -> None:
    with pytest.raises(errors.MessageSetIdTooLong):
        message_set([], version=V13, **ids)  # type: ignore[arg-type]


def test_an_empty_message_set_id_is_refused() -> None:
    with pytest.raises(errors.GrammarError, match="can't be empty"):
        message_set([], version=V13, new_message_set_id="")


def test_asking_for_an_outcome_names_the_set_twice_and_executes_nothing() -> None:
    assert 'newMessageSetID="run-1" oldMessageSetID="run-1"></QBXMLMsgsRq>' in ask_outcome("run-1", V13)


def test_forgetting_an_outcome_names_the_set_once() -> None:
    forgotten = forget_outcome("run-1", V13)

    assert 'oldMessageSetID="run-1"></QBXMLMsgsRq>' in forgotten
    assert "newMessageSetID" not in forgotten


def test_customers_are_read_page_by_page_with_inactive_ones_and_custom_fields() -> None:
    request = customers_modified_since(clock("2024-07-01T09:00:00"), request_id="c", max_returned=200)

    assert body(request) == (
        '<CustomerQueryRq requestID="c" iterator="Start"><MaxReturned>200</MaxReturned><ActiveStatus>All</ActiveStatus>'
        "<FromModifiedDate>2024-07-01T09:00:00</FromModifiedDate><OwnerID>0</OwnerID></CustomerQueryRq>"
    )


def test_the_next_page_keeps_the_request_id() -> None:
    request = customers_modified_since(None, request_id="c", iterator="Continue", iterator_id="{guid}")

    assert body(request).startswith('<CustomerQueryRq requestID="c" iterator="Continue" iteratorID="{guid}">')


def test_documents_come_with_lines_links_and_custom_fields() -> None:
    request = txn_query("Invoice", modified_since=clock("2024-07-01"))

    assert body(request) == (
        "<InvoiceQueryRq><ModifiedDateRangeFilter><FromModifiedDate>2024-07-01T00:00:00</FromModifiedDate>"
        "</ModifiedDateRangeFilter><IncludeLineItems>true</IncludeLineItems><IncludeLinkedTxns>true</IncludeLinkedTxns>"
        "<OwnerID>0</OwnerID></InvoiceQueryRq>"
    )


def test_payments_have_no_links_to_ask_for() -> None:
    assert "IncludeLinkedTxns" not in body(txn_query("ReceivePayment"))


ASKED: list[Callable[[], Request]] = [
    lambda: deleted_query("List", ["Customer", "ItemService"], since=clock("2024-07-01")),
    lambda: deleted_query("Txn", ["Invoice"], since=None),
    lambda: set_custom_field(object_type="Customer", remote_id="1-1", name="Region", value="North"),
    lambda: set_custom_field(object_type="Invoice", remote_id="1-1", name="Region", value="North"),
    lambda: Request("ListDel", {"ListDelType": "Customer", "ListID": "1-1"}),
    lambda: Request("TxnVoid", {"TxnVoidType": "Invoice", "TxnID": "1-1"}),
]


@pytest.mark.parametrize("ask", ASKED)
def test_the_other_questions_can_be_written(ask: Callable[[], Request]) -> None:
    assert body(ask()).startswith(f"<{ask().message}Rq>")


def test_an_estimate_can_not_be_voided() -> None:
    with pytest.raises(errors.WrongType, match="takes only"):
        body(Request("TxnVoid", {"TxnVoidType": "Estimate", "TxnID": "1-1"}))


def test_what_an_old_quickbooks_lacks_is_dropped_and_named() -> None:
    request = Request("CustomerAdd", {"Name": "A", "JobTitle": "B", "Contacts": [{"FirstName": "C"}], "Phone": "1"})

    left, dropped = drop_unsupported(request, Version(11))

    assert dropped == ("CustomerAdd.JobTitle", "CustomerAdd.Contacts")
    assert body(left, Version(11)) == body(Request("CustomerAdd", {"Name": "A", "Phone": "1"}))


def test_dropping_reaches_into_lines_and_their_siblings() -> None:
    line = {"ItemRef": REF, "UnitOfMeasure": "box"}
    group = Sibling("InvoiceLineGroupAdd", {"ItemGroupRef": REF, "UnitOfMeasure": "box"})

    left, dropped = drop_unsupported(invoice(InvoiceLineAdd=[line, group]), Version(6))

    assert dropped == ("InvoiceAdd.InvoiceLineAdd.UnitOfMeasure", "InvoiceAdd.InvoiceLineGroupAdd.UnitOfMeasure")
    assert "UnitOfMeasure" not in body(left, Version(6))


def test_a_group_that_lost_everything_is_dropped_rather_than_cleared() -> None:
    request = Request("CustomerMod", {"ListID": "1-1", "EditSequence": "1", "BillAddress": {"Note": "back door"}})

    left, dropped = drop_unsupported(request, Version(5))

    assert dropped == ("CustomerMod.BillAddress.Note",)
    assert "BillAddress" not in body(left, Version(5))


def test_nothing_is_dropped_where_everything_is_known() -> None:
    request = Request("CustomerAdd", {"Name": "A", "JobTitle": "B", "BillAddress": None})

    left, dropped = drop_unsupported(request, V13)

    assert dropped == ()
    assert body(left) == body(request)
