"""Versions of qbXML."""

import pytest

from apatar.qbxml.versions import Version, version_to_speak


def test_versions_compare_as_numbers() -> None:
    assert Version.parse("10.0") > Version.parse("9.0") > Version.parse("4.1") > Version.parse("4.0")


def test_a_version_prints_as_quickbooks_writes_it() -> None:
    assert str(Version.parse("13.0")) == "13.0"


@pytest.mark.parametrize("text", ["CA3.0", "13", "", "13.0.1"])
def test_something_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version"):
        Version.parse(text)


def test_the_newest_version_that_both_know_is_spoken() -> None:
    assert version_to_speak([Version(13), Version(2), Version(17)]) == Version(13)
    assert version_to_speak([Version(15), Version(16), Version(17)]) == Version(16)
    assert version_to_speak([]) is None
