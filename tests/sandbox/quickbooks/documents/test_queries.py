import pytest
from lxml import etree

from apatar.sandbox.quickbooks.company import Company, Session
from apatar.sandbox.quickbooks.documents.periods import period
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.documents.trade import (
    applied,
    balances,
    changing,
    count,
    credit,
    customer,
    deleting,
    group,
    invoice,
    line,
    now,
    paying,
    sell,
    taken,
    texts,
    voiding,
)
from tests.sandbox.quickbooks.situations import Watch, add, attributes_of, message_set, named, one, status
from tests.shared_folder import needs_shared, schema_of_quickbooks


def three(shop: Company, watch: Watch) -> list[Node]:
    """Invoices 9, 10 and A-11 of Acme, its job and Bolt, a day apart; the first is paid."""
    customer(shop, "Bolt")
    made = []
    for number, day, who in (
        ("9", "2024-01-10", "Acme"),
        ("10", "2024-01-11", "Acme:Roof"),
        ("A-11", "2024-02-01", "Bolt"),
    ):
        made.append(invoice(shop, "10.00", who=who, head=f"<TxnDate>{day}</TxnDate><RefNumber>{number}</RefNumber>"))
        watch.pass_by(days=1)
    taken(shop, paying("10.00", applied(made[0], "10.00")))
    return made


def asked(filters: str = "", kind: str = "Invoice", attributes: str = "") -> str:
    return f"<{kind}QueryRq{attributes}>{filters}</{kind}QueryRq>"


def numbers(answer: Node) -> list[str | None]:
    return [ret.findtext("RefNumber") for ret in answer]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("", ["9", "10", "A-11"]),
        ("<RefNumber>a-11</RefNumber>", ["A-11"]),
        ("<RefNumberCaseSensitive>A-11</RefNumberCaseSensitive>", ["A-11"]),
        ("<MaxReturned>2</MaxReturned>", ["9", "10"]),
        ("<TxnDateRangeFilter><FromTxnDate>2024-01-11</FromTxnDate></TxnDateRangeFilter>", ["10", "A-11"]),
        ("<TxnDateRangeFilter><ToTxnDate>2024-01-11</ToTxnDate></TxnDateRangeFilter>", ["9", "10"]),
        ("<TxnDateRangeFilter><DateMacro>ThisMonth</DateMacro></TxnDateRangeFilter>", ["9", "10"]),
        (
            "<ModifiedDateRangeFilter><FromModifiedDate>2024-01-17</FromModifiedDate></ModifiedDateRangeFilter>",
            ["9", "A-11"],
        ),
        ("<EntityFilter><FullName>Acme</FullName></EntityFilter>", ["9"]),
        ("<EntityFilter><FullNameWithChildren>Acme</FullNameWithChildren></EntityFilter>", ["9", "10"]),
        (
            "<RefNumberFilter><MatchCriterion>StartsWith</MatchCriterion><RefNumber>a</RefNumber></RefNumberFilter>",
            ["A-11"],
        ),
        (
            "<RefNumberRangeFilter><FromRefNumber>9</FromRefNumber><ToRefNumber>11</ToRefNumber></RefNumberRangeFilter>",
            ["9", "10"],
        ),
        ("<PaidStatus>PaidOnly</PaidStatus>", ["9"]),
        ("<PaidStatus>NotPaidOnly</PaidStatus>", ["10", "A-11"]),
    ],
)
def test_invoices_are_filtered(filters: str, found: list[str], shop: Company, watch: Watch) -> None:
    three(shop, watch)
    assert numbers(one(shop, asked(filters))) == found


def test_lines_and_links_come_only_when_they_are_asked_for(shop: Company, watch: Watch) -> None:
    three(shop, watch)
    plain = one(shop, asked("<RefNumber>9</RefNumber>"))[0]
    assert texts(plain, "InvoiceLineRet", "LinkedTxn") == [None, None]
    more = "<IncludeLineItems>true</IncludeLineItems><IncludeLinkedTxns>true</IncludeLinkedTxns>"
    full = one(shop, asked(f"<RefNumber>9</RefNumber>{more}"))[0]
    assert texts(full, "InvoiceLineRet/Amount", "LinkedTxn/Amount") == ["10.00", "-10.00"]


