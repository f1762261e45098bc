"""The key ring: what it opens, what it refuses, and how it says so."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apatar.vault.errors import BadKeyRing, CannotUnseal, Damaged, UnknownKey, WrongRow
from apatar.vault.keyring import KeyRing, new_key

ROW = "connection:7:salesforce"
rows = st.from_regex(r"[a-z]{1,12}:[0-9]{1,6}:[a-z]{1,12}", fullmatch=True)


def a_ring(*lines: str) -> KeyRing:
    return KeyRing.parse("\n".join(lines or (new_key(),)))


RING = a_ring()


@given(plain=st.text(), row=rows)
def test_what_was_sealed_comes_back_whole(plain: str, row: str) -> None:
    assert RING.unseal(RING.seal(plain, row=row), row=row) == plain


@given(row=rows, other=rows)
def test_a_secret_opens_in_no_other_row(row: str, other: str) -> None:
    sealed = RING.seal("s3cret", row=row)
    if row != other:
        with pytest.raises(WrongRow):
            RING.unseal(sealed, row=other)


def test_a_forged_row_mark_does_not_open_it_either() -> None:
    parts = RING.seal("s3cret", row=ROW).split(".")
    parts[2] = RING.seal("", row="connection:8:salesforce").split(".")[2]
    with pytest.raises(Damaged):
        RING.unseal(".".join(parts), row="connection:8:salesforce")


@given(data=st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    sealed = RING.seal("a password", row=ROW)
    place = data.draw(st.integers(0, len(sealed) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != sealed[place]))
    with pytest.raises(CannotUnseal):
        RING.unseal(sealed[:place] + other + sealed[place + 1 :], row=ROW)


@given(garbage=st.text())
def test_garbage_is_refused_with_an_error_of_the_room(garbage: str) -> None:
    with pytest.raises(CannotUnseal):
        RING.unseal(garbage, row=ROW)


def test_the_same_secret_never_looks_the_same_twice() -> None:
    assert RING.seal("x", row=ROW) != RING.seal("x", row=ROW)


def test_the_secret_is_not_in_what_is_stored() -> None:
    assert "Tiger" not in RING.seal("Tiger", row=ROW)


def test_the_newest_key_seals_and_the_old_one_still_opens() -> None:
    old, new = new_key(), new_key()
    sealed = a_ring(old).seal("x", row=ROW)
    both = a_ring(new, old)
    assert both.unseal(sealed, row=ROW) == "x"
    assert both.needs_rotation(sealed)
    assert not both.needs_rotation(both.seal("x", row=ROW))


def test_a_key_that_left_the_ring_is_named_as_the_cause() -> None:
    sealed = a_ring(new_key()).seal("x", row=ROW)
    with pytest.raises(UnknownKey, match="Put the old key back"):
        a_ring(new_key()).unseal(sealed, row=ROW)


def test_commas_stand_for_line_ends_so_that_a_ring_fits_in_one_setting() -> None:
    old, new = new_key(), new_key()
    assert KeyRing.parse(f"{new},{old}\n") == a_ring(new, old)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n",
        "onlyname",
        "name not*base64",
        f"name {base64.b64encode(b'short').decode()}",
        f"bad.name {base64.b64encode(b'k' * 32).decode()}",
    ],
)
def test_a_ring_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadKeyRing):
        KeyRing.parse(text)


def test_two_keys_of_one_name_are_refused() -> None:
    key = new_key()
    with pytest.raises(BadKeyRing, match="Line 2"):
        a_ring(key, key)


def test_neither_a_printed_ring_nor_its_errors_show_a_key() -> None:
    line = new_key()
    secret = line.split()[1]
    with pytest.raises(BadKeyRing) as refused:
        KeyRing.parse(f"{line}extra")
    assert secret not in repr(a_ring(line)) + str(refused.value)
