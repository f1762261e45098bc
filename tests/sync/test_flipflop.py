"""When a field counts as toggled by our own writes: the same value written in vain, and the same other one back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.change import Change, Operation
from apatar.sync.decision import Decision, Settings
from apatar.sync.flipflop import Journal, Wrote, calm
from apatar.sync.record import Base, Record, Side

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OURS, THEIRS = "555-0100", "+1 555 0100"
SETTINGS = Settings(namespace=UUID(int=7))
CUSTOMER = Record(Side.QUICKBOOKS, "Customer", "C-1", "5", {"Name": "Kern", "Phone": THEIRS, "Fax": "9"}, NOON)
ACCOUNT = Record(
    Side.SALESFORCE, "Account", "A-1", "5", {"Name": "Kern", "Phone": THEIRS, "LastModifiedById": "U-1"}, NOON
)


def decided(target: Record, **more: str) -> Decision:
    """Our phone is to be written once more, with whatever else is to be written."""
    fields = {"Phone": OURS, **more}
    change = Change(
        side=target.side,
        object_type=target.object_type,
        operation=Operation.UPDATE,
        remote_id=target.remote_id,
        source_id="S-1",
        version="5",
        fields=dict(fields),
        before={path: target.fields.get(path) for path in fields},
        settles=Base({"phone": OURS}, {"phone": OURS}),
        idempotency_key="k",
    )
    return Decision("A-1", "C-1", changes=(change,))


def wrote(run: int, value: str = OURS, before: str = THEIRS) -> Wrote:
    return Wrote({"Phone": value}, {"Phone": before}, run, NOON - timedelta(hours=1))


THRICE = (wrote(7, before="555-0000"), wrote(8), wrote(9))


def rests(target: Record, *writes: Wrote, **facts: object) -> bool:
    journal = replace(Journal(writes={target.key: writes}, run=10), **facts)  # type: ignore[arg-type]
    seen = {target.key: target}
    return bool(calm(ACCOUNTS_CUSTOMERS, decided(target), seen, journal, SETTINGS).holds)


def test_what_was_written_three_times_in_vain_rests_and_the_rest_of_the_change_goes() -> None:
    journal = Journal(writes={CUSTOMER.key: THRICE}, run=10)
    calmed = calm(ACCOUNTS_CUSTOMERS, decided(CUSTOMER, Fax="8"), {CUSTOMER.key: CUSTOMER}, journal, SETTINGS)
    [change] = calmed.changes
    assert (change.fields, change.before, dict(change.settles.salesforce)) == ({"Fax": "8"}, {"Fax": "9"}, {})
    assert [one.code for one in calmed.holds] == ["flip_flop"]


@pytest.mark.parametrize(
    "writes",
    [
        THRICE[1:],
        (wrote(7), wrote(8, value="555-0177"), wrote(9)),
        (wrote(7), wrote(8, before="555-0177"), wrote(9)),
        (wrote(4), wrote(8), wrote(9)),
    ],
    ids=["only twice", "another value between", "another value came back", "not in each of the last runs"],
)
def test_what_is_not_the_same_each_time_goes_on(writes: tuple[Wrote, ...]) -> None:
    assert not rests(CUSTOMER, *writes)


def test_two_writes_in_one_run_are_no_reason_to_go_on_for_ever() -> None:
    assert rests(CUSTOMER, wrote(7), wrote(7), wrote(8), wrote(8), wrote(9), wrote(9))
    assert not rests(CUSTOMER, wrote(8), wrote(8), wrote(9), wrote(9))


def test_what_a_person_saved_in_salesforce_goes_on() -> None:
    assert not rests(ACCOUNT, *THRICE, user_id="U-2")
    assert rests(ACCOUNT, *THRICE, user_id="U-1"), "a flow changed it while we saved"


def test_who_asks_has_it_written_once_more() -> None:
    assert not rests(CUSTOMER, *THRICE, asked=frozenset({CUSTOMER.key}))
