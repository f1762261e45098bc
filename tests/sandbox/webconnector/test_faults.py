"""Mishaps happen exactly where they were ordered."""

from collections.abc import Callable

import pytest

from apatar.sandbox.webconnector.envelope import ARGUMENTS
from apatar.sandbox.webconnector.errors import Abandoned
from apatar.sandbox.webconnector.faults import Fault, Faulty, Mishap, read_fault_order
from tests.sandbox.webconnector.stub import FakeQuickBooks, hold, serving, well_behaved

CALLS = ["clientVersion", "authenticate", "sendRequestXML", "receiveResponseXML"]


@pytest.mark.parametrize("operation", CALLS)
def test_a_conversation_cut_after_a_call_never_says_goodbye(operation: str) -> None:
    quickbooks = FakeQuickBooks()
    with serving() as service:
        outcome = hold(service, quickbooks=quickbooks, faults=[Fault(Mishap.CUT_AFTER, operation)])
    assert service.operations[-1] == operation
    assert not outcome.well
    assert len(quickbooks.ended) == (operation in {"sendRequestXML", "receiveResponseXML"})


def test_a_conversation_may_be_cut_at_its_second_request() -> None:
    with serving(well_behaved(requests=3)) as service:
        outcome = hold(service, faults=[Fault(Mishap.CUT_BEFORE, "receiveResponseXML", 2)])
    assert service.operations.count("receiveResponseXML") == 1
    assert outcome.requests == 2


def test_without_an_operation_the_calls_are_counted_together() -> None:
    with serving() as service:
        hold(service, faults=[Fault(Mishap.CUT_AFTER, None, 3)])
    assert service.operations == ["serverVersion", "clientVersion", "authenticate"]


def test_a_lost_response_reached_the_service_and_fails_the_call() -> None:
    with serving() as service:
        outcome = hold(service, faults=[Fault(Mishap.LOSE_RESPONSE, "receiveResponseXML")])
    assert service.operations[-1] == "receiveResponseXML"
    assert outcome.code == "QBWC1042"


def test_a_lost_request_never_reached_the_service() -> None:
    quickbooks = FakeQuickBooks()
    with serving() as service:
        outcome = hold(service, quickbooks=quickbooks, faults=[Fault(Mishap.LOSE_REQUEST, "receiveResponseXML")])
    assert service.operations[-1] == "sendRequestXML"
    assert quickbooks.processed == ["<QBXML/>"], "QuickBooks did it and the service will never be told"
    assert outcome.code == "QBWC1042"


def test_a_duplicate_arrives_twice() -> None:
    with serving(receiveResponseXML=100) as service:
        outcome = hold(service, faults=[Fault(Mishap.DUPLICATE, "receiveResponseXML")])
    assert service.operations.count("receiveResponseXML") == 2
    assert outcome.well


@pytest.mark.parametrize(("mishap", "posts"), [(Mishap.KILL_BEFORE, 0), (Mishap.KILL_AFTER, 1)])
def test_a_kill_dies_before_or_after_the_call(mishap: Mishap, posts: int) -> None:
    died: list[bool] = []
    answering = Counting()
    faulty = Faulty(answering, [Fault(mishap)], die=lambda: died.append(True))
    with pytest.raises(Abandoned):
        faulty.post("serverVersion", b"")
    assert died == [True]
    assert answering.posts == posts


class Counting:
    """A transport that counts."""

    posts = 0
    close: Callable[[], None] = staticmethod(lambda: None)

    def post(self, operation: str, envelope: bytes) -> bytes:
        self.posts += 1
        return envelope + operation.encode()


def test_an_order_is_read() -> None:
    assert read_fault_order("cut") == Fault(Mishap.CUT_AFTER)
    assert read_fault_order("lose-response:receiveResponseXML:2") == Fault(
        Mishap.LOSE_RESPONSE, "receiveResponseXML", 2
    )
    assert read_fault_order("duplicate::4") == Fault(Mishap.DUPLICATE, None, 4)


@pytest.mark.parametrize("order", ["explode", "cut:nothing", "cut:authenticate:0", "cut:authenticate:x"])
def test_an_order_that_makes_no_sense_is_explained(order: str) -> None:
    with pytest.raises(ValueError, match="“"):
        read_fault_order(order)


def test_every_operation_can_have_a_mishap() -> None:
    for operation in ARGUMENTS:
        assert read_fault_order(f"cut:{operation}").operation == operation
