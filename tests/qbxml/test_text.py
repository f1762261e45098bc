"""Text that QuickBooks can store."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from apatar.qbxml.text import escape, to_windows_1252, unrepresentable


def test_western_letters_stay() -> None:
    assert to_windows_1252("Zoë Müller, 5 €") == ("Zoë Müller, 5 €", ())


def test_other_letters_are_transliterated_and_told() -> None:
    assert to_windows_1252("Łódź Łak") == ("Lódz Lak", ("Ł", "ź"))


def test_a_decomposed_accent_is_composed_first() -> None:
    assert to_windows_1252("Zoe\u0308") == ("Zoë", ())


def test_control_characters_are_removed_silently_but_line_ends_stay() -> None:
    assert to_windows_1252("one\x00\x1b\ntwo\x7f") == ("one\ntwo", ())


@given(st.text())
def test_whatever_comes_quickbooks_can_store_it(text: str) -> None:
    stored, _ = to_windows_1252(text)

    assert unrepresentable(stored) == ""
    assert stored.encode("cp1252").decode("cp1252") == stored


@given(st.text())
def test_what_was_stored_is_not_replaced_again(text: str) -> None:
    stored, _ = to_windows_1252(text)

    assert to_windows_1252(stored) == (stored, ())


@given(st.text().map(lambda text: to_windows_1252(text)[0]))
def test_escaped_text_is_ascii_and_comes_back(text: str) -> None:
    escaped = escape(text)

    assert escaped.isascii()
    assert (etree.fromstring(f"<a>{escaped}</a>").text or "") == text


def test_what_can_not_be_stored_is_named() -> None:
    assert unrepresentable("東 and 京 and \x00") == "東京\x00"
