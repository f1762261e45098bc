import tracemalloc
from pathlib import Path

from apatar.sandbox.quickbooks.company import Company, Session, create_company
from apatar.sandbox.quickbooks.markup import Node
from apatar.sandbox.quickbooks.sample import fill
from tests.sandbox.quickbooks.situations import (
    Watch,
    add,
    adding,
    ask,
    change,
    message,
    named,
    names,
    one,
    query,
    status,
)


def started(session: Session, filters: str = "<MaxReturned>2</MaxReturned>") -> Node:
    return one(session, query(filters, attributes=' requestID="1" iterator="Start"'))


def continued(session: Session, identity: str, *, kind: str = "Customer", most: int = 2) -> Node:
    attributes = f' requestID="1" iterator="Continue" iteratorID="{identity}"'
    return one(session, query(f"<MaxReturned>{most}</MaxReturned>", kind=kind, attributes=attributes))


def five(company: Company) -> Session:
    for number in range(5):
        add(company, named(f"Customer {number}"))
    return Session(company)


def test_an_iterator_walks_through_all_pages(company: Company) -> None:
    session = five(company)
    first = started(session)
    identity = first.get("iteratorID") or ""
    second, third = continued(session, identity), continued(session, identity)
    assert [page.get("iteratorRemainingCount") for page in (first, second, third)] == ["3", "1", "0"]
    assert [name for page in (first, second, third) for name in names(page)] == [
        f"Customer {number}" for number in range(5)
    ]
    assert {page.get("iteratorID") for page in (first, second, third)} == {identity}


def test_attributes_stand_in_the_order_of_the_captures(company: Company) -> None:
    page = started(five(company))
    assert list(page.attrib) == [
        "requestID",
        "statusCode",
        "statusSeverity",
        "statusMessage",
        "iteratorRemainingCount",
        "iteratorID",
    ]


def test_an_iterator_of_a_dead_session_is_not_valid(company: Company) -> None:
    identity = started(five(company)).get("iteratorID") or ""
    answer = continued(Session(company), identity)
    assert (status(answer), message(answer)) == (3391, f'The iteratorID "{identity}" is not valid.')


def test_an_iterator_belongs_to_its_kind_of_query(company: Company) -> None:
    session = five(company)
    identity = started(session).get("iteratorID") or ""
    assert status(continued(session, identity, kind="Vendor")) == 3391


def test_a_stopped_or_finished_iterator_is_not_valid_any_more(company: Company) -> None:
    session = five(company)
    stopped = started(session).get("iteratorID") or ""
    assert status(one(session, query(attributes=f' iterator="Stop" iteratorID="{stopped}"'))) == 0
    finished = started(session, "<MaxReturned>9</MaxReturned>").get("iteratorID") or ""
    assert status(continued(session, stopped)) == status(continued(session, finished)) == 3391


def test_two_iterators_run_side_by_side_in_one_set(company: Company) -> None:
    session = five(company)
    both = query("<MaxReturned>1</MaxReturned>", attributes=' iterator="Start"') * 2
    first, second = ask(session, both)
    assert first.get("iteratorID") != second.get("iteratorID")


def test_what_is_added_or_deleted_while_iterating_spoils_no_page(company: Company) -> None:
    session = five(company)
    identity = started(session).get("iteratorID") or ""
    gone = one(session, query("<FullName>Customer 2</FullName>"))[0].findtext("ListID")
    ask(
        session,
        f"<ListDelRq><ListDelType>Customer</ListDelType><ListID>{gone}</ListID></ListDelRq>{adding(named('New'))}",
    )
    assert names(continued(session, identity, most=9)) == ["Customer 3", "Customer 4"]


def test_an_iterator_sees_a_record_as_it_is_when_its_page_is_read(company: Company) -> None:
    session = five(company)
    identity = started(session).get("iteratorID") or ""
    change(company, one(company, query("<FullName>Customer 2</FullName>"))[0], "<Phone>1</Phone>")
    assert continued(session, identity)[0].findtext("Phone") == "1"


def test_a_request_id_that_is_too_long_is_refused(company: Company) -> None:
    answer = one(company, query(attributes=f' requestID="{"x" * 51}"'))
    assert status(answer) == 1060


def test_other_lists_answer_requests_about_transactions(company: Company) -> None:
    answers = ask(
        company, query(kind="Invoice") + "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType></TxnDeletedQueryRq>"
    )
    assert [status(answer) for answer in answers] == [1, 1]
    assert status(one(company, "<TxnDelRq><TxnDelType>Invoice</TxnDelType><TxnID>1-1</TxnID></TxnDelRq>")) == 3120


def test_a_large_list_is_read_in_little_memory(tmp_path: Path, watch: Watch) -> None:
    with create_company(tmp_path / "large.qbw", now=watch) as company:
        fill(company, 100)
        multiply(company, 200)
        session = Session(company)
        tracemalloc.start()
        count = walk(session)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert count > 20_000
    assert peak < 16_000_000


def multiply(company: Company, times: int) -> None:
    """Copy every customer under other IDs: adding so many one by one would take the test too long."""
    with company.store.transaction():
        for number in range(times):
            company.store.tell(
                "INSERT INTO record (kind, namespace, list_id, name, full_name, name_key, full_key, parent, active, "
                "modified, edit, body) SELECT kind, namespace, list_id || ?, name, full_name, name_key, full_key, "
                "parent, active, modified, edit, body FROM record WHERE kind = 'Customer' AND seq <= 200",
                (f"-{number}",),
            )


def walk(session: Session) -> int:
    page = started(session, "<MaxReturned>500</MaxReturned>")
    count, identity = len(page), page.get("iteratorID") or ""
    while page.get("iteratorRemainingCount") != "0":
        page = continued(session, identity, most=500)
        count += len(page)
    return count
