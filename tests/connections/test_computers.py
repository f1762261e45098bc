"""From which PCs a connection is called: one after the other is a move, by turns is one too many."""

from datetime import UTC, datetime, timedelta

import pytest

from apatar.connections.company import OpenCompany
from apatar.connections.computers import check_place, places_after, taking_turns
from apatar.connections.errors import WrongCompany

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD, NEW = r"C:\Books\Rock Castle.qbw", r"D:\Rock Castle.qbw"


def names(*machines: str) -> list[str]:
    calls = [(name, NOON + timedelta(minutes=at)) for at, name in enumerate(machines)]
    return [one.name for one in taking_turns(calls)]


def at(path: str, machine: str) -> OpenCompany:
    return OpenCompany(name="Rock Castle", legal_name="", path=path, file_id="", machine=machine)


def test_a_pc_that_follows_another_is_no_second_one() -> None:
    assert names("FRONTDESK", "FRONTDESK", "DESK-2", "DESK-2") == []


def test_two_that_take_turns_are_named_the_latest_first() -> None:
    assert names("FRONTDESK", "DESK-2", "FRONTDESK") == ["FRONTDESK", "DESK-2"]


def test_a_file_that_was_moved_goes_on_and_the_place_it_left_is_remembered() -> None:
    left = {"path": OLD, "machine": "FRONTDESK", "until": "2026-03-02"}
    check_place(at(NEW, "DESK-2"), "FRONTDESK", [])
    assert places_after([], left=left, company=at(NEW, "DESK-2")) == [left]
    assert places_after([], left=left, company=at(OLD, "DESK-2")) == [], "the same file on the network, another PC"


def test_a_call_from_the_place_that_was_left_is_refused_on_another_pc_only() -> None:
    former = [{"path": OLD, "machine": "FRONTDESK", "until": ""}]
    with pytest.raises(WrongCompany, match="One of the two is a copy"):
        check_place(at(OLD, "FRONTDESK"), "DESK-2", former)
    check_place(at(OLD, "FRONTDESK"), "FRONTDESK", former)
    check_place(at(NEW, "DESK-2"), "DESK-2", former)
