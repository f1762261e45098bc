"""Makes the installation of an earlier release that `test_old_data` goes on with.

It is played by that release's own code, in that release's own world:

    git worktree add /tmp/old da9a8b6
    cp tests/old/making.py /tmp/old/tests/runs/test_making.py
    cd /tmp/old && OLD_TO=…/tests/old/issue_3.tar.gz PYTHONPATH=src …/pytest -p no:xdist tests/runs/test_making.py

The archive holds the service's database as SQL, its key ring, the company file and the org's folder, and what was
counted on both sides when it was put away.
"""

import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.db import connection as database
from django_scopes import scope

from apatar.runs.rehearsal import ask_for_a_dry_run
from tests.runs.rows import EVERYTHING, Scene
from tests.runs.shop import a_line, a_price, a_service, an_opportunity, win
from tests.runs.trading import Office, Sales, named
from tests.runs.world import a_world

TO = os.environ.get("OLD_TO", "")
pytestmark = pytest.mark.skipif(not TO, reason="makes a file for other tests; OLD_TO says where")


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any, transactional_db: None) -> Iterator[Scene]:
    with a_world(tmp_path, monkeypatch, settings, qbxml="16.0", pairs=EVERYTHING, prepared=True) as world:
        yield Scene(world, Sales(world.org), Office(world.folder / "company.qbw"))


def test_an_installation_is_put_away(old: Scene) -> None:
    """Links and bases, a journal, an estimate of a deal, a problem, a conflict, a plan that waits for its release."""
    books, people = old.world.books, old.world.people
    books.add("Kern Lighting", "<Phone>555-0100</Phone>")
    books.add("Harbor Tools")
    a_service(old)
    people.add("Northern Pines", Phone="555-0300")
    old.office.add("Vendor", named("Pier Nine"))
    people.add("Pier Nine")
    old.sync(runs=2)
    kern = people.account("Kern Lighting")["Id"]
    old.sales.add("Contact", AccountId=kern, FirstName="Ada", LastName="Kern", Title="Owner")
    deal = an_opportunity(old, account=kern)
    a_line(old, deal, price=a_price(old))
    win(old, deal)
    people.change("Harbor Tools", Phone="555-0201")
    books.change("Harbor Tools", "<Phone>555-0202</Phone>")
    old.sync(runs=3)
    assert [one.name for one in old.world.problems()] == ["Pier Nine"]
    assert [one.label for one in old.world.conflicts()] == ["Phone"]

    people.change("Northern Pines", Phone="555-0301")
    people.add("Dry Dock")
    with scope(connection=old.world.connection):
        ask_for_a_dry_run(old.world.reload(), now=datetime.now(UTC))
    old.world.clock.pass_by(minutes=10)
    assert old.world.run_well().outcome == "shown"
    _put_away(old)


def _put_away(old: Scene) -> None:
    world = old.world
    raw = database.connection
    assert isinstance(raw, sqlite3.Connection)
    counted = {
        "connection": world.connection.pk,
        "moment": world.clock.now().isoformat(),
        "url": world.connection.salesforce_url,
    }
    counted |= {"links": len(world.links()), "changes": len(world.changes()), "runs": len(world.runs())}
    world.org.close()
    with tarfile.open(TO, "w:gz") as archive:
        _add(archive, "service.sql", "\n".join(raw.iterdump()).encode())
        _add(archive, "keys", (Path(os.environ["APATAR_HOME"]) / "keys").read_bytes())
        _add(archive, "counted.json", json.dumps(counted).encode())
        _add(archive, "company.qbw", _file(world.folder / "company.qbw"))
        _add(archive, "org/org.sqlite3", _file(world.folder / "org" / "org.sqlite3"))
        _add(archive, "org/credentials.json", (world.folder / "org" / "credentials.json").read_bytes())


def _file(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as one:
        return one.serialize()


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, BytesIO(content))
