"""Fills a database, asks for pages that people look through, prints seconds: `-m bench.screens_asked MANY LINKED`."""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import django

django.setup()

from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.test import Client  # noqa: E402 Django must be set up first
from django_scopes import scope, scopes_disabled  # noqa: E402
from tests.journeys import thousands, undos  # noqa: E402
from tests.journeys.reviews import PAIR, quickbooks_id, salesforce_id, very_many  # noqa: E402

from apatar.accounts.models import Membership  # noqa: E402
from apatar.accounts.workspaces import register  # noqa: E402
from apatar.connections.models import Connection  # noqa: E402
from apatar.runs.models import Run  # noqa: E402
from bench.installation import COMPANY, PASSWORD  # noqa: E402
from bench.processes import BenchError  # noqa: E402

ROUNDS = 5


class Answer(Protocol):
    """As much of an answer as is looked at."""

    @property
    def status_code(self) -> int: ...


Ask = Callable[[], Answer]


def a_connection(many: int, linked: int) -> tuple[Connection, Client]:
    person = register("bench@example.com", PASSWORD)
    with scopes_disabled():
        membership = Membership.objects.get(person=person)
        made = Connection.objects.create(workspace=membership.workspace, owner=person, company=COMPANY)
    with scope(connection=made):
        very_many(made, likely=many, linked=linked, now=datetime.now(UTC))
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made, browser


def runs_of(connection: Connection, many: int) -> tuple[Run, Run]:
    """Return a run to take back, and a plan; the first has left conflicts and problems, too."""
    now = datetime.now(UTC)
    run = undos.a_large_run(connection, 1, at=now - timedelta(hours=3), size=many)
    with scope(connection=connection):
        thousands.conflicts(run, many)
        thousands.problems(run, many)
        return run, thousands.a_plan(connection, 2, at=now, changes=many)


def pages_of_runs(connection: Connection, run: Run, plan: Run) -> dict[str, str]:
    door = f"/connections/{connection.pk}"
    return {
        "conflicts": f"{door}/conflicts/",
        "conflicts, last page": f"{door}/conflicts/?page=999",
        "conflicts, by name": f"{door}/conflicts/?name=lighting",
        "problems by reason": f"{door}/problems/",
        "problems, by name": f"{door}/problems/?name=lighting",
        "plan of a dry run": f"/runs/{plan.pk}/",
        "plan, last page": f"/runs/{plan.pk}/?page=999",
        "plan, by name": f"/runs/{plan.pk}/?name=lighting",
        "plan, before its release": f"/runs/{plan.pk}/release/",
        "a run with its changes": f"/runs/{run.pk}/",
        "undo": f"/runs/{run.pk}/undo/",
        "undo, last page": f"/runs/{run.pk}/undo/?page=999",
        "ignored records": f"{door}/ignored/",
        "runs": f"{door}/runs/",
    }


def pages_of(connection: Connection, linked: int) -> dict[str, str]:
    door = f"/connections/{connection.pk}"
    one = f"pair={PAIR}&side=salesforce&id={salesforce_id(1)}"
    return {
        "review": f"{door}/review/",
        "review, last page": f"{door}/review/?page=999",
        "review, by name": f"{door}/review/?name=lighting",
        "review, by score": f"{door}/review/?least=90",
        "review, search for another record": f"{door}/review/search/?{one}&q=lighting",
        "review, search for an id that no name has": f"{door}/review/search/?{one}&q={quickbooks_id(linked)}",
        "what is linked": f"{door}/links/",
        "what is linked, last page": f"{door}/links/?page=99999",
        "what is linked, by name": f"{door}/links/?name=lighting",
        "page of the connection": f"{door}/",
    }


def answers(browser: Client, connection: Connection) -> dict[str, Ask]:
    """Decide everything that is likely at once, and take it back by the file that was exported before."""
    door = f"/connections/{connection.pk}/review/"
    undecided = b"".join(browser.get(f"{door}decisions.csv"))

    def take_in() -> Answer:
        file = SimpleUploadedFile("decisions.csv", undecided, "text/csv")
        return browser.post(f"{door}import/", {"file": file})

    return {
        "review, all that is likely is accepted": lambda: browser.post(f"{door}many/", {"show": "likely"}),
        "review, a file of decisions is taken in": take_in,
    }


def seconds(name: str, ask: Ask, *, status: int) -> float:
    begun = time.perf_counter()
    answer = ask()
    if answer.status_code != status:
        raise BenchError(f"{name}: answered {answer.status_code}.")
    return time.perf_counter() - begun


def main(many: int, linked: int) -> None:
    connection, browser = a_connection(many, linked)
    addresses = pages_of(connection, linked) | pages_of_runs(connection, *runs_of(connection, many))
    browser.get("/connections/")  # the first call of a process imports what it needs
    pages = {name: partial(browser.get, address) for name, address in addresses.items()}
    found = {name: [seconds(name, ask, status=200) for _ in range(ROUNDS)] for name, ask in pages.items()}
    decided = answers(browser, connection)
    rounds = [{name: seconds(name, ask, status=302) for name, ask in decided.items()} for _ in range(ROUNDS)]
    found |= {name: [one[name] for one in rounds] for name in decided}
    print(json.dumps({"pages": found}))


main(int(sys.argv[1]), int(sys.argv[2]))
