"""The three-way merge, situation by situation."""

from dataclasses import dataclass, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.answers import CHANGED_MEANWHILE, NOT_MAPPED, Answer, Choice, Fate, Restore
from apatar.sync.mapping import Direction, Field, Mode, ObjectMapping, Owner
from apatar.sync.merge import ConflictPolicy, Merge, merge
from apatar.sync.record import Base, Record, Side
from apatar.sync.values import Kind
from tests.sync.situations import CUT_NAME, LONG_NAME, account, agreed, customer

PHONE = MAPPING.field("phone")


@dataclass(frozen=True, slots=True)
class Case:
    """One field with what stood there at the last agreement (or "never") and what stands there now."""

    base: str | None
    salesforce: str | None
    quickbooks: str | None
    owner: Owner = Owner.SHARED
    mode: Mode = Mode.OVERWRITE
    direction: Direction = Direction.BOTH
    policy: ConflictPolicy = ConflictPolicy.NEWEST
    salesforce_minutes: int | None = 0
    quickbooks_minutes: int | None = 0
    required: bool = False
    chosen: Choice | None = None

    def agreed_on(self) -> Base:
        return Base() if self.base == "never" else Base({"phone": self.base}, {"phone": self.base})

    def merged(self, *, base: Base | None = None) -> Merge:
        one = replace(PHONE, owner=self.owner, mode=self.mode, required=self.required)
        return merge(
            of(one),
            base=base or self.agreed_on(),
            salesforce=account(Phone=self.salesforce, minutes=self.salesforce_minutes),
            quickbooks=customer(Phone=self.quickbooks, minutes=self.quickbooks_minutes),
            direction=self.direction,
            policy=self.policy,
            chosen={"phone": self.chosen} if self.chosen else None,
        )


def of(*fields: Field) -> ObjectMapping:
    return replace(MAPPING, fields=fields)


def outcome(found: Merge) -> str:
    """What happened to the one field, in short words."""
    steps = [f"salesforce={value}" for value in found.to_salesforce.values()]
    steps += [f"quickbooks={value}" for value in found.to_quickbooks.values()]
    steps += ["settled" for _ in found.settled.salesforce]
    steps += [f"conflict:{one.winner.value if one.winner else 'ask'}" for one in found.conflicts]
    return " ".join(steps) or "nothing"


