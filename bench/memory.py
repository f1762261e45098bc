"""Memory of the service while it reads, and then decides, a thousand and a hundred thousand customers."""

import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from apatar.sandbox.webconnector.envelope import write_call
from apatar.sandbox.webconnector.qwc import read_qwc
from bench.figures import Figure, Measured, Spread
from bench.installation import PASSWORD, Installation, address_of, org_of
from bench.pages import SIZE, Customers, Greeting, answered, asks_for_customers, greeting, request_id_of
from bench.processes import LOAD_CORE, BenchError, Running, family, memory_mib, pinned, tree_memory_mib
from bench.wire import Caller, text_of

TARGET = 50
"""MiB between the peaks of the small and of the large company."""
SMALL, LARGE = 1_000, 100_000
NO_OP = "NoOp"
RUN_SECONDS = 1800
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Peaks:
    """Most MiB ever resident: by process after reading, and of all after deciding; seconds of both."""

    worker: float
    web: float
    decided: float
    read_seconds: float
    all_seconds: float

    @property
    def read(self) -> float:
        return self.worker + self.web


def measure(*, quick: bool) -> list[Figure]:
    large = LARGE // 10 if quick else LARGE
    peaks = {size: _peaks(size) for size in (SMALL, large)}
    notes = tuple(
        f"{size:,} customers: worker {one.worker:.0f} and web {one.web:.0f} MiB when read ({one.read_seconds:.0f} s), "
        f"{one.decided:.0f} MiB together when decided ({one.all_seconds:.0f} s)."
        for size, one in peaks.items()
    )
    title = f"memory, {SMALL:,} → {large:,} customers"
    read = peaks[large].read - peaks[SMALL].read
    decided = peaks[large].decided - peaks[SMALL].decided
    return [
        Figure(f"{title}, read", "MiB more", Measured(Spread.of([read])), TARGET, at_most=True, notes=notes),
        Figure(f"{title}, decided", "MiB more", Measured(Spread.of([decided])), TARGET, at_most=True),
    ]


def _peaks(size: int) -> Peaks:
    """Hold one session of a Web Connector that makes its customers up; nothing is written in this direction."""
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        installation.new_company("--customers", str(SIZE))
        with installation.start_org(accounts=0, same=0) as org:
            access = org_of(org.first_line())
            installation.environment["APATAR_SALESFORCE_HOSTS"] = urlsplit(access.url).netloc
            with installation.start_service() as service:
                url = address_of(service.first_line())
                added = installation.connect(access, direction="to-quickbooks")
                with pinned(LOAD_CORE), Caller(url) as caller:
                    return _Session(installation, service, caller, added).hold(size // SIZE)


class _Session:
    """A Web Connector without a QuickBooks behind it."""

    def __init__(self, installation: Installation, service: Running, caller: Caller, added: dict[str, str]) -> None:
        self._installation = installation
        self._service = service
        self._caller = caller
        self._added = added
        self._ticket = ""

    def hold(self, pages: int) -> Peaks:
        begun = time.perf_counter()
        self._ticket, *_ = self._caller.authenticate(self._added["webconnector_user"], PASSWORD)
        question = self._next(self._greeting())
        while not asks_for_customers(question):
            self._answer(answered(self._installation.company_file, question))
            question = self._next(Greeting("", ""))
        customers = Customers.of(self._installation.company_file, question)
        for page in range(pages):
            if page:
                question = self._next(Greeting("", ""))
            left = (pages - page - 1) * SIZE
            self._answer(customers.page(page, remaining=left, request_id=request_id_of(question)))
        read = time.perf_counter() - begun
        worker, *web = (memory_mib(pid, peak=True) for pid in family(self._service.pid))
        self._wait()
        decided = tree_memory_mib(self._service.pid, peak=True)
        return Peaks(worker, sum(web), decided, read, time.perf_counter() - begun)

    def _greeting(self) -> Greeting:
        application = read_qwc(Path(self._added["qwc"]).read_bytes())
        file = self._installation.company_file
        return greeting(file, owner_id=application.owner_id, file_id=application.file_id)

    def _next(self, hello: Greeting) -> str:
        return self._caller.ask("sendRequestXML", self._ticket, hello.hcp, hello.company_file, "US", "16", "0")

    def _answer(self, page: str) -> None:
        body = write_call("receiveResponseXML", (self._ticket, page, "", ""))
        percent = int(text_of(self._caller.post(body)))
        if percent < 0:
            raise BenchError(f"The service refused a page: {self._caller.ask('getLastError', self._ticket)}")

    def _wait(self) -> None:
        """Pause as the Web Connector does while the worker decides, until the service asks something else."""
        deadline = time.monotonic() + RUN_SECONDS
        while time.monotonic() < deadline:
            if self._next(Greeting("", "")) != NO_OP:
                return
            time.sleep(POLL_SECONDS)
        raise BenchError(f"The service had not decided after {RUN_SECONDS} seconds.")
