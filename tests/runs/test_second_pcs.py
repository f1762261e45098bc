"""A second PC with the same ApatarQBW.qwc: nothing is mixed up, and it is said."""

from pathlib import Path

from django.test import Client
from django_scopes import scope

from apatar.sandbox.quickbooks.company import Company, create_company
from apatar.sandbox.webconnector.faults import Fault, Mishap
from tests.runs.ends import Desk
from tests.runs.world import World, nothing_was_written


def page(world: World, path: str) -> str:
    client = Client()
    client.force_login(world.connection.owner)
    return " ".join(client.get(path).content.decode().split())


def a_copy(world: World, where: str = r"D:\Copy\Bayshore.QBW") -> Desk:
    """The company file on another PC, as it is now."""
    copy = world.folder / "copy.qbw"
    with Company(world.books.path) as company:
        company.store.ask("PRAGMA wal_checkpoint(TRUNCATE)")
    copy.write_bytes(world.books.path.read_bytes())
    with Company(copy) as company, company.store.transaction():
        company.store.put_setting("windows_path", where)
    return Desk(copy)


def test_two_pcs_at_once_do_not_write_between_one_another(world: World) -> None:
    for number in range(3):
        world.people.add(f"Account {number}")
    refused: list[str] = []
    world.desk.when("CustomerAddRq", lambda: refused.append(world.sync(machine="DESK-2").status))

    world.run_well()

    assert "The Web Connector on SANDBOX-PC is at work" in refused[0]
    assert world.books.names() == world.people.names() == [f"Account {number}" for number in range(3)]
    world.clock.pass_by(minutes=10)
    assert world.sync(machine="DESK-2").well, "the other one is done"
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert "SANDBOX-PC" in page(world, f"/connections/{world.connection.pk}/").partition("call by turns")[2]


def test_another_pc_takes_over_a_run_whose_pc_died_in_a_write_and_nothing_is_doubled(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0111")
    world.books.add("Harbor Tools")
    died: list[bool] = []
    world.desk.when("CustomerAddRq", lambda: died.append(True), after=True)
    world.sync(Fault(Mishap.CUT_BEFORE, "receiveResponseXML", 5))
    assert died
    world.clock.pass_by(minutes=1)
    assert "is at work" in world.sync(machine="DESK-2").status, "QuickBooks may still be busy with what it was asked"
    world.clock.pass_by(minutes=20)

    assert world.sync(machine="DESK-2").well

    world.work()
    with scope(connection=world.connection):
        assert {one.machine for run in world.runs() for one in run.sessions.all()} == {"SANDBOX-PC", "DESK-2"}
    world.sync_twice()
    assert world.books.names() == world.people.names() == ["Harbor Tools", "Kern Lighting"]
    assert world.problems() == []


def test_the_same_qwc_with_another_company_file_reads_and_writes_nothing(world: World, tmp_path: Path) -> None:
    world.books.add("Kern Lighting")
    world.sync_twice()
    create_company(tmp_path / "other.qbw", name="Larry's Landscaping").close()
    other = Desk(tmp_path / "other.qbw")

    outcome = world.sync(machine="DESK-2", desk=other)

    assert "this connection belongs to “Bayshore Trading Company”" in outcome.status
    assert other.asked == []
    assert len(world.runs()) == 2


def test_a_copy_on_another_pc_cannot_take_turns_with_the_file(world: World) -> None:
    world.books.add("Kern Lighting")
    world.sync_twice()
    world.clock.pass_by(minutes=10)
    copy = a_copy(world)
    assert world.sync(machine="DESK-2", desk=copy).well, "it may have been moved there"
    asked = len(world.desk.asked)
    world.clock.pass_by(minutes=10)

    outcome = world.sync()

    assert "One of the two is a copy" in outcome.status
    assert len(world.desk.asked) == asked
    where = f"/connections/{world.connection.pk}/"
    assert "Take it from there again" in page(world, where)
    client = Client()
    client.force_login(world.connection.owner)
    assert client.post(f"{where}place/").status_code == 302
    world.clock.pass_by(minutes=10)
    assert world.sync().well
    world.clock.pass_by(minutes=10)
    assert "One of the two is a copy" in world.sync(machine="DESK-2", desk=copy).status
