"""What people said goes before all matching, and no answer ever links one record twice."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.match import Create, Match, MatchedBy, Pairing, Waits, pair
from apatar.sync.question import Question
from apatar.sync.record import Record, RecordKey, Side
from apatar.sync.review import Review

NAMESPACE = UUID("6f1cf0c6-9c8f-4f8e-9f52-6d5a3c8f7b10")


def account(at: str, name: str = "Kern Lighting", carries: str = "") -> Record:
    return Record(Side.SALESFORCE, "Account", at, "1", {"Name": name}, foreign_key=carries or None)


def customer(at: str, name: str = "Kern Lighting") -> Record:
    return Record(Side.QUICKBOOKS, "Customer", at, "1", {"Name": name})


def paired(*records: Record, review: Review) -> list[Pairing]:
    return pair(ACCOUNTS_CUSTOMERS, records, (), namespace=NAMESPACE, review=review)


def test_a_chosen_link_goes_before_names_and_ids() -> None:
    chosen = Review(links=frozenset({("001A", "80-2")}))
    records = (account("001A", carries="80-1"), customer("80-1"), customer("80-2", "Zenith"))
    [match, left] = paired(*records, review=chosen)
    assert isinstance(match, Match)
    assert (match.by, match.salesforce.remote_id, match.quickbooks.remote_id) == (MatchedBy.CHOICE, "001A", "80-2")
    assert isinstance(left, Create)


def test_a_chosen_link_waits_while_one_of_the_two_is_not_there() -> None:
    assert paired(account("001A"), review=Review(links=frozenset({("001A", "80-9")}))) == [Waits(account("001A"))]


def test_what_was_set_apart_is_paired_neither_by_name_nor_by_id() -> None:
    apart = Review(apart=frozenset({("001A", "80-1")}))
    for one in (account("001A"), account("001A", carries="80-1")):
        assert all(isinstance(found, Create) for found in paired(one, customer("80-1"), review=apart))


def test_of_two_alike_the_one_that_was_not_set_apart_is_the_match() -> None:
    apart = Review(apart=frozenset({("001A", "80-1")}))
    found = paired(account("001A"), account("001B"), customer("80-1"), review=apart)
    [match] = [one for one in found if isinstance(one, Match)]
    assert match.salesforce.remote_id == "001B"


def test_what_waits_is_not_created_and_what_was_parted_is_not_even_paired() -> None:
    ours, theirs = account("001A"), customer("80-1")
    assert paired(ours, review=Review(waits=frozenset({ours.key}))) == [Waits(ours)]
    assert isinstance(paired(ours, theirs, review=Review(waits=frozenset({ours.key})))[0], Match)
    parted = Review(parted=frozenset({ours.key, theirs.key}))
    assert sorted(paired(ours, theirs, review=parted), key=str) == sorted([Waits(ours), Waits(theirs)], key=str)


def test_a_record_whose_id_somebody_carries_is_not_made_over_there() -> None:
    [asked] = paired(customer("80-1"), review=Review(carried={"80-1": "Kern Lighting"}))
    assert isinstance(asked, Question)
    assert asked.code == "still_carries_id"


IDS = st.tuples(st.sampled_from(["001A", "001B", "001C"]), st.sampled_from(["80-1", "80-2", "80-3"]))
PAIRS_OF_IDS = st.frozensets(IDS, max_size=5)
NAMES = st.sampled_from(["Kern", "Kern.", "Harbor"])


@given(st.lists(NAMES, min_size=3, max_size=3), st.lists(NAMES, min_size=3, max_size=3), PAIRS_OF_IDS, PAIRS_OF_IDS)
def test_whatever_was_said_no_record_is_linked_twice_and_none_is_lost(
    ours: list[str], theirs: list[str], links: frozenset[tuple[str, str]], apart: frozenset[tuple[str, str]]
) -> None:
    records = [account(f"001{'ABC'[at]}", name) for at, name in enumerate(ours)]
    records += [customer(f"80-{at + 1}", name) for at, name in enumerate(theirs)]
    found = paired(*records, review=Review(links=links, apart=apart))
    counted = Counter(one for pairing in found for one in keys_of(pairing))
    assert counted == Counter(record.key for record in records)
    matches = {(one.salesforce.remote_id, one.quickbooks.remote_id) for one in found if isinstance(one, Match)}
    assert not matches & (apart - links)
    again = paired(*reversed(records), review=Review(links=links, apart=apart))
    assert sorted(map(str, again)) == sorted(map(str, found))


def keys_of(one: Pairing) -> list[RecordKey]:
    if isinstance(one, Match):
        return [one.salesforce.key, one.quickbooks.key]
    return [one.source.key] if isinstance(one, Create | Waits) else list(one.keys)
