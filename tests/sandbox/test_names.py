import dataclasses

import pytest

from apatar.sandbox.names import LIMIT, business


def test_the_same_index_is_always_the_same_business() -> None:
    assert business(4711) == business(4711)


def test_names_are_unique_far_apart_and_side_by_side() -> None:
    indexes = [*range(30_000), *range(0, LIMIT, 331), *range(LIMIT - 1000, LIMIT)]
    assert len({business(index).name.casefold() for index in set(indexes)}) == len(set(indexes))


def test_a_name_stays_unique_when_its_legal_ending_is_ignored() -> None:
    def bare(name: str) -> tuple[str, ...]:
        return tuple(name.split()[:4])

    assert len({bare(business(index).name) for index in range(30_000)}) == 30_000


@pytest.mark.parametrize("index", [0, 1, 2, 999, 123_456, LIMIT - 1])
def test_every_text_is_ascii_and_fits_quickbooks(index: int) -> None:
    one = business(index)
    texts = [text for value in dataclasses.astuple(one) for text in (value if isinstance(value, tuple) else (value,))]
    assert all(text.isascii() and text for text in texts)
    assert len(one.name) <= 41
    assert ":" not in one.name
    assert len(one.phone) <= 21 >= len(one.fax)
    assert 1 <= len(one.street) <= 2
    assert all(len(line) <= 41 for line in one.street)
    assert len(one.city) <= 31
    assert len(one.first_name) <= 25 >= len(one.last_name)


def test_every_name_fits_however_the_words_fall() -> None:
    assert max(len(business(index).name) for index in range(0, LIMIT, 101)) <= 41


def test_phones_differ_within_a_company() -> None:
    assert len({business(index).phone for index in range(20_000)}) == 20_000


@pytest.mark.parametrize("index", [-1, LIMIT])
def test_an_index_outside_the_range_is_refused(index: int) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        business(index)
