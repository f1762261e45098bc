"""Keys against doubling, what a person was shown, order, settling."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import (
    Change,
    Operation,
    content,
    idempotency_key,
    order,
    settle,
    update_key,
)
from apatar.sync.errors import PlanError
from apatar.sync.record import Base, Side
from tests.sync.situations import NAMESPACE


def change(
    source_id: str = "001A",
    *,
    side: Side = Side.QUICKBOOKS,
    operation: Operation = Operation.UPDATE,
    object_type: str = "Customer",
    needs: tuple[str, ...] = (),
) -> Change:
    return Change(
        side=side,
        object_type=object_type,
        operation=operation,
        remote_id="80-1",
        source_id=source_id,
        version="17",
        fields={"Phone": "2"},
        before={"Phone": "1"},
        settles=Base({"phone": "2"}, {"phone": "2"}),
        idempotency_key="{KEY}",
        needs=needs,
    )


def test_the_key_of_a_counterpart_is_a_braced_guid_of_its_source_alone() -> None:
    key = idempotency_key(NAMESPACE, Side.QUICKBOOKS, "Customer", "001A")
    assert len(key) == 38
    assert key == key.upper()
    assert key[0] + key[-1] == "{}"
    others = {
        idempotency_key(NAMESPACE, Side.SALESFORCE, "Customer", "001A"),
        idempotency_key(NAMESPACE, Side.QUICKBOOKS, "Vendor", "001A"),
        idempotency_key(NAMESPACE, Side.QUICKBOOKS, "Customer", "001B"),
    }
    assert len(others | {key}) == 4


def test_the_key_of_an_update_follows_its_content() -> None:
    keys = [update_key(NAMESPACE, Side.QUICKBOOKS, "Customer", "80-1", {"Phone": phone}) for phone in ("1", "1", "2")]
    assert keys[0] == keys[1] != keys[2]


def test_a_moved_edit_sequence_leaves_the_preview_true() -> None:
    assert content(MAPPING, change()) == content(MAPPING, replace(change(), version="18"))


@pytest.mark.parametrize(
    "other",
    [
        replace(change(), fields={"Phone": "3"}),
        replace(change(), before={"Phone": "0"}),
        replace(change(), remote_id="80-2"),
        replace(change(), operation=Operation.VOID),
        change("001B"),
        change(side=Side.SALESFORCE),
    ],
)
def test_any_difference_that_a_person_would_see_makes_another_change(other: Change) -> None:
    assert content(MAPPING, change()) != content(MAPPING, other)


def test_a_mark_of_ours_is_nothing_that_a_person_was_shown() -> None:
    marked = replace(change(), fields={**change().fields, "ExternalGUID": "{1}"})
    assert content(MAPPING, marked) == content(MAPPING, change())


@profile(max_examples=50)
@given(st.permutations([change(f"001{at}") for at in range(6)]))
def test_the_order_does_not_depend_on_that_of_discovery(shuffled: list[Change]) -> None:
    plain = [change(f"001{at}") for at in range(6)]
    assert order(shuffled) == order(plain)


def test_creates_go_before_updates_and_withdrawals_last() -> None:
    mixed = [change(operation=operation, source_id=str(at)) for at, operation in enumerate(reversed(Operation))]
    assert [one.operation for one in order(mixed)] == [
        Operation.CREATE,
        Operation.UPDATE,
        Operation.DEACTIVATE,
        Operation.VOID,
        Operation.DELETE,
    ]


def test_parents_go_before_their_children() -> None:
    child, middle, parent = change("a", needs=("b",)), change("b", needs=("c",)), change("c")
    assert order([child, middle, parent]) == [parent, middle, child]


def test_a_parent_that_is_not_in_the_plan_holds_nobody_up() -> None:
    assert order([change("a", needs=("elsewhere", "a"))])[0].source_id == "a"


def test_records_that_need_each_other_are_an_error_in_words() -> None:
    with pytest.raises(PlanError, match="needs a record that in turn needs it"):
        order([change("a", needs=("b",)), change("b", needs=("a",))])


def test_a_confirmation_without_fields_settles_what_was_sent() -> None:
    assert settle(MAPPING, Base({"fax": "1"}, {"fax": "1"}), change()) == Base(
        {"fax": "1", "phone": "2"}, {"fax": "1", "phone": "2"}
    )


def test_a_confirmation_with_fields_settles_what_stands_there_and_nothing_else() -> None:
    settled = settle(MAPPING, Base(), change(), written={"Phone": "two", "Fax": "9"})
    assert settled == Base({"phone": "2"}, {"phone": "two"})
    back = settle(MAPPING, Base(), change(side=Side.SALESFORCE), written={"Phone": "two"})
    assert back == Base({"phone": "two"}, {"phone": "2"})
