"""When a company file is older than the one we know, or another one."""

import pytest

from apatar.sync.backwards import OTHER, RESTORED, Key, Witness, judge

LATEST = [Witness(("Customer", f"C-{at}"), f"Customer {at}", str(at)) for at in (9, 8, 7)]
OLDEST = [Witness(("Customer", f"C-{at}"), f"Customer {at}", str(at)) for at in (2, 1)]
ALL = [*LATEST, *OLDEST]
AS_KNOWN = {one.key: one.version for one in ALL}


def code(found: dict[Key, str], *deleted: Key) -> str:
    why = judge(ALL, found, deleted)
    return why.code if why else ""


def without(*names: str) -> dict[Key, str]:
    return {key: version for key, version in AS_KNOWN.items() if key[1] not in names}


def test_a_file_that_knows_everything_is_ours() -> None:
    assert code(AS_KNOWN) == ""
    assert code({**AS_KNOWN, ("Customer", "C-9"): "12"}) == "", "somebody has edited it since"


def test_one_record_in_an_older_state_is_enough() -> None:
    assert code({**AS_KNOWN, ("Customer", "C-9"): "5"}) == RESTORED


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (["C-9", "C-8"], RESTORED),
        (["C-9"], ""),
        (["C-9", "C-7"], ""),
        (["C-8", "C-7"], ""),
        (["C-9", "C-8", "C-7", "C-2", "C-1"], OTHER),
    ],
    ids=["the latest two", "one: a merge", "not in a row", "not the latest", "all"],
)
def test_missing_records_tell_by_their_age(gone: list[str], said: str) -> None:
    assert code(without(*gone)) == said


def test_what_people_deleted_says_nothing() -> None:
    assert code(without("C-9", "C-8"), ("Customer", "C-9"), ("Customer", "C-8")) == ""


def test_the_sentence_names_what_is_not_known_and_offers_a_choice() -> None:
    why = judge(ALL, without("C-9", "C-8"), ())
    assert why is not None
    assert "does not know the latest state of “Customer 9”, “Customer 8”" in why.sentence
    assert "goes on with the restored file" in why.remedy
