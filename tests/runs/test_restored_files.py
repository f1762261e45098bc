"""A restored backup of the company file, another file in its place, a renamed one, and another org."""

from pathlib import Path

import pytest
from django_scopes import scope
from lxml import etree

from apatar.runs import stopping
from apatar.runs.models import Outcome, Run
from apatar.sandbox.quickbooks.company import Company, create_company
from tests.runs.ends import Desk
from tests.runs.world import COMPANY, World, nothing_was_written

OLD, NEW = "Kern Lighting", "Northern Pines"


def a_backup(world: World, name: str = "backup.qbw") -> Path:
    """Copy the company file as it is now."""
    with Company(world.books.path) as company:
        company.store.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    backup = world.folder / name
    backup.write_bytes(world.books.path.read_bytes())
    return backup


def restore(world: World, backup: Path) -> None:
    for ending in ("", "-wal", "-shm"):
        world.books.path.with_name(world.books.path.name + ending).unlink(missing_ok=True)
    world.books.path.write_bytes(backup.read_bytes())
    world.clock.pass_by(minutes=10)


def in_step_with_a_backup_of_before(world: World) -> Path:
    """The backup knows one customer; since then it was changed, and two came over from Salesforce."""
    world.books.add(OLD, "<Phone>555-0100</Phone><Fax>555-0900</Fax>")
    world.books.add("Harbor Tools")
    world.sync_twice()
    backup = a_backup(world)
    world.clock.pass_by(hours=3)
    world.books.change(OLD, "<Phone>555-0199</Phone>")
    for name in (NEW, "Bay Marina"):
        world.people.add(name)
    world.sync_twice()
    world.clock.pass_by(hours=3)
    assert world.agreement().agree
    return backup


def a_stopped_run(world: World) -> Run:
    outcome = world.sync()
    world.work()
    assert not outcome.well
    run = world.last_run()
    assert run.outcome == Outcome.STOPPED
    assert world.changes(run) == []
    world.clock.pass_by(minutes=10)
    return run


def test_a_restored_backup_stops_the_run_before_anything_is_written(world: World) -> None:
    restore(world, in_step_with_a_backup_of_before(world))
    world.people.change("Harbor Tools", Phone="555-0123")

    run = a_stopped_run(world)

    assert run.stop_code == "restored_file"
    assert "The company file is older than it was at the last run" in run.message
    assert "Phone" not in world.books.customer("Harbor Tools")
    assert a_stopped_run(world).stop_code == "restored_file", "and the next one"


def test_who_goes_on_with_the_restored_file_loses_nothing_and_doubles_nothing(world: World) -> None:
    restore(world, in_step_with_a_backup_of_before(world))
    run = a_stopped_run(world)
    with scope(connection=world.connection):
        assert stopping.go_on(run, by="owner@bayshore.example", now=world.clock.now())
    world.reload()

    world.sync_twice()

    assert world.people.names() == ["Bay Marina", "Harbor Tools", OLD, NEW], "nothing was deleted"
    assert world.books.names() == ["Harbor Tools", OLD], "nothing was made again"
    waiting = {problem.name for problem in world.problems() if problem.code == "not_in_restored_quickbooks"}
    assert waiting == {"Bay Marina", NEW}
    assert "an older copy of it was restored" in world.problems()[0].sentence
    assert world.people.account(OLD)["Phone"] == "555-0199", "the old value did not pass for a new one"
    assert world.books.customer(OLD)["Phone"] == "555-0199"
    [conflict] = world.conflicts()
    assert (conflict.label, conflict.quickbooks_value, conflict.winner) == ("Phone", "555-0100", "salesforce")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_the_right_file_again_goes_on_by_itself(world: World) -> None:
    older = in_step_with_a_backup_of_before(world)
    right = a_backup(world, "right.qbw")
    restore(world, older)
    a_stopped_run(world)
    restore(world, right)
    assert nothing_was_written(world.run_well())


def test_another_company_file_at_the_same_place_is_refused_and_not_bound(world: World) -> None:
    for name in (OLD, NEW, "Harbor Tools"):
        world.books.add(name)
    world.sync_twice()
    create_company(world.folder / "other.qbw", name="Larry's Landscaping").close()
    with Company(world.books.path) as company:
        place = company.windows_path
    with Company(world.folder / "other.qbw") as other, other.store.transaction():
        other.store.put_setting("windows_path", place)
    desk = Desk(world.folder / "other.qbw")

    outcome = world.sync(desk=desk)

    assert "but none of its records" in outcome.status
    assert not any("ModifiedDate" in asked or "iterator" in asked for asked in desk.asked), "no list was read"
    assert world.reload().company_name == COMPANY
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_a_company_that_was_renamed_in_its_place_goes_on(world: World) -> None:
    for name in (OLD, NEW, "Harbor Tools"):
        world.books.add(name)
    world.sync_twice()
    with Company(world.books.path) as company, company.store.transaction():
        body = company.store.setting("company_ret").replace(COMPANY, "Bayshore and Daughters")
        company.store.put_setting("company_ret", body)
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert world.reload().company_name == "Bayshore and Daughters"


def test_a_sandbox_that_was_refreshed_is_another_org(world: World) -> None:
    world.books.add(OLD)
    world.sync_twice()
    world.save(salesforce_org_id="00D000000000099EAA", sealed_session="")
    world.people.change(OLD, Phone="555-0111")
    world.clock.pass_by(minutes=10)

    world.sync()

    run = world.last_run()
    assert run.outcome == Outcome.FAILED
    assert "leads to another Salesforce org" in run.message
    assert "A sandbox that was refreshed is another org" in run.message
    assert run.salesforce_calls <= 2, "the login alone"
    assert "Phone" not in world.books.customer(OLD)


def test_an_answer_that_is_missing_is_not_looked_for_in_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_step_with_a_backup_of_before(world)
    process, left_out = world.desk.process, []

    def leaves_the_customers_out(ticket: str, text: str) -> str:
        answer = etree.fromstring(process(ticket, text).encode())
        for one in answer[0].findall("CustomerQueryRs") if "ListDeletedQueryRq" in text else ():
            answer[0].remove(one)
            left_out.append(one)
        return etree.tostring(answer, encoding="unicode")

    monkeypatch.setattr(world.desk, "process", leaves_the_customers_out)
    world.run_well()
    assert left_out
