"""An operator's day: the real service as a process, its command line, its death and its return."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from apatar.sandbox.story_agreement import compare
from apatar.sandbox.story_org import OrgReader
from apatar.sandbox.story_stage import OrgAccess
from tests.journeys.installation import an_org
from tests.journeys.office import COMPANY, Office
from tests.journeys.operated import STOPPED_WITHIN, Installation

pytestmark = pytest.mark.service

EMAIL, PASSWORD = "operator@castlerock.example", "correct horse battery"


@pytest.fixture
def org(tmp_path: Path) -> Iterator[OrgAccess]:
    with an_org(tmp_path, accounts=20, same=8) as one:
        yield one.access


@pytest.fixture
def installation(tmp_path: Path, org: OrgAccess) -> Iterator[Installation]:
    one = Installation(tmp_path, org)
    one.start()
    yield one
    one.leave_nothing()


@pytest.fixture
def office(tmp_path: Path, installation: Installation, org: OrgAccess) -> Office:
    """A PC with a connection of its own, made from the command line."""
    installation.done("user", "add", EMAIL, "--password-stdin", typed=f"{PASSWORD}\n")
    words = ("--user", EMAIL, "--company", COMPANY, "--direction", "both", "--salesforce-user", org.user)
    secret = json.dumps({"password": org.password, "security_token": org.security_token})
    made = json.loads(
        installation.done(
            "connection", "add", *words, "--salesforce-url", org.url, "--write-at-once", "--json", typed=secret
        )
    )
    office = Office(tmp_path, customers=25)
    office.add_an_application(Path(made["qwc"]))
    office.type_the_password(PASSWORD)
    return office


def synchronized(office: Office, times: int = 1) -> None:
    for _ in range(times):
        outcome = office.update_selected()
        assert outcome.well, outcome.status


def assert_both_sides_agree(office: Office, org: OrgAccess) -> None:
    reader = OrgReader(org)
    try:
        assert compare(list(office.customers().values()), reader.accounts()).differences == ()
    finally:
        reader.close()


def test_a_day_of_an_operator(installation: Installation, office: Office, org: OrgAccess) -> None:
    synchronized(office, times=2)
    assert_both_sides_agree(office, org)
    assert [run["outcome"] for run in installation.runs()] == ["ok", "ok"]

    reader = OrgReader(org)
    account = reader.accounts()[0]
    reader.change(account["Id"], Phone="555-0777")
    reader.create(Name="A new account of the day")
    reader.close()
    synchronized(office, times=2)
    assert_both_sides_agree(office, org)

    assert "FAIL" not in installation.done("doctor")
    assert installation.stop() < STOPPED_WITHIN


def test_a_service_that_is_killed_in_the_middle_of_a_run_goes_on_after_its_return(
    installation: Installation, office: Office, org: OrgAccess
) -> None:
    """The first run is cut wherever it is when the first change has been journaled."""

    def kill_soon() -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not _something_is_journaled(installation.home):
            time.sleep(0.005)  # another process is watched: there is nothing to wait on
        installation.kill()

    killer = threading.Thread(target=kill_soon)
    killer.start()
    office.update_selected()
    killer.join()

    installation.start()
    synchronized(office, times=3)
    assert_both_sides_agree(office, org)
    assert installation.runs()[-1]["quickbooks"]["created"] == 0
    assert installation.stop() < STOPPED_WITHIN


def _something_is_journaled(home: Path) -> bool:
    import sqlite3

    database = sqlite3.connect(f"file:{home / 'apatar.sqlite3'}?mode=ro", uri=True, timeout=5)
    try:
        return bool(database.execute("SELECT 1 FROM runs_change LIMIT 1").fetchone())
    except sqlite3.OperationalError:
        return False
    finally:
        database.close()


def test_a_backup_brings_everything_back_and_new_keys_open_it(
    installation: Installation, office: Office, org: OrgAccess
) -> None:
    synchronized(office, times=2)
    kept = installation.folder / "kept.zip"
    installation.done("backup", str(kept))
    assert kept.stat().st_mode & 0o077 == 0
    assert installation.run("backup", str(kept)).returncode == 1, "a backup never overwrites another"
    installation.stop()

    refused = installation.run("restore", str(kept))
    assert refused.returncode == 1
    assert "Add --replace" in refused.stderr
    (installation.home / "apatar.sqlite3").unlink()
    (installation.home / "keys").unlink()
    installation.done("restore", str(kept), "--replace")
    rotated = installation.done("keys", "rotate")
    assert "sealed with the newest key" in rotated
    assert len((installation.home / "keys").read_text().splitlines()) == 2
    installation.start()

    synchronized(office)
    last = installation.runs()[-1]
    assert (last["number"], last["outcome"]) == (3, "ok")
    assert last["quickbooks"]["created"] == last["salesforce"]["created"] == 0
    assert "FAIL" not in installation.done("doctor")


def test_commands_that_cannot_work_say_why(installation: Installation) -> None:
    for words, said in (
        (("nonsense",), "there is no command"),
        (("run", "show", "77"), "There is no run 77"),
        (("connection", "show", "77"), "There is no connection 77"),
        (("connection", "add", "--user", "nobody@example.com", "--company", "x"), "is not registered"),
        (("restore", "nothing.zip"), "is not a backup"),
    ):
        done = installation.run(*words, typed="{}")
        assert done.returncode != 0, words
        assert said in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
