"""The password that the Web Connector gives."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.hashers import make_password

from apatar.connections import webconnector_password
from apatar.connections.webconnector_password import (
    MOST_FAILURES,
    MOST_FAILURES_OF_ADDRESS,
    make_webconnector_password,
    note_failure,
    password_fits,
    password_known,
    proof_of,
    too_many_failures,
)

HOME, ELSEWHERE = "192.0.2.7", "198.51.100.9"


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    webconnector_password._proofs.clear()
    yield
    webconnector_password._proofs.clear()


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count how often the slow check was made."""
    made: list[str] = []

    def check(password: str, encoded: str) -> bool:
        made.append(password)
        return encoded == f"hash of {password}"

    monkeypatch.setattr(webconnector_password, "check_password", check)
    return made


def test_a_made_password_fits_its_own_proof_only() -> None:
    (one, proof), (other, _) = make_webconnector_password(), make_webconnector_password()
    for right in (password_known(one, proof, ""), password_fits(one, proof=proof, owner_hash="")):
        assert right
    for wrong in (password_known(other, proof, ""), password_fits(other, proof=proof, owner_hash="")):
        assert not wrong
    assert len(one) >= 22, "128 random bits"
    assert one not in proof


def test_with_a_made_password_the_owners_own_counts_no_more(checks: list[str]) -> None:
    assert not password_fits("horse", proof=proof_of("another"), owner_hash="hash of horse")
    assert checks == []


def test_the_owners_real_hash_is_checked() -> None:
    stored = make_password("correct horse battery")
    assert stored.startswith("argon2")
    assert password_fits("correct horse battery", proof="", owner_hash=stored)
    assert not password_fits("correct horse", proof="", owner_hash=stored)


def test_a_password_that_was_right_is_checked_once(checks: list[str]) -> None:
    assert not password_known("horse", "", "hash of horse")
    assert password_fits("horse", proof="", owner_hash="hash of horse")
    assert password_known("horse", "", "hash of horse")
    assert checks == ["horse"]


def test_a_wrong_password_is_never_remembered(checks: list[str]) -> None:
    assert not password_fits("cow", proof="", owner_hash="hash of horse")
    assert not password_known("cow", "", "hash of horse")


def test_a_changed_password_counts_at_once(checks: list[str]) -> None:
    assert password_fits("horse", proof="", owner_hash="hash of horse")
    assert not password_known("horse", "", "hash of cow")


def test_only_so_many_are_remembered(checks: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webconnector_password, "MOST_PROOFS", 2)
    for one in ("a", "b", "c"):
        password_fits(one, proof="", owner_hash=f"hash of {one}")
    assert [one for one in ("a", "b", "c") if password_known(one, "", f"hash of {one}")] == ["b", "c"]
    assert not any(b"hash" in mark for mark in webconnector_password._proofs)


@pytest.mark.django_db
def test_guessing_shuts_the_door_for_this_user_and_address_only() -> None:
    for _ in range(MOST_FAILURES):
        assert not too_many_failures("guessed", HOME)
        note_failure("guessed", HOME)
    assert too_many_failures("guessed", HOME)
    assert not too_many_failures("guessed", ELSEWHERE)
    assert not too_many_failures("neighbour", HOME)


@pytest.mark.django_db
def test_whoever_tries_names_is_shut_out_altogether() -> None:
    for number in range(MOST_FAILURES_OF_ADDRESS):
        note_failure(f"name {number}", "203.0.113.5")
    assert too_many_failures("a name not tried yet", "203.0.113.5")


@pytest.mark.django_db
def test_the_door_opens_again_after_a_while() -> None:
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False) as clock:
        for _ in range(MOST_FAILURES):
            note_failure("patient", HOME)
        assert too_many_failures("patient", HOME)
        clock.shift(webconnector_password.FAILURE_WINDOW + 1)
        assert not too_many_failures("patient", HOME)
