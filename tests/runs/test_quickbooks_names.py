"""Names that QuickBooks keeps for somebody else: told in the review and the plan, and where one was refused."""

from pathlib import Path
from typing import Any

import pytest
from django_scopes import scope

from apatar.runs.models import Run
from apatar.runs.proposal import Proposal
from tests.runs.test_dry_runs import dry_run, released
from tests.runs.test_quickbooks_troubles import pc_is_switched_off, quickbooks_cannot_read_it, quickbooks_crashes
from tests.runs.trading import Office, Sales, named
from tests.runs.world import World, a_world

QUESTION = "EntityQueryRq"
WITH_JOBS = ("accounts_customers", "opportunities_jobs")


def rows(world: World, **narrowed: Any) -> list[Proposal]:
    with scope(connection=world.connection):
        return list(Proposal.objects.filter(**narrowed).order_by("salesforce_name", "quickbooks_name"))


def again(world: World) -> Run:
    world.clock.pass_by(minutes=10)
    return world.run_well()


@pytest.mark.parametrize(
    ("kind", "inside", "told"),
    [
        ("Vendor", named("KERN LIGHTING"), "a vendor"),
        ("Employee", "<FirstName>Kern</FirstName><LastName>Lighting</LastName><SSN>078-05-1120</SSN>", "an employee"),
        ("OtherName", f"{named('Kern Lighting')}<IsActive>false</IsActive>", "an other name (inactive)"),
    ],
)
def test_a_name_that_somebody_else_in_quickbooks_has_is_told_after_the_first_read(
    new_world: World, kind: str, inside: str, told: str
) -> None:
    new_world.people.add("Kern Lighting")
    new_world.people.add("Abel Bakery")
    Office(new_world.books.path).add(kind, inside)
    run = new_world.run_well()
    [row] = rows(new_world, kind="taken")
    assert (row.salesforce_name, row.choice) == ("Kern Lighting", "")
    assert f"QuickBooks already uses the name “Kern Lighting” for {told}." in row.reason
    [planned] = [one for one in new_world.changes(run) if one.name == "Kern Lighting"]
    assert row.reason == " ".join(planned.notes)
    assert "078-05-1120" not in "".join(new_world.desk.answered)
    assert [one.salesforce_name for one in rows(new_world, kind="alone")] == ["Abel Bakery"]


def test_a_name_is_free_again_in_the_review_once_its_holder_was_renamed(new_world: World) -> None:
    new_world.people.add("Kern Lighting")
    office = Office(new_world.books.path)
    vendor = office.add("Vendor", named("Kern Lighting"))
    new_world.run_well()
    office.change("Vendor", vendor, named("Kern Lighting (V)"))
    run = again(new_world)
    assert [one.kind for one in rows(new_world)] == ["alone"]
    released(new_world, run)
    assert new_world.books.names() == ["Kern Lighting"]


def test_what_is_released_nevertheless_is_refused_and_says_the_same(new_world: World) -> None:
    new_world.people.add("Kern Lighting")
    new_world.books.add("Kern Lighting", kind="Vendor")
    plan = new_world.run_well()
    [row] = rows(new_world, kind="taken")
    run = released(new_world, plan)
    [problem] = new_world.problems()
    assert (run.outcome, problem.code) == ("with-problems", "name-in-use")
    assert f"{problem.sentence} {problem.remedy}" == row.reason


def test_below_a_customer_a_name_is_free(
    transactional_db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A job has the name of its customer before its own, so a vendor of that name is in nobody's way."""
    with a_world(tmp_path, monkeypatch, settings, pairs=WITH_JOBS, prepared=True) as world:
        account = world.people.add("Kern Lighting")
        world.run_well()
        world.books.add("Pier", kind="Vendor")
        deal = {"Name": "Pier", "AccountId": account, "StageName": "Prospecting", "CloseDate": "2026-03-02"}
        Sales(world.org).add("Opportunity", **deal)
        world.clock.pass_by(minutes=10)
        run = dry_run(world)
        assert [(one.operation, one.name) for one in world.changes(run) if one.side == "quickbooks"] == [
            ("create", "Pier")
        ]
        assert not [text for text in world.desk.asked if QUESTION in text]


def test_many_names_are_asked_for_in_pieces(new_world: World) -> None:
    for number in range(201):
        new_world.people.add(f"Northern Pines {number:03d}")
    new_world.books.add("Northern Pines 200", kind="Vendor")
    new_world.run_well()
    asked = [text for text in new_world.desk.asked if QUESTION in text]
    assert [text.count("<FullName>") for text in asked] == [200, 1]
    assert [one.salesforce_name for one in rows(new_world, kind="taken")] == ["Northern Pines 200"]


@pytest.mark.parametrize("mishap", [pc_is_switched_off, quickbooks_crashes, quickbooks_cannot_read_it])
def test_where_the_question_for_names_fails_the_plan_stands_and_the_next_run_asks_again(
    new_world: World, mishap: Any
) -> None:
    new_world.people.add("Kern Lighting")
    new_world.books.add("Kern Lighting", kind="Vendor")
    new_world.desk.when(QUESTION, mishap)
    new_world.sync()
    run = new_world.last_run()
    assert (run.outcome, [one.kind for one in rows(new_world)]) == ("shown", ["alone"])
    again(new_world)
    assert [one.kind for one in rows(new_world)] == ["taken"]


def test_a_plan_that_creates_nothing_in_quickbooks_asks_for_no_names(new_world: World) -> None:
    new_world.books.add("Abel Bakery")
    new_world.run_well()
    assert not [text for text in new_world.desk.asked if QUESTION in text]