def test_documents_asked_for_by_id_or_number_may_be_missing(shop: Company, watch: Watch) -> None:
    three(shop, watch)
    answer = one(shop, asked("<RefNumber>9</RefNumber><RefNumber>77</RefNumber>"))
    assert (status(answer), answer.get("statusSeverity"), numbers(answer)) == (500, "Warn", ["9"])
    assert status(one(shop, asked("<TxnID>FF-1</TxnID>"))) == 3120


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        (
            "<TxnDateRangeFilter><FromTxnDate>2024-02-01</FromTxnDate><ToTxnDate>2024-01-01</ToTxnDate></TxnDateRangeFilter>",
            3030,
        ),
        ("<ModifiedDateRangeFilter><FromModifiedDate>soon</FromModifiedDate></ModifiedDateRangeFilter>", 3020),
        (
            "<RefNumberRangeFilter><FromRefNumber>B</FromRefNumber><ToRefNumber>A</ToRefNumber></RefNumberRangeFilter>",
            3031,
        ),
        ("<EntityFilter><FullName>Bolt</FullName></EntityFilter>", 3140),
    ],
)
def test_filters_that_make_no_sense_are_refused(filters: str, code: int, shop: Company) -> None:
    assert status(one(shop, asked(filters))) == code


def test_documents_are_filtered_by_account_and_currency(abroad: Company) -> None:
    sell(abroad, line("Pipe"), who="Foreign")
    sell(abroad, line("Pipe"))
    account = "<AccountFilter><FullName>Accounts Receivable - EUR</FullName></AccountFilter>"
    currency = "<CurrencyFilter><FullName>US Dollar</FullName></CurrencyFilter>"
    assert numbers(one(abroad, asked(account))) == ["1"]
    assert numbers(one(abroad, asked(currency))) == ["2"]


def test_a_customer_that_does_not_exist_is_named(shop: Company) -> None:
    assert status(one(shop, asked("<EntityFilter><FullName>Nobody</FullName></EntityFilter>"))) == 3140


def test_only_what_is_wanted_of_a_document_is_shown(shop: Company, watch: Watch) -> None:
    three(shop, watch)
    answer = one(shop, asked("<IncludeRetElement>RefNumber</IncludeRetElement>"))
    assert [[child.tag for child in ret] for ret in answer] == [["RefNumber"]] * 3


def test_an_older_version_does_not_see_newer_elements(shop: Company) -> None:
    sell(shop, line("Pipe"))
    old = {child.tag for child in one(shop, asked(), version="2.0")[0]}
    assert "IsPaid" in old
    assert not old & {"TemplateRef", "BillAddressBlock", "IsToBeEmailed"}


def test_an_iterator_walks_over_all_documents_in_its_session(shop: Company, watch: Watch) -> None:
    three(shop, watch)
    session = Session(shop)
    first = one(session, asked("<MaxReturned>2</MaxReturned>", attributes=' iterator="Start"'))
    assert first.get("iteratorRemainingCount") == "1"
    again = f' iterator="Continue" iteratorID="{first.get("iteratorID")}"'
    last = one(session, asked("<MaxReturned>2</MaxReturned>", attributes=again))
    assert (numbers(first), numbers(last)) == (["9", "10"], ["A-11"])
    assert last.get("iteratorRemainingCount") == "0"
    assert status(one(shop, asked("<MaxReturned>2</MaxReturned>", attributes=again))) == 3391


def test_metadata_counts_documents(shop: Company, watch: Watch) -> None:
    three(shop, watch)
    assert attributes_of(one(shop, asked(attributes=' metaData="MetaDataOnly"')))["retCount"] == "3"


def test_custom_fields_of_a_document_and_of_its_lines_are_shown_to_their_owner(shop: Company) -> None:
    one(
        shop,
        "<DataExtDefAddRq><DataExtDefAdd><OwnerID>0</OwnerID><DataExtName>Color</DataExtName><DataExtType>STR255TYPE"
        "</DataExtType><AssignToObject>Invoice</AssignToObject></DataExtDefAdd></DataExtDefAddRq>",
    )
    data = "<OwnerID>0</OwnerID><DataExtName>Color</DataExtName><DataExtValue>{}</DataExtValue>"
    sold = sell(shop, line("Pipe", f"<DataExt>{data.format('red')}</DataExt>"))
    value = data.format("blue").replace(
        "<DataExtValue>",
        f"<TxnDataExtType>Invoice</TxnDataExtType><TxnID>{sold.findtext('TxnID')}</TxnID><DataExtValue>",
    )
    assert status(one(shop, f"<DataExtAddRq><DataExtAdd>{value}</DataExtAdd></DataExtAddRq>")) == 0
    ret = one(shop, asked("<IncludeLineItems>true</IncludeLineItems><OwnerID>0</OwnerID>"))[0]
    assert texts(ret, "DataExtRet/DataExtValue", "InvoiceLineRet/DataExtRet/DataExtValue") == ["blue", "red"]
    assert one(shop, asked("<IncludeLineItems>true</IncludeLineItems>"))[0].find(".//DataExtRet") is None


