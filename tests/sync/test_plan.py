"""Decisions for pairs and for records without a counterpart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.answers import Answer, Restore
from apatar.sync.change import Operation, idempotency_key, settle
from apatar.sync.creating import create, may_create
from apatar.sync.decision import Decision
from apatar.sync.mapping import Direction
from apatar.sync.merge import ConflictPolicy
from apatar.sync.plan import decide_linked, decide_unlinked
from apatar.sync.record import Base, Link, Record, Side
from tests.sync.situations import CUT_NAME, LONG_NAME, NAMESPACE, account, agreed, customer, settings

LINKED = "80-1"


def decided(ours: Record | None, theirs: Record | None, link: Link) -> Decision:
    return decide_linked(MAPPING, link, ours, theirs, settings())


def test_a_pair_that_nobody_touched_gives_nothing() -> None:
    ours, theirs = account(foreign_key=LINKED), customer()
    assert decided(ours, theirs, agreed(ours, theirs)) == Decision("001A", LINKED)


def test_a_changed_phone_is_one_update_with_version_before_and_after() -> None:
    ours, theirs = account(foreign_key=LINKED, Phone="1"), customer(Phone="1")
    decision = decided(account(foreign_key=LINKED, Phone="2"), theirs, agreed(ours, theirs))
    (change,) = decision.changes
    assert (change.side, change.operation, change.object_type) == (Side.QUICKBOOKS, Operation.UPDATE, "Customer")
    assert (change.remote_id, change.source_id, change.version) == (LINKED, "001A", "17")
    assert (change.before, change.fields) == ({"Phone": "1"}, {"Phone": "2"})
    assert change.settles == Base({"phone": "2"}, {"phone": "2"})


def test_edits_of_different_fields_cross_and_nobody_loses() -> None:
    ours, theirs = account(foreign_key=LINKED, Phone="1", Fax="1"), customer(Phone="1", Fax="1")
    decision = decided(
        account(foreign_key=LINKED, Phone="2", Fax="1"), customer(Phone="1", Fax="3"), agreed(ours, theirs)
    )
    assert {change.side: change.fields for change in decision.changes} == {
        Side.SALESFORCE: {"Fax": "3"},
        Side.QUICKBOOKS: {"Phone": "2"},
    }
    assert not decision.conflicts


def test_salesforce_is_given_our_id_when_it_lacks_it_whatever_the_direction() -> None:
    ours, theirs = account(), customer()
    decision = decide_linked(MAPPING, agreed(ours, theirs), ours, theirs, settings(direction=Direction.TO_QUICKBOOKS))
    (change,) = decision.changes
    assert change.fields == {"QuickBooks_ListID__c": LINKED}
    assert not change.settles


def test_an_org_without_the_external_id_field_is_not_asked_to_keep_it() -> None:
    bare = replace(MAPPING, external_id_field="")
    ours, theirs = account(), customer()
    assert decide_linked(bare, agreed(ours, theirs), ours, theirs, settings()).changes == ()


@pytest.mark.parametrize(
    ("ours", "theirs", "code"),
    [
        (None, customer(), "deleted_in_salesforce"),
        (account(deleted=True), customer(), "deleted_in_salesforce"),
        (account(), None, "deleted_in_quickbooks"),
        (account(), customer(deleted=True), "deleted_in_quickbooks"),
        (None, customer(deleted=True), "deleted_on_both_sides"),
    ],
)
def test_a_deletion_marks_and_writes_nothing(ours: Record | None, theirs: Record | None, code: str) -> None:
    decision = decided(ours, theirs, agreed(account(), customer()))
    (hold,) = decision.holds
    assert hold.code == code
    assert hold.keys == ((Side.SALESFORCE, "Account", "001A"), (Side.QUICKBOOKS, "Customer", LINKED))
    assert not decision.changes


def test_the_mark_of_a_deletion_names_what_is_left_and_what_to_do() -> None:
    (hold,) = decided(None, customer(name="Acme"), agreed(account(), customer())).holds
    assert hold.sentence == "“Acme” was deleted in Salesforce; in QuickBooks it is untouched."
    assert hold.remedy.startswith("Restore it in Salesforce")


def test_a_customer_that_became_a_job_rests() -> None:
    (hold,) = decided(account(), customer(Sublevel="1"), agreed(account(), customer())).holds
    assert hold.code == "left_out"


def test_an_unreadable_value_holds_its_pair_with_a_sentence() -> None:
    (hold,) = decided(account(), customer(CreditLimit="much"), agreed(account(), customer())).holds
    assert hold.code == "unreadable_value"
    assert "Credit limit in QuickBooks holds 'much'" in hold.sentence


def test_a_conflict_waits_until_a_person_has_chosen() -> None:
    link = agreed(account(Phone="1"), customer(Phone="1"))
    ours, theirs, asking = (
        account(foreign_key=LINKED, Phone="2"),
        customer(Phone="3"),
        settings(policy=ConflictPolicy.ASK),
    )
    waiting = decide_linked(MAPPING, link, ours, theirs, asking)
    assert waiting.changes == ()
    assert waiting.conflicts[0].winner is None
    answered = decide_linked(MAPPING, link, ours, theirs, asking, chosen={"phone": Answer(Side.QUICKBOOKS, "2", "3")})
    assert answered.changes[0].fields == {"Phone": "3"}


def brought_back(ours: Record, theirs: Record, link: Link) -> Decision:
    wish = {"phone": Restore("2", Side.SALESFORCE, "3", "3")}
    return decide_linked(MAPPING, link, ours, theirs, settings(), chosen=wish)


def test_a_value_that_comes_back_to_both_sides_settles_each_by_itself() -> None:
    ours, theirs = account(foreign_key=LINKED, Phone="3"), customer(Phone="3")
    to_salesforce, to_quickbooks = brought_back(ours, theirs, agreed(ours, theirs)).changes
    assert (to_salesforce.fields, to_quickbooks.fields) == ({"Phone": "2"}, {"Phone": "2"})
    assert to_salesforce.settles == Base({"phone": "2"}, {})
    assert to_quickbooks.settles == Base({}, {"phone": "2"})


def test_a_value_that_came_back_to_one_side_only_is_written_to_the_other_next_time() -> None:
    before = agreed(account(foreign_key=LINKED, Phone="3"), customer(Phone="3"))
    ours, theirs = account(foreign_key=LINKED, Phone="2"), customer(Phone="3")
    link = Link("001A", LINKED, before.base.settled(Base({"phone": "2"}, {})))
    wish = {"phone": Restore("2", Side.SALESFORCE, "3", "3")}
    (change,) = decide_linked(MAPPING, link, ours, theirs, settings(), chosen=wish).changes
    assert (change.side, change.fields) == (Side.QUICKBOOKS, {"Phone": "2"})
    assert change.settles == Base({"phone": "2"}, {"phone": "2"})


def test_the_address_of_a_conflict_that_waits_is_sent_back_as_it_stands() -> None:
    before = customer(BillAddress__City="A", BillAddress__State="CA")
    link = agreed(account(BillingCity="A", BillingState="CA"), before)
    ours = account(foreign_key=LINKED, BillingCity="B", BillingState="NV")
    theirs = customer(BillAddress__City="C", BillAddress__State="CA")
    decision = decide_linked(MAPPING, link, ours, theirs, settings(policy=ConflictPolicy.ASK))
    assert decision.changes[0].fields == {"BillAddress.City": "C", "BillAddress.State": "NV"}
    assert decision.changes[0].settles.quickbooks == {"billing_state": "NV"}


def test_a_match_is_linked_at_once_and_filled_from_both() -> None:
    (decision,) = decide_unlinked(MAPPING, [account(Phone="1")], [customer(Fax="2", Balance="5.00")], settings())
    assert decision.link_now
    assert (decision.salesforce_id, decision.quickbooks_id) == ("001A", LINKED)
    assert {change.side: change.fields for change in decision.changes} == {
        Side.SALESFORCE: {"Fax": "2", "QuickBooks_Balance__c": Decimal("5.00"), "QuickBooks_ListID__c": LINKED},
        Side.QUICKBOOKS: {"Phone": "1"},
    }
    assert decision.settled.salesforce["name"] == "Acme"


def test_an_account_without_counterpart_is_created_in_quickbooks_with_its_guid() -> None:
    (decision,) = decide_unlinked(MAPPING, [account(name=LONG_NAME, BillingStreet="1\n2")], [], settings())
    (change,) = decision.changes
    key = idempotency_key(NAMESPACE, Side.QUICKBOOKS, "Customer", "001A")
    assert change.operation is Operation.CREATE
    assert change.idempotency_key == key
    assert change.fields == {
        "Name": CUT_NAME,
        "CompanyName": CUT_NAME,
        "BillAddress.Addr1": "1",
        "BillAddress.Addr2": "2",
        "ExternalGUID": key,
    }
    assert change.settles.salesforce == {"name": LONG_NAME, "billing_street": ("1", "2")}
    assert change.settles.quickbooks == {"name": CUT_NAME, "billing_street": ("1", "2")}
    assert "Name was shortened to 41 characters." in change.notes


def test_a_customer_without_counterpart_is_created_in_salesforce_under_its_external_id() -> None:
    (decision,) = decide_unlinked(MAPPING, [customer(Phone="1", Balance="0.00")], [], settings())
    (change,) = decision.changes
    assert change.fields == {
        "Name": "Acme",
        "Phone": "1",
        "QuickBooks_Balance__c": Decimal("0.00"),
        "QuickBooks_ListID__c": LINKED,
    }


def test_nothing_is_created_against_the_direction_or_when_only_links_are_wanted() -> None:
    assert decide_unlinked(MAPPING, [account()], [], settings(direction=Direction.TO_SALESFORCE)) == []
    assert decide_unlinked(MAPPING, [account()], [], settings(link_only=True)) == []
    assert may_create(MAPPING, account(), settings(direction=Direction.TO_QUICKBOOKS))


def test_two_candidates_are_a_question_and_nothing_is_written() -> None:
    (decision,) = decide_unlinked(MAPPING, [account()], [customer("80-1"), customer("80-2")], settings())
    assert decision.questions[0].code == "several_candidates"
    assert decision.changes == ()
    assert (decision.salesforce_id, decision.quickbooks_id) == ("001A", None)


def test_a_record_without_a_name_or_with_an_unreadable_value_is_not_created() -> None:
    assert create(MAPPING, account(name=" "), settings()).holds[0].code == "no_name"
    assert create(MAPPING, customer(Balance="much"), settings()).holds[0].code == "unreadable_value"


def test_deciding_again_after_the_reply_was_lost_never_creates_a_second_time() -> None:
    (first,) = decide_unlinked(MAPPING, [account()], [], settings())
    guid = str(first.changes[0].fields["ExternalGUID"])
    arrived = customer("80-7", name="Acme", foreign_key=guid)
    (again,) = decide_unlinked(MAPPING, [account()], [arrived], settings())
    assert again.link_now
    assert again.quickbooks_id == "80-7"
    assert all(change.operation is Operation.UPDATE for change in again.changes)


def test_deciding_twice_before_any_reply_gives_the_same_key() -> None:
    keys = {decide_unlinked(MAPPING, [account()], [], settings())[0].changes[0].idempotency_key for _ in range(3)}
    edited = decide_unlinked(MAPPING, [account(Phone="9", minutes=5)], [], settings())[0].changes[0].idempotency_key
    assert keys == {edited}


def test_what_quickbooks_answers_is_what_the_base_remembers() -> None:
    (decision,) = decide_unlinked(MAPPING, [account(name="Łódź")], [], settings())
    base = settle(MAPPING, Base(), decision.changes[0], written=customer(name="Lodz"))
    assert (base.salesforce["name"], base.quickbooks["name"]) == ("Łódź", "Lodz")
    after = decided(account(name="Łódź", foreign_key=LINKED), customer(name="Lodz"), Link("001A", LINKED, base))
    assert after.changes == ()
