"""What is cut, how, and that it is said."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apatar.sync.fitting import NamePolicy, compact_phone, fit, fit_name, spelled, suffixed_name
from apatar.sync.values import Kind, Lines, canonical
from tests.sync.situations import CUT_NAME, LONG_NAME


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Acme", "Acme"),
        ("Acme: West", "Acme - West"),
        ("Acme:West", "Acme - West"),
        ("Acme :: West:", "Acme - West"),
        (":", "Unnamed"),
        ("  ", "Unnamed"),
        (LONG_NAME, CUT_NAME),
        ("x" * 40 + " y", "x" * 40),
    ],
)
def test_a_name_loses_its_colons_and_what_is_too_long(name: str, expected: str) -> None:
    assert fit_name(name) == expected


def test_the_middle_policy_keeps_both_ends() -> None:
    assert fit_name(LONG_NAME, policy=NamePolicy.MIDDLE) == "The Very Long Estab...of Northern Alaska"


def test_the_suffix_policy_tells_apart_names_that_differ_behind_the_cut_or_by_record() -> None:
    names = {
        fit_name(LONG_NAME, policy=NamePolicy.SUFFIX, salt="1"),
        fit_name(LONG_NAME, policy=NamePolicy.SUFFIX, salt="2"),
        fit_name(LONG_NAME + " East", policy=NamePolicy.SUFFIX, salt="1"),
    }
    assert len(names) == 3
    assert all(len(name) <= 41 and name.startswith("The Very Long Established") for name in names)


def test_a_short_name_can_be_given_a_suffix_when_it_is_taken() -> None:
    assert suffixed_name("Acme", salt="1") == suffixed_name("Acme", salt="1") != suffixed_name("Acme", salt="2")
    assert suffixed_name("Acme", salt="1").startswith("Acme ~")


names = st.text(max_size=90).map(lambda text: canonical(Kind.NAME, text)).filter(bool).map(str)


@settings(max_examples=200)
@given(names, st.sampled_from(NamePolicy), st.text(max_size=18))
@example("a" * 40 + ":b", NamePolicy.SUFFIX, "")
@example("- : -", NamePolicy.END, "")
def test_a_fitted_name_is_allowed_stable_and_its_own_fit(name: str, policy: NamePolicy, salt: str) -> None:
    once = fit_name(name, policy=policy, salt=salt)
    assert once == fit_name(name, policy=policy, salt=salt)
    assert 0 < len(once) <= 41
    assert ":" not in once
    assert once == once.strip()
    assert fit_name(once, policy=policy, salt=salt) == once


def test_a_name_says_what_happened_to_it() -> None:
    fitted = fit(Kind.NAME, "Acme: " + LONG_NAME, length=41, name_policy=NamePolicy.END)
    assert fitted.notes == (
        "had a colon, which QuickBooks does not allow in names",
        "was shortened to 41 characters",
    )
    assert fit(Kind.NAME, "Acme", length=41, name_policy=NamePolicy.END).notes == ()


def test_a_name_keeps_its_colon_on_the_way_to_salesforce() -> None:
    assert fit(Kind.NAME, "Acme: West", length=255).value == "Acme: West"


def test_a_phone_number_loses_its_decoration_before_its_digits() -> None:
    fitted = fit(Kind.PHONE, "+1 (415) 555-0100 ext. 1234", length=21)
    assert fitted.value == "+14155550100x1234"
    assert fitted.notes == ("was shortened to 21 characters",)
    assert compact_phone("...") == "..."


def test_a_phone_number_that_fits_is_left_as_it_was_typed() -> None:
    assert fit(Kind.PHONE, "(415) 555-0100", length=21).value == "(415) 555-0100"


def test_a_street_of_long_lines_is_laid_out_again() -> None:
    lines = ("The Old Customs House, Third Floor, East Wing", "12 Main St")
    fitted = fit(Kind.STREET, lines, length=41, street_lines=5)
    assert fitted.value == ("The Old Customs House, Third Floor, East", "Wing", "12 Main St")
    assert fitted.notes == ("was laid out again in lines of 41 characters",)


def test_the_surplus_of_a_street_is_joined_into_the_last_line_and_the_rest_is_named() -> None:
    lines = ("one", "two", "three", "four", "five", "six", "seven and a good deal more than that line can hold")
    fitted = fit(Kind.STREET, lines, length=41, street_lines=5)
    assert fitted.value == ("one", "two", "three", "four", "five, six, seven and a good deal more tha")
    assert fitted.notes[1] == "lost its end: “n that line can hold” has no room in 5 lines"


def test_a_street_for_salesforce_is_one_text_with_a_length() -> None:
    fitted = fit(Kind.STREET, ("a" * 200, "b" * 80), length=255)
    assert fitted.value == ("a" * 200, "b" * 54)
    assert fit(Kind.STREET, ("a", "b"), length=255).notes == ()


streets = st.lists(st.text(max_size=70), max_size=9).map(lambda lines: canonical(Kind.STREET, tuple(lines)))


@settings(max_examples=150)
@given(streets)
def test_a_fitted_street_is_canonical_fits_and_is_its_own_fit(street: tuple[str, ...] | None) -> None:
    once = fit(Kind.STREET, street, length=41, street_lines=5).value
    assert not isinstance(once, Lines)
    assert canonical(Kind.STREET, once) == once
    assert fit(Kind.STREET, once, length=41, street_lines=5).value == once
    assert once is None or (isinstance(once, tuple) and len(once) <= 5 and max(map(len, once)) <= 41)


@settings(max_examples=150)
@given(st.sampled_from([Kind.TEXT, Kind.PHONE, Kind.EMAIL, Kind.LONG_TEXT]), st.text(max_size=60))
def test_a_fitted_text_is_canonical_fits_and_is_its_own_fit(kind: Kind, text: str) -> None:
    value = canonical(kind, text)
    once = fit(kind, value, length=13).value
    assert not isinstance(once, Lines)
    assert canonical(kind, once) == once
    assert fit(kind, once, length=13).value == once
    assert (once is None) == (value is None)


def test_a_text_is_spelled_with_the_characters_of_quickbooks_line_by_line() -> None:
    def plain(text: str) -> str:
        return text.replace("ł", "l")

    assert spelled(Kind.TEXT, "Pawłowski", plain) == "Pawlowski"
    assert spelled(Kind.STREET, ("ł 1", "ł 2"), plain) == ("l 1", "l 2")
    assert spelled(Kind.TEXT, "Pawłowski", None) == "Pawłowski"