SITUATIONS = {
    "nobody changed anything": (Case("1", "1", "1"), "nothing"),
    "salesforce changed": (Case("1", "2", "1"), "quickbooks=2"),
    "quickbooks changed": (Case("1", "1", "2"), "salesforce=2"),
    "salesforce cleared it": (Case("1", None, "1"), "quickbooks=None"),
    "quickbooks cleared it": (Case("1", "1", None), "salesforce=None"),
    "both changed to one value": (Case("1", "2", "2"), "settled"),
    "both changed, quickbooks later": (Case("1", "2", "3", quickbooks_minutes=1), "salesforce=3 conflict:quickbooks"),
    "both changed, salesforce later": (Case("1", "2", "3", salesforce_minutes=1), "quickbooks=2 conflict:salesforce"),
    "both changed at one time": (Case("1", "2", "3"), "salesforce=3 conflict:quickbooks"),
    "both changed, time unknown": (
        Case("1", "2", "3", salesforce_minutes=9, quickbooks_minutes=None),
        "salesforce=3 conflict:quickbooks",
    ),
    "both changed, ask me": (Case("1", "2", "3", policy=ConflictPolicy.ASK), "conflict:ask"),
    "asked and answered": (
        Case("1", "2", "3", policy=ConflictPolicy.ASK, chosen=Answer(Side.SALESFORCE, "2", "3")),
        "quickbooks=2 conflict:salesforce",
    ),
    "answered, and changed since": (
        Case("1", "2", "4", policy=ConflictPolicy.ASK, chosen=Answer(Side.SALESFORCE, "2", "3")),
        "conflict:ask",
    ),
    "answered against the owner": (
        Case("1", "2", "3", owner=Owner.QUICKBOOKS, chosen=Answer(Side.SALESFORCE, "2", "3")),
        "quickbooks=2 conflict:salesforce",
    ),
    "answered where the way is closed": (
        Case("1", "2", "3", direction=Direction.TO_QUICKBOOKS, chosen=Answer(Side.QUICKBOOKS, "2", "3")),
        "settled conflict:quickbooks",
    ),
    "answered with an empty value that is required": (
        Case("1", None, "3", required=True, policy=ConflictPolicy.ASK, chosen=Answer(Side.SALESFORCE, None, "3")),
        "conflict:ask",
    ),
    "answered, and both have one value now": (
        Case("1", "2", "2", policy=ConflictPolicy.ASK, chosen=Answer(Side.SALESFORCE, "2", "3")),
        "settled",
    ),
    "brought back to both": (
        Case("3", "3", "3", chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "salesforce=2 quickbooks=2 conflict:salesforce",
    ),
    "brought back against the owner": (
        Case("3", "3", "3", owner=Owner.QUICKBOOKS, chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "salesforce=2 quickbooks=2 conflict:salesforce",
    ),
    "brought back where one way is closed": (
        Case("3", "3", "3", direction=Direction.TO_QUICKBOOKS, chosen=Restore("2", Side.QUICKBOOKS, "3", "3")),
        "quickbooks=2 conflict:salesforce",
    ),
    "brought back where the only side that lacks it is closed": (
        Case("3", "3", "2", direction=Direction.TO_QUICKBOOKS, chosen=Restore("2", Side.QUICKBOOKS, "3", "2")),
        "nothing",
    ),
    "brought back to a field that fills only what is empty": (
        Case("3", "3", "3", mode=Mode.IF_EMPTY, chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "salesforce=2 quickbooks=2 conflict:salesforce",
    ),
    "brought back, and edited since": (
        Case("3", "4", "3", chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "quickbooks=4",
    ),
    "brought back, written to one side so far": (
        Case("3", "2", "3", chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "quickbooks=2 conflict:salesforce",
    ),
    "brought back, and typed by people meanwhile": (
        Case("3", "2", "2", chosen=Restore("2", Side.SALESFORCE, "3", "3")),
        "settled",
    ),
    "an empty value brought back": (
        Case("3", "3", "3", chosen=Restore(None, Side.SALESFORCE, "3", "3")),
        "salesforce=None quickbooks=None conflict:salesforce",
    ),
    "an empty value brought back where it is required": (
        Case("3", "3", "3", required=True, chosen=Restore(None, Side.SALESFORCE, "3", "3")),
        "nothing",
    ),
    "both changed, salesforce preferred": (
        Case("1", "2", "3", policy=ConflictPolicy.SALESFORCE),
        "quickbooks=2 conflict:salesforce",
    ),
    "both changed, quickbooks preferred": (
        Case("1", "2", "3", policy=ConflictPolicy.QUICKBOOKS),
        "salesforce=3 conflict:quickbooks",
    ),
    "one side edited, the other cleared": (
        Case("1", "2", None, salesforce_minutes=1),
        "quickbooks=2 conflict:salesforce",
    ),
    "the owner changed": (Case("1", "1", "2", owner=Owner.QUICKBOOKS), "salesforce=2"),
    "the other than the owner changed": (
        Case("1", "2", "1", owner=Owner.QUICKBOOKS),
        "salesforce=1 conflict:quickbooks",
    ),
    "salesforce owns, quickbooks changed": (
        Case("1", "1", "2", owner=Owner.SALESFORCE),
        "quickbooks=1 conflict:salesforce",
    ),
    "owner and other changed": (Case("1", "2", "3", owner=Owner.SALESFORCE), "quickbooks=2 conflict:salesforce"),
    "the owner's way back is closed": (
        Case("1", "2", "1", owner=Owner.QUICKBOOKS, direction=Direction.TO_QUICKBOOKS),
        "nothing",
    ),
    "one way, source changed": (Case("1", "2", "1", direction=Direction.TO_QUICKBOOKS), "quickbooks=2"),
    "one way, target changed": (Case("1", "1", "2", direction=Direction.TO_QUICKBOOKS), "nothing"),
    "one way, both changed": (
        Case("1", "2", "3", direction=Direction.TO_QUICKBOOKS, quickbooks_minutes=9),
        "quickbooks=2 conflict:salesforce",
    ),
    "other way, both changed": (
        Case("1", "2", "3", direction=Direction.TO_SALESFORCE, salesforce_minutes=9),
        "salesforce=3 conflict:quickbooks",
    ),
    "one way, the preferred side may not write": (
        Case("1", "2", "3", direction=Direction.TO_QUICKBOOKS, policy=ConflictPolicy.QUICKBOOKS),
        "nothing",
    ),
    "first link, equal": (Case("never", "1", "1"), "settled"),
    "first link, both empty": (Case("never", None, None), "settled"),
    "first link, salesforce empty": (Case("never", None, "1"), "salesforce=1"),
    "first link, quickbooks empty": (Case("never", "1", None), "quickbooks=1"),
    "first link, different": (Case("never", "1", "2"), "salesforce=2 conflict:quickbooks"),
    "first link, different, ask me": (Case("never", "1", "2", policy=ConflictPolicy.ASK), "conflict:ask"),
    "first link, owner empty": (
        Case("never", "1", None, owner=Owner.QUICKBOOKS),
        "salesforce=None conflict:quickbooks",
    ),
    "if empty, target is empty": (
        Case("1", "2", None, mode=Mode.IF_EMPTY, salesforce_minutes=1),
        "quickbooks=2 conflict:salesforce",
    ),
    "if empty, target is filled": (Case("1", "2", "1", mode=Mode.IF_EMPTY), "nothing"),
    "if empty, first link": (Case("never", "1", None, mode=Mode.IF_EMPTY), "quickbooks=1"),
    "only for new records": (Case("1", "2", "1", mode=Mode.ONLY_CREATE), "nothing"),
    "a required value was cleared": (Case("1", None, "1", required=True), "salesforce=1"),
    "a required value was cleared against an edit": (
        Case("1", None, "2", required=True, salesforce_minutes=1),
        "salesforce=2",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_field_goes_where_the_rules_say(situation: str) -> None:
    case, expected = SITUATIONS[situation]
    assert outcome(case.merged()) == expected


def test_a_conflict_keeps_both_values_both_bases_and_a_reason() -> None:
    (conflict,) = Case("1", "2", "3", quickbooks_minutes=1).merged().conflicts
    assert (conflict.field, conflict.label) == ("phone", "Phone")
    assert (conflict.salesforce, conflict.quickbooks) == ("2", "3")
    assert (conflict.base_salesforce, conflict.base_quickbooks) == ("1", "1")
    assert conflict.reason.startswith("Both sides were changed, QuickBooks more recently")


def test_every_choice_is_told_what_became_of_it() -> None:
    asked = Case("1", "2", "3", policy=ConflictPolicy.ASK, chosen=Answer(Side.SALESFORCE, "2", "3"))
    both = Case("3", "3", "3", chosen=Restore("2", Side.SALESFORCE, "3", "3"))
    closed = replace(both, quickbooks="2", direction=Direction.TO_QUICKBOOKS)
    assert asked.merged().fates == (Fate("phone", (Side.QUICKBOOKS,)),)
    assert both.merged().fates == (Fate("phone", (Side.SALESFORCE, Side.QUICKBOOKS)),)
    assert replace(asked, salesforce="4").merged().fates == (Fate("phone", reason=CHANGED_MEANWHILE),)
    assert replace(both, mode=Mode.ONLY_CREATE).merged().fates == (Fate("phone", reason=NOT_MAPPED),)
    (fate,) = closed.merged().fates
    assert "Phone is never written to Salesforce" in fate.reason


def test_a_value_that_is_replaced_by_one_brought_back_is_kept_in_turn() -> None:
    (kept,) = Case("3", "3", "3", chosen=Restore("2", Side.SALESFORCE, "3", "3")).merged().conflicts
    assert (kept.salesforce, kept.quickbooks, kept.winner) == ("2", "3", Side.SALESFORCE)
    assert kept.reason == "You brought back the value of Salesforce."


def whole(ours: Record, theirs: Record, base: Base | None) -> Merge:
    return merge(
        MAPPING,
        base=base,
        salesforce=ours,
        quickbooks=theirs,
        direction=Direction.BOTH,
        policy=ConflictPolicy.NEWEST,
    )


def test_a_long_name_and_its_cut_form_agree_at_the_first_sight() -> None:
    found = whole(account(name=LONG_NAME), customer(name=CUT_NAME), None)
    assert found.settled.salesforce["name"] == LONG_NAME
    assert found.settled.quickbooks["name"] == CUT_NAME
    assert not found.conflicts


def test_a_long_name_that_changes_behind_the_cut_writes_nothing() -> None:
    link = agreed(account(name=LONG_NAME), customer(name=CUT_NAME))
    found = whole(account(name=LONG_NAME + " Ltd"), customer(name=CUT_NAME), link.base)
    assert not found.to_quickbooks
    assert found.settled.salesforce["name"] == LONG_NAME + " Ltd"


def test_a_cut_name_edited_in_quickbooks_goes_to_salesforce() -> None:
    link = agreed(account(name=LONG_NAME), customer(name=CUT_NAME))
    assert whole(account(name=LONG_NAME), customer(name="Alaska Trading"), link.base).to_salesforce == {
        "name": "Alaska Trading"
    }


def test_a_transliterated_text_is_no_difference_once_it_was_agreed_on() -> None:
    link = agreed(account(BillingCity="Łódź"), customer(BillAddress__City="Lodz"))
    found = whole(account(BillingCity="Łódź"), customer(BillAddress__City="Lodz"), link.base)
    assert outcome(found) == "nothing"


def test_a_text_too_long_for_salesforce_agrees_with_its_cut_form() -> None:
    number = "7" * 60
    found = whole(account(AccountNumber=number[:40]), customer(AccountNumber=number), None)
    assert found.settled.quickbooks["account_number"] == number


def test_a_balance_is_shown_in_salesforce_and_never_taken_from_there() -> None:
    ours, theirs = account(QuickBooks_Balance__c=Decimal(5)), customer(Balance="5.00")
    link = agreed(ours, theirs)
    assert outcome(whole(ours, theirs, link.base)) == "nothing"
    assert whole(ours, customer(Balance="7.50"), link.base).to_salesforce == {"balance": Decimal("7.50")}
    typed = whole(account(QuickBooks_Balance__c=Decimal(0)), theirs, link.base)
    assert typed.to_salesforce == {"balance": Decimal("5.00")}
    assert typed.conflicts[0].salesforce == Decimal("0.00")


def test_a_field_that_joined_the_mapping_later_is_merged_as_at_a_first_link() -> None:
    link = agreed(account(), customer())
    found = whole(account(Phone="1"), customer(), link.base.without(["phone"]))
    assert found.to_quickbooks == {"phone": "1"}


def test_kinds_that_cannot_be_cut_agree_only_when_they_are_equal() -> None:
    switch = replace(PHONE, kind=Kind.BOOLEAN)
    found = merge(
        of(switch),
        base=None,
        salesforce=account(Phone=True),
        quickbooks=customer(Phone="false"),
        direction=Direction.BOTH,
        policy=ConflictPolicy.ASK,
    )
    assert outcome(found) == "conflict:ask"


texts = st.sampled_from([None, "1", "2", "3"])
cases = st.builds(
    Case,
    base=st.sampled_from([None, "1", "2", "never"]),
    salesforce=texts,
    quickbooks=texts,
    owner=st.sampled_from(Owner),
    direction=st.sampled_from(Direction),
    policy=st.sampled_from(ConflictPolicy),
    salesforce_minutes=st.sampled_from([None, 0, 1]),
    quickbooks_minutes=st.sampled_from([None, 0, 1]),
    required=st.booleans(),
)
choices = st.one_of(
    st.builds(Answer, st.sampled_from(Side), texts, texts),
    st.builds(Restore, texts, st.sampled_from(Side), texts, texts),
)
chosen_cases = st.builds(replace, cases, chosen=choices)


@profile(max_examples=400)
@given(cases)
def test_a_typed_value_is_overwritten_only_with_a_record_of_it(case: Case) -> None:
    found = case.merged()
    for side, now in ((Side.SALESFORCE, case.salesforce), (Side.QUICKBOOKS, case.quickbooks)):
        typed = now is not None and now != case.base
        if typed and "phone" in found.to(side):
            (conflict,) = found.conflicts
            assert conflict.winner is side.other
            assert (conflict.salesforce if side is Side.SALESFORCE else conflict.quickbooks) == now


@profile(max_examples=400)
@given(cases)
def test_a_merge_writes_one_side_at_most_only_where_it_may_and_never_empties_what_is_required(case: Case) -> None:
    found = case.merged()
    assert not (found.to_salesforce and found.to_quickbooks)
    assert all(case.direction.allows(side) for side in Side if found.to(side))
    assert not case.required or None not in {*found.to_salesforce.values(), *found.to_quickbooks.values()}


@profile(max_examples=300)
@given(cases)
def test_both_ways_end_in_agreement_or_in_a_question(case: Case) -> None:
    found = replace(case, direction=Direction.BOTH).merged()
    asked = any(conflict.winner is None for conflict in found.conflicts)
    unchanged = case.base != "never" and case.salesforce == case.quickbooks == case.base
    assert asked or unchanged or found.settled or found.to_salesforce or found.to_quickbooks or same_as_base(case)


def same_as_base(case: Case) -> bool:
    return case.base == case.salesforce == case.quickbooks


@profile(max_examples=300)
@given(chosen_cases)
def test_whatever_a_person_chose_no_typed_value_is_lost_and_no_closed_way_is_written(case: Case) -> None:
    found = case.merged()
    for side, now in ((Side.SALESFORCE, case.salesforce), (Side.QUICKBOOKS, case.quickbooks)):
        if "phone" in found.to(side) and now is not None and now != case.base:
            losers = {one.salesforce if side is Side.SALESFORCE else one.quickbooks for one in found.conflicts}
            losers |= {one.quickbooks if side is Side.SALESFORCE else one.salesforce for one in found.conflicts}
            assert now in losers
    assert all(case.direction.allows(side) for side in Side if found.to(side))
    assert not case.required or None not in {*found.to_salesforce.values(), *found.to_quickbooks.values()}


@profile(max_examples=300)
@given(chosen_cases)
def test_what_a_person_chose_stands_and_no_later_run_fights_over_it(case: Case) -> None:
    found = case.merged()
    (fate,) = found.fates
    if fate.reason:
        assert found == replace(replace(case, chosen=None).merged(), fates=(fate,))
        return
    after = replace(
        case,
        chosen=None,
        salesforce=stands(found, Side.SALESFORCE, case.salesforce),
        quickbooks=stands(found, Side.QUICKBOOKS, case.quickbooks),
    )
    again = after.merged(base=base_after(case, found))
    assert (again.to_salesforce, again.to_quickbooks, again.conflicts) == ({}, {}, ())


def stands(found: Merge, side: Side, now: str | None) -> str | None:
    value = found.to(side).get("phone", now)
    assert value is None or isinstance(value, str)
    return value


def base_after(case: Case, found: Merge) -> Base:
    """The base once every write is confirmed, as `plan` lets each settle it."""
    base = case.agreed_on().settled(found.settled)
    for side in Side:
        for name, value in found.to(side).items():
            source = {} if name in found.brought.alone else {name: found.brought.beside.get(name, value)}
            stands = {name: value}
            base = base.settled(Base(stands, source) if side is Side.SALESFORCE else Base(source, stands))
    return base
