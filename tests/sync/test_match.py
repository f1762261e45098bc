"""Pairing: ids before names, one before two, and never a guess."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import idempotency_key
from apatar.sync.fitting import NamePolicy, fit_name
from apatar.sync.match import Create, Match, MatchedBy, Pairing, Waits, pair
from apatar.sync.match_keys import match_key, match_keys, record_keys
from apatar.sync.question import Question
from apatar.sync.record import Record, Side
from tests.sync.situations import CUT_NAME, LONG_NAME, NAMESPACE, account, customer


def paired(unlinked: list[Record], *others: Record, name_policy: NamePolicy = NamePolicy.END) -> list[Pairing]:
    return pair(MAPPING, unlinked, others, namespace=NAMESPACE, name_policy=name_policy)


def guid(account_id: str) -> str:
    return idempotency_key(NAMESPACE, Side.QUICKBOOKS, "Customer", account_id)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme, Inc.", "acme inc"),
        ("  ACME   inc ", "acme inc"),
        ("Café Łódź", "cafe łodz"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("A: B", "a b"),
        ("A - B", "a b"),
        ("snake_case", "snake case"),
        ("!!!", ""),
        ("", ""),
    ],
)
def test_a_match_key_folds_what_people_vary(name: str, key: str) -> None:
    assert match_key(name) == key


def test_legal_forms_are_not_dropped() -> None:
    assert match_key("Acme Inc") != match_key("Acme LLC")


@settings(max_examples=150)
@given(st.text(max_size=40))
def test_a_match_key_is_its_own_key(name: str) -> None:
    assert match_key(match_key(name)) == match_key(name)


@settings(max_examples=150)
@given(st.text(max_size=80), st.sampled_from(NamePolicy), st.text(max_size=18))
def test_the_name_written_to_quickbooks_is_always_among_the_keys(name: str, policy: NamePolicy, salt: str) -> None:
    keys = match_keys(name, name_policy=policy, salt=salt)
    written = match_key(fit_name(name, policy=policy, salt=salt))
    assert not keys or not written or written in keys


def test_a_name_that_fits_has_one_key() -> None:
    assert match_keys("Acme, Inc.") == ("acme inc",)


def test_a_transliterated_name_is_found_by_its_spelling() -> None:
    assert match_keys("Łódź", spell=lambda text: text.replace("Ł", "L")) == ("łodz", "lodz")


def test_a_customer_is_indexed_by_its_own_name_only() -> None:
    assert record_keys(MAPPING, customer(name=CUT_NAME)) == (match_key(CUT_NAME),)
    assert record_keys(MAPPING, customer(name="!")) == ()


def test_equal_names_match_one_to_one() -> None:
    ours, theirs = account(name="Acme, Inc."), customer(name="ACME Inc")
    assert paired([ours], theirs) == [Match(ours, theirs, MatchedBy.NAME)]
    assert paired([theirs], ours) == [Match(ours, theirs, MatchedBy.NAME)]
    assert paired([ours, theirs]) == [Match(ours, theirs, MatchedBy.NAME)]


@pytest.mark.parametrize("policy", NamePolicy)
def test_a_long_account_finds_the_customer_with_its_cut_name(policy: NamePolicy) -> None:
    ours = account(name=LONG_NAME)
    for cut in (CUT_NAME, fit_name(LONG_NAME, policy=policy, salt=ours.remote_id)):
        theirs = customer(name=cut)
        assert paired([ours], theirs, name_policy=policy) == [Match(ours, theirs, MatchedBy.NAME)]


def test_an_id_found_on_the_account_beats_the_name() -> None:
    ours = account(name="Acme", foreign_key="80-2")
    named, same = customer("80-1", name="Acme"), customer("80-2", name="Something else")
    assert paired([ours], named, same) == [Match(ours, same, MatchedBy.ID)]


def test_the_guid_of_a_create_finds_its_account_whatever_the_name_became() -> None:
    ours = account("001A", name="Acme")
    theirs = customer("80-1", name="Renamed meanwhile", foreign_key=guid("001A").lower())
    assert paired([theirs], ours) == [Match(ours, theirs, MatchedBy.ID)]


def test_another_programs_guid_means_nothing() -> None:
    ours, theirs = account(), customer(foreign_key="{00000000-0000-0000-0000-000000000000}")
    assert paired([ours], theirs) == [Match(ours, theirs, MatchedBy.NAME)]


def question(found: list[Pairing]) -> Question:
    (one,) = found
    assert isinstance(one, Question)
    return one


def test_two_customers_for_one_account_are_a_question_that_names_them_all() -> None:
    asked = question(paired([account()], customer("80-1"), customer("80-2", name="ACME")))
    assert asked.code == "several_candidates"
    assert [key[2] for key in asked.keys] == ["80-1", "80-2", "001A"]
    assert "“ACME” in QuickBooks (80-2)" in asked.sentence


def test_two_accounts_for_one_customer_are_one_question() -> None:
    asked = question(paired([account("001A"), account("001B")], customer()))
    assert asked.code == "several_candidates"


def test_two_accounts_claiming_one_customer_by_id_are_a_question() -> None:
    asked = question(
        paired([account("001A", foreign_key="80-1"), account("001B", foreign_key="80-1")], customer("80-1"))
    )
    assert asked.code == "claimed_twice"


def test_an_account_that_points_to_an_unknown_customer_is_a_question_and_creates_nothing() -> None:
    assert question(paired([account(foreign_key="80-9")])).code == "unknown_quickbooks_id"


def test_an_account_that_points_elsewhere_is_not_taken_for_a_namesake() -> None:
    asked = question(paired([customer("80-1")], account(foreign_key="80-9")))
    assert asked.code == "unknown_quickbooks_id"
    assert len(asked.keys) == 2


def test_two_accounts_with_one_name_are_not_created_twice_in_quickbooks() -> None:
    asked = question(paired([account("001A")], account("001B", name="ACME")))
    assert asked.code == "name_twice"


def test_two_long_names_cut_to_one_are_a_question_unless_the_policy_tells_them_apart() -> None:
    ours = [account("001A", name=LONG_NAME + " East"), account("001B", name=LONG_NAME + " West")]
    assert question(paired(ours)).code == "name_twice"
    assert paired(ours, name_policy=NamePolicy.SUFFIX) == [Create(ours[0]), Create(ours[1])]


def test_two_customers_that_look_alike_are_each_created_in_salesforce() -> None:
    theirs = [customer("80-1", name="Acme Inc"), customer("80-2", name="Acme, Inc.")]
    assert paired(theirs) == [Create(theirs[0]), Create(theirs[1])]


def test_only_what_touches_the_batch_comes_out() -> None:
    assert paired([account("001A", name="Acme")], account("001B", name="Beta"), customer(name="Gamma")) == [
        Create(account("001A", name="Acme"))
    ]


def test_names_without_letters_or_digits_never_match() -> None:
    assert paired([account(name="!!!")], customer(name="???")) == [Create(account(name="!!!"))]


def test_jobs_and_deleted_records_are_passed_over() -> None:
    assert paired([customer(Sublevel="1"), account(deleted=True)]) == []
    assert paired([account()], customer(Sublevel="1"), customer("80-2", deleted=True)) == [Create(account())]


def test_the_answer_does_not_depend_on_the_order_of_the_records() -> None:
    records = [
        account("001A"),
        account("001B", name="Beta"),
        customer("80-1"),
        customer("80-2", name="Beta"),
        customer("80-3", name="C"),
    ]
    assert paired(records) == paired(records[::-1])


@settings(max_examples=120)
@given(
    st.lists(st.sampled_from(["Acme", "ACME", "Beta", LONG_NAME, CUT_NAME, "A:B", "A - B"]), max_size=5),
    st.lists(st.sampled_from(["Acme", "acme.", "Beta", CUT_NAME, "A - B"]), max_size=5),
)
def test_no_record_is_ever_in_two_pairings_and_none_is_lost(ours: list[str], theirs: list[str]) -> None:
    records = [account(f"001{at}", name=name) for at, name in enumerate(ours)]
    records += [customer(f"80-{at}", name=name) for at, name in enumerate(theirs)]
    seen = [key for one in paired(records) for key in keys_of(one)]
    assert sorted(seen) == sorted(record.key for record in records)


def keys_of(one: Pairing) -> list[tuple[Side, str, str]]:
    if isinstance(one, Match):
        return [one.salesforce.key, one.quickbooks.key]
    return [one.source.key] if isinstance(one, Create | Waits) else list(one.keys)