def test_an_opening_balance_is_an_open_invoice(shop: Company) -> None:
    add(shop, f"{named('Old')}<OpenBalance>25.00</OpenBalance><OpenBalanceDate>2023-12-31</OpenBalanceDate>")
    add(shop, f"{named('Good')}<OpenBalance>-5.00</OpenBalance>")
    ret = one(shop, asked("<IncludeLineItems>true</IncludeLineItems>"))[0]
    assert texts(ret, "Memo", "TxnDate", "BalanceRemaining", "InvoiceLineRet/Amount", "RefNumber") == [
        "Opening balance",
        "2023-12-31",
        "25.00",
        "25.00",
        None,
    ]
    assert one(shop, asked(kind="CreditMemo"))[0].findtext("CreditRemaining") == "5.00"
    assert (balances(shop)["Old"], balances(shop)["Good"]) == (("25.00", "25.00"), ("-5.00", "-5.00"))


def test_all_kinds_of_documents_are_found_at_once(shop: Company) -> None:
    sell(shop, line("Pipe", kind="Estimate"), kind="Estimate")
    paid = taken(shop, paying("10.00", applied(invoice(shop, "10.00"), "10.00")))
    everything = one(shop, asked(kind="Transaction"))
    assert [ret.findtext("TxnType") for ret in everything] == ["Estimate", "Invoice", "ReceivePayment"]
    assert everything[2].findtext("Amount") == "-10.00"
    posting = "<TransactionPostingStatusFilter>NonPosting</TransactionPostingStatusFilter>"
    assert [ret.findtext("TxnType") for ret in one(shop, asked(posting, kind="Transaction"))] == ["Estimate"]
    first = one(shop, asked("<MaxReturned>1</MaxReturned>", kind="Transaction", attributes=' iterator="Start"'))
    assert first.get("iteratorRemainingCount") == "2"
    by_id = one(shop, asked(f"<TxnID>{paid.findtext('TxnID')}</TxnID>", kind="Transaction"))
    assert [ret.findtext("TxnType") for ret in by_id] == ["ReceivePayment"]


@pytest.mark.parametrize(
    ("macro", "first", "last"),
    [
        ("All", "", ""),
        ("Today", "2024-02-14", "2024-02-14"),
        ("Yesterday", "2024-02-13", "2024-02-13"),
        ("ThisWeek", "2024-02-11", "2024-02-17"),
        ("ThisMonthToDate", "2024-02-01", "2024-02-14"),
        ("LastMonth", "2024-01-01", "2024-01-31"),
        ("LastCalendarQuarter", "2023-10-01", "2023-12-31"),
        ("NextFiscalYear", "2025-01-01", "2025-12-31"),
        ("LastMonthToDate", "2024-01-01", "2024-01-14"),
        ("NextFourWeeks", "2024-02-18", "2024-03-16"),
    ],
)
def test_a_macro_means_days(macro: str, first: str, last: str) -> None:
    assert period(macro, "2024-02-14") == (first, last)


def _everything(shop: Company) -> list[str]:
    """Make a document of every kind, and ask for all of them."""
    for kind in ("Estimate", "SalesOrder", "Invoice", "SalesReceipt", "CreditMemo"):
        lines = line("Bolt", count("2"), kind=kind) + line("Ten off", kind=kind) + group("Kit", "1", kind=kind)
        sell(shop, lines, kind=kind)
    sold, given = invoice(shop, "50.00"), credit(shop, "5.00")
    inside = f"<CreditTxnID>{given.findtext('TxnID')}</CreditTxnID><AppliedAmount>5.00</AppliedAmount>"
    more = f"<SetCredit>{inside}</SetCredit><DiscountAmount>1.00</DiscountAmount>"
    taken(shop, paying("20.00", applied(sold, "20.00", more=more)))
    gone, empty = invoice(shop, "1.00"), invoice(shop, "2.00")
    linked = {"Estimate", "SalesOrder", "Invoice", "CreditMemo"}
    wanted = "<IncludeLineItems>true</IncludeLineItems>"
    kinds = ("Estimate", "SalesOrder", "Invoice", "SalesReceipt", "CreditMemo", "ReceivePayment")
    queries = [
        asked(wanted + ("<IncludeLinkedTxns>true</IncludeLinkedTxns>" if kind in linked else ""), kind=kind)
        for kind in kinds
    ]
    forgotten = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
    changed = changing(now(shop, given), "<Memo>Seen</Memo>")
    return [changed, voiding(empty), deleting(gone), forgotten, *queries, asked(kind="Transaction")]


@needs_shared
@pytest.mark.parametrize("where", ["shop", "abroad"])
def test_every_document_is_printed_as_the_schema_says(where: str, request: pytest.FixtureRequest) -> None:
    company: Company = request.getfixturevalue(where)
    schema = schema_of_quickbooks()
    for query in _everything(company):
        answer = etree.fromstring(company.process(message_set(query, version="13.0")).encode())
        assert len(answer[0][0]) > 0
        assert schema.validate(answer), schema.error_log


def test_a_document_that_was_found_reads_the_same_again(shop: Company) -> None:
    sold = sell(shop, line("Pipe") + group("Kit", "2"))
    assert etree.tostring(now(shop, sold)) == etree.tostring(sold)
