"""What is likely the same: found by words, telephones, addresses; never by everything against everything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.match_keys import match_key
from apatar.sync.record import Record, Side
from apatar.sync.suggest import MOST_FOR_ONE, Proposal, Traits, propose, traits_of

NAMES = st.sampled_from(
    [
        "Kern Lighting",
        "Kern Lightning",
        "Kern Lighting Inc",
        "Lighting, Kern",
        "Harbor Tools",
        "Store 12",
        "Store 13",
        "",
    ]
)
MARKS = st.sampled_from([(), (("phone", "Phone", "5550100123"),), (("address", "Billing street", "1 main 94110"),)])


def traits(side: Side, at: str, name: str, *marks: tuple[str, str, str], key: str = "") -> Traits:
    return Traits(side, at, name, (match_key(name),) if name else (), "", key, marks)


def ours(name: str, *marks: tuple[str, str, str], at: str = "a", key: str = "") -> Traits:
    return traits(Side.SALESFORCE, at, name, *marks, key=key)


def theirs(name: str, *marks: tuple[str, str, str], at: str = "c", key: str = "") -> Traits:
    return traits(Side.QUICKBOOKS, at, name, *marks, key=key)


def reasons(one: Traits, two: Traits) -> list[str]:
    return [found.reason for found in propose([one], [two])]


@pytest.mark.parametrize(
    ("salesforce", "quickbooks"),
    [
        ("Kern Lighting Inc", "Kern Lighting, LLC"),
        ("Abercrombie, Kristy", "Kristy Abercrombie"),
        ("Kern Lightning", "Kern Lighting"),
        ("Kern Lighting Group", "Kern Lighting"),
        ("Müller & Söhne GmbH", "Muller Sohne"),
    ],
)
def test_names_that_people_would_take_for_one_are_proposed(salesforce: str, quickbooks: str) -> None:
    [reason] = reasons(ours(salesforce), theirs(quickbooks))
    assert "name" in reason


@pytest.mark.parametrize(
    ("salesforce", "quickbooks"),
    [
        ("Harbor Tools", "Harbor Pools"),
        ("Store 12", "Store 13"),
        ("Kern", "Kern Lighting"),
        ("Green Royal Packaging", "Green Royal Printing"),
        ("Kern Lighting", ""),
    ],
)
def test_names_that_only_look_alike_are_not(salesforce: str, quickbooks: str) -> None:
    assert reasons(ours(salesforce), theirs(quickbooks)) == []


def test_one_telephone_is_a_reason_by_itself_and_more_reasons_make_it_surer() -> None:
    phone, street = ("phone", "Phone", "5550100123"), ("address", "Billing street", "1mainst 94110")
    [alone] = propose([ours("Bay Lamps", phone)], [theirs("Zenith", phone)])
    [both] = propose([ours("Bay Lamps", phone, street)], [theirs("Zenith", phone, street)])
    assert (alone.reason, both.reason) == ("The same phone", "The same phone, the same billing street")
    assert alone.score < both.score


def test_what_is_matched_exactly_one_to_one_is_no_question_and_what_is_doubled_is() -> None:
    assert propose([ours("Kern Lighting")], [theirs("Kern Lighting"), theirs("Kern Lightning", at="d")]) == []
    doubled = propose([ours("Kern Lighting")], [theirs("Kern Lighting"), theirs("KERN LIGHTING", at="d")])
    assert [one.reason for one in doubled] == ["The same name"] * 2


def test_the_same_match_key_is_proposed_whatever_the_names_and_a_known_pair_is_not_proposed_again() -> None:
    one, two = ours("Bay Lamps", key="A1"), theirs("Zenith", key="A1")
    [found] = propose([one], [two])
    assert (found.reason, found.ids) == ("The same match key", ("a", "c"))
    assert propose([one], [two], known_pairs={("a", "c")}) == []


def test_only_what_changed_is_looked_at() -> None:
    found = propose([ours("Kern Lightning")], [theirs("Kern Lighting")], only={(Side.QUICKBOOKS, "other")})
    assert found == []
    assert propose([ours("Kern Lightning")], [theirs("Kern Lighting")], only={(Side.QUICKBOOKS, "c")})


def test_a_word_that_very_many_share_tells_nothing_and_a_record_has_few_candidates() -> None:
    many = [theirs(f"Kern Lighting {word}", at=word) for word in "abcdefghijklmnopq"]
    assert propose([ours("Kern Pottery")], many) == []
    few = propose([ours("Kern Lighting")], many[:8])
    assert len({one.quickbooks_id for one in few}) >= MOST_FOR_ONE


def test_the_traits_of_a_record_are_read_by_its_map() -> None:
    fields = {
        "Name": "Kern Lighting",
        "Phone": "+1 (555) 010-0123",
        "BillingStreet": "1 Main St",
        "AccountNumber": "A-1",
    }
    read = traits_of(ACCOUNTS_CUSTOMERS, Record(Side.SALESFORCE, "Account", "001", "1", fields))
    assert read.marks == (("phone", "Phone", "5550100123"), ("identifier", "Account number", "a1"))


@given(st.lists(st.tuples(NAMES, MARKS), max_size=6), st.lists(st.tuples(NAMES, MARKS), max_size=6), st.randoms())
def test_the_order_in_which_records_come_changes_nothing(
    left: list[tuple[str, tuple[tuple[str, str, str], ...]]],
    right: list[tuple[str, tuple[tuple[str, str, str], ...]]],
    chance: object,
) -> None:
    some = [ours(name, *marks, at=f"a{at}") for at, (name, marks) in enumerate(left)]
    others = [theirs(name, *marks, at=f"c{at}") for at, (name, marks) in enumerate(right)]
    expected: list[Proposal] = propose(some, others)
    assert propose(shuffled(chance, some), shuffled(chance, others)) == expected
    assert len({one.ids for one in expected}) == len(expected)


def shuffled(chance: object, some: list[Traits]) -> list[Traits]:
    mixed = list(some)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    return mixed
