"""The ways of taking a page in that `intake` compares, run as a process: COMPANY USER full|lean PAGES ROUNDS.

Every way gets the same SOAP bodies, and ends with rows committed in SQLite with the service's own settings of it.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Protocol

import django

django.setup()

from django_scopes import scopes_disabled  # noqa: E402

from apatar.connections.models import Connection  # noqa: E402 Django must be set up first
from apatar.connections.qwc import OWNER_ID, braced  # noqa: E402
from apatar.sandbox.webconnector.envelope import write_call  # noqa: E402
from bench.inprocess import Door  # noqa: E402
from bench.least import Floor, Peer  # noqa: E402
from bench.pages import SIZE, Customers, answered, asks_for_customers, greeting, request_id_of  # noqa: E402
from bench.processes import SERVER_CORE, BenchError  # noqa: E402

READING = 20
"""Percent done, as the service tells it while it reads."""
MORE = 1_000_000

Rates = dict[str, dict[str, list[float]]]


class Way(Protocol):
    """One way of taking a SOAP body in; `before`, not measured, asks for the page and returns the mark it must bear."""

    ticket: str

    def before(self) -> str: ...

    def take(self, body: bytes) -> None: ...


class Service:
    """The real door with a real session and a real run, without the HTTP server around it."""

    def __init__(self, company: Path, user: str) -> None:
        with scopes_disabled():
            file_id = braced(Connection.objects.get(webconnector_user=user).file_id)
        self._door = Door()
        self.ticket = self._door.authenticate(user)
        hello = greeting(company, owner_id=OWNER_ID, file_id=file_id)
        arguments = (self.ticket, hello.hcp, hello.company_file, "US", "16", "0")
        self.question = self._door.ask("sendRequestXML", *arguments)
        self._asked = True
        while not asks_for_customers(self.question):
            self.take(write_call("receiveResponseXML", (self.ticket, answered(company, self.question), "", "")))
            self.before()

    def before(self) -> str:
        """Let the service ask for the page: an answer that nobody asked for would be passed over."""
        if not self._asked:
            self.question = self._door.ask("sendRequestXML", self.ticket, "", "", "US", "16", "0")
            self._asked = True
        return request_id_of(self.question)

    def take(self, body: bytes) -> None:
        self._asked = False
        percent = self._door.number(body)
        if percent != READING:
            raise BenchError(f"The service answered {percent} percent: {self._door.ask('getLastError', self.ticket)}")


def main(company: Path, user: str, shape: str, pages: int, rounds: int) -> None:
    os.sched_setaffinity(0, SERVER_CORE)
    service = Service(company, user)
    customers = Customers.of(company, service.question)
    customers = customers.leaner() if shape == "lean" else customers
    bodies = Bodies(customers, pages)
    told: dict[str, object] = {"bytes": customers.bytes_each, "service": bodies.rates(service, rounds)}
    if Door.stored("Customer") != pages * (rounds + 1) * SIZE:
        raise BenchError(f"{Door.stored('Customer')} customers are stored instead of {pages * (rounds + 1) * SIZE}.")
    told["floor"] = bodies.rates(Floor(company.with_name("floor.sqlite3")), rounds)
    told["peer"] = bodies.rates(Peer(company.with_name("peer.sqlite3")), rounds)
    print(json.dumps(told))


class Bodies:
    """SOAP bodies of so many pages a round; every round has customers that were never seen, then the same again."""

    def __init__(self, customers: Customers, pages: int) -> None:
        self._customers = customers
        self._pages = pages

    def rates(self, way: Way, rounds: int) -> Rates:
        """Return records per second, by kind; a first round warms up and does not count."""
        rates: Rates = {kind: {"clock": [], "cpu": []} for kind in ("new", "unchanged")}
        for number in range(rounds + 1):
            pages = range(number * self._pages, (number + 1) * self._pages)
            for kind in rates.values():
                seconds, spent = self._spent(way, pages)
                if number:
                    kind["clock"].append(len(pages) * SIZE / seconds)
                    kind["cpu"].append(len(pages) * SIZE / spent)
        return rates

    def _spent(self, way: Way, pages: range) -> tuple[float, float]:
        """Take the pages in; seconds by the clock and by CPU, without what prepares the bodies."""
        seconds = spent = 0.0
        for page in pages:
            answer = self._customers.page(page, remaining=MORE, request_id=way.before())
            body = write_call("receiveResponseXML", (way.ticket, answer, "", ""))
            begun, used = time.perf_counter(), time.process_time()
            way.take(body)
            seconds += time.perf_counter() - begun
            spent += time.process_time() - used
        return seconds, spent


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
