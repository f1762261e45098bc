"""Fills a database, asks for the pages of its review, prints seconds: `-m bench.review_pages LIKELY LINKED`."""

import json
import sys
import time
from datetime import UTC, datetime

import django

django.setup()

from django.test import Client  # noqa: E402 Django must be set up first
from django_scopes import scope, scopes_disabled  # noqa: E402
from tests.journeys.reviews import PAIR, quickbooks_id, salesforce_id, very_many  # noqa: E402

from apatar.accounts.models import Membership  # noqa: E402
from apatar.accounts.workspaces import register  # noqa: E402
from apatar.connections.models import Connection  # noqa: E402
from bench.installation import COMPANY, PASSWORD  # noqa: E402
from bench.processes import BenchError  # noqa: E402

ROUNDS = 5


def a_connection(likely: int, linked: int) -> tuple[Connection, Client]:
    person = register("bench@example.com", PASSWORD)
    with scopes_disabled():
        membership = Membership.objects.get(person=person)
        made = Connection.objects.create(workspace=membership.workspace, owner=person, company=COMPANY)
    with scope(connection=made):
        very_many(made, likely=likely, linked=linked, now=datetime.now(UTC))
    browser = Client(SERVER_NAME="localhost")
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return made, browser


def pages_of(connection: Connection, linked: int) -> dict[str, str]:
    door = f"/connections/{connection.pk}"
    one = f"pair={PAIR}&side=salesforce&id={salesforce_id(1)}"
    return {
        "first page": f"{door}/review/",
        "last page": f"{door}/review/?page=999",
        "by name": f"{door}/review/?name=lighting",
        "by score": f"{door}/review/?least=90",
        "search for another record": f"{door}/review/search/?{one}&q=lighting",
        "search for an id that no name has": f"{door}/review/search/?{one}&q={quickbooks_id(linked)}",
        "what is linked": f"{door}/links/",
        "what is linked, last page": f"{door}/links/?page=99999",
        "what is linked, by name": f"{door}/links/?name=lighting",
        "page of the connection": f"{door}/",
    }


def seconds(browser: Client, address: str) -> float:
    begun = time.perf_counter()
    answer = browser.get(address)
    if answer.status_code != 200:
        raise BenchError(f"{address} answered {answer.status_code}.")
    return time.perf_counter() - begun


def main(likely: int, linked: int) -> None:
    connection, browser = a_connection(likely, linked)
    pages = pages_of(connection, linked)
    seconds(browser, "/connections/")  # the first call of a process imports what it needs
    found = {name: [seconds(browser, address) for _ in range(ROUNDS)] for name, address in pages.items()}
    print(json.dumps({"pages": found}))


main(int(sys.argv[1]), int(sys.argv[2]))
