"""`kill -9` of the real service at random moments of real runs; both sides are judged afterwards by their own contents.

    python -m tests.journeys.kills --kills 200 --seed 7     (or: make kills KILLS=200 SEED=7)

The service is a process with its own database, the org answers over HTTP, QuickBooks is a company file with a Web
Connector before it. People go on typing on both sides. The whole process group dies when a run comes to the moment that
is chosen for the next kill: reading, deciding, writing, or a batch that was sent and not answered. A seed chooses what
is typed and how long after that moment the kill comes; where exactly it hits is the machine's affair, and is counted.
"""

import argparse
import json
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.server import serve
from apatar.sandbox.story_agreement import compare
from apatar.sandbox.story_org import OrgReader
from apatar.sandbox.story_stage import OrgAccess
from tests.journeys.kills_people import People, doubled, lost
from tests.journeys.office import COMPANY, Office
from tests.journeys.operated import Installation
from tests.runs.trading import Office as Books
from tests.runs.trading import Sales

EMAIL, PASSWORD = "operator@castlerock.example", "correct horse battery"
SENT = {"sent to quickbooks": "quickbooks", "sent to salesforce": "salesforce"}
MOMENTS = {"reading": 0.5, "deciding": 0.1, "writing": 0.3, **dict.fromkeys(SENT, 0.04)}
"""What a kill waits for, and how many seconds after that it comes at the latest."""
SETTLING = 6
PATIENCE = 4
"""After so many runs that came through, another moment is waited for."""
EDITS = (2, 6)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the service's own rows say of the run that is open: its phase, and the batches that nobody has answered."""

    phase: str = ""
    sent: tuple[str, ...] = ()

    def is_at(self, moment: str) -> bool:
        return SENT[moment] in self.sent if moment in SENT else self.phase == moment


@dataclass(slots=True)
class Tally:
    """What the kills hit, and what came of it."""

    seed: int
    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    sent: Counter[str] = field(default_factory=Counter)
    runs_through: int = 0
    edits: int = 0
    seconds: float = 0.0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    settled_after: int = 0

    @property
    def is_clean(self) -> bool:
        return not (self.doubled or self.lost or self.differences) and self.settled_after <= SETTLING

    def as_text(self) -> str:
        phases = ", ".join(f"{phase or 'between runs'} {count}" for phase, count in sorted(self.phases.items()))
        sent = ", ".join(f"{side} {count}" for side, count in sorted(self.sent.items())) or "none"
        lines = [
            f"seed {self.seed}: {self.kills} kills in {self.seconds:.0f} s, {self.edits} values typed",
            f"hit while: {phases}; with a batch sent and unanswered: {sent}",
            f"{self.runs_through} runs came through in between; quiet after {self.settled_after} more",
            f"doubled {len(self.doubled)}, lost {len(self.lost)}, differences {len(self.differences)}",
        ]
        return "\n".join([*lines, *self.doubled, *self.lost, *self.differences, *self.problems])


class Scene:
    """One installation with both its ends, and a hand that kills it."""

    def __init__(self, folder: Path, org: Org, access: OrgAccess, chance: Random) -> None:
        self._access, self._chance = access, chance
        self.installation = Installation(folder, access)
        self.office = Office(folder, customers=8)
        self.sales, self.books = Sales(org), Books(self.office.company_file)
        self.people = People(self.sales, self.books, chance)

    def open(self) -> None:
        """Register, connect, let the service prepare the org, and install the .qwc."""
        service, access = self.installation, self._access
        service.start()
        service.done("user", "add", EMAIL, "--password-stdin", typed=f"{PASSWORD}\n")
        words = ("--user", EMAIL, "--company", COMPANY, "--salesforce-url", access.url, "--write-at-once")
        secret = json.dumps({"password": access.password, "security_token": access.security_token})
        told = service.done("connection", "add", *words, "--salesforce-user", access.user, "--json", typed=secret)
        made = json.loads(told)
        login = {"user": access.admin_user, "password": access.admin_password, "security_token": access.admin_token}
        service.done("connection", "prepare", str(made["id"]), "--json", typed=json.dumps(login))
        kit = self.sales.one("PermissionSet", "Name", where="Name = 'QuickBooks_Sync'")
        admin = self.sales.org.access.admin_id
        self.sales.add("PermissionSetAssignment", AssigneeId=admin, PermissionSetId=kit["Id"])
        self.office.add_an_application(Path(made["qwc"]))
        self.office.type_the_password(PASSWORD)
        self.people.have_a_catalogue()

    def run_until(self, moment: str) -> Standing | None:
        """Let a run begin and kill the service at that moment; None where the run came to its end before."""
        # Salesforce takes its time, before it writes or after: half of the answers are lost with the writing done.
        after = self._chance.random() < 0.5
        self.sales.org.faults.set(hold=1_000, hold_seconds=0.05, hold_after=after, only_path="composite")
        with closing(self._rows()) as rows:
            [before] = rows.execute("SELECT coalesce(max(id), 0) FROM runs_batch").fetchone()
        hit: list[Standing] = []
        over = threading.Event()
        killer = threading.Thread(target=self._kill_at, args=(moment, before, over, hit))
        killer.start()
        self.office.update_selected()
        over.set()
        killer.join()
        return hit[0] if hit else None

    def _kill_at(self, moment: str, before: int, over: threading.Event, hit: list[Standing]) -> None:
        delay = self._chance.uniform(0, MOMENTS[moment])
        with closing(self._rows()) as rows:
            while not over.is_set():
                if standing(rows, before).is_at(moment):
                    time.sleep(delay)  # another process is watched: there is nothing to wait on
                    if not over.is_set():
                        self.installation.leave_nothing()
                        hit.append(standing(rows, before))
                    return
                time.sleep(0.001)

    def _rows(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.installation.home / 'apatar.sqlite3'}?mode=ro", uri=True, timeout=5)

    def is_quiet(self) -> bool:
        """Let one more run go through and tell whether it wrote nothing."""
        outcome = self.office.update_selected()
        last = self.installation.runs()[-1]
        counts = [last[side][word] for side in ("quickbooks", "salesforce") for word in ("created", "updated")]
        return outcome.well and not any(counts) and last["outcome"] in {"ok", "with-problems"}

    def judge(self, tally: Tally) -> None:
        with closing(self._rows()) as rows:
            kept = rows.execute("SELECT salesforce_value, quickbooks_value FROM runs_conflict").fetchall()
            waits = rows.execute("SELECT name, sentence FROM runs_problem WHERE closed_at IS NULL").fetchall()
        tally.problems = [": ".join(one) for one in waits]
        tally.doubled = doubled(self.people, self.sales, self.books)
        tally.lost = lost(self.people, kept)
        with closing(OrgReader(self._access)) as reader:
            tally.differences = list(compare(list(self.office.customers().values()), reader.accounts()).differences)


def standing(rows: sqlite3.Connection, before: int) -> Standing:
    """Return how the run stands; batches up to `before` are of an earlier life."""
    phase = rows.execute("SELECT phase FROM runs_run WHERE finished_at IS NULL").fetchone()
    unanswered = "SELECT DISTINCT side FROM runs_batch WHERE answered_at IS NULL AND lost_at IS NULL AND id > ?"
    out = rows.execute(unanswered, (before,)).fetchall()
    return Standing(phase[0] if phase else "", tuple(side for (side,) in out))


@contextmanager
def a_scene(seed: int) -> Iterator[Scene]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="apatar-kills-", ignore_cleanup_errors=True)))
        org = stack.enter_context(Org(folder / "org", bare=True))
        org.add_accounts(8, same_as_company=4)
        server = stack.enter_context(serve(org))
        scene = Scene(folder, org, _access(org, server.url), Random(seed))
        stack.callback(scene.installation.leave_nothing)
        scene.open()
        yield scene


def _access(org: Org, url: str) -> OrgAccess:
    held = org.credentials
    return OrgAccess(
        url, held.user, held.password, held.security_token, held.client_id, held.client_secret,
        held.admin_user, held.admin_password, held.admin_security_token,
    )  # fmt: skip


def play(kills: int, seed: int, *, say: Callable[[str], object] = lambda _line: None) -> Tally:
    """Kill the service so many times, then let it settle and judge."""
    tally, began = Tally(seed), time.monotonic()
    with a_scene(seed) as scene:
        chance = Random(seed + 1)
        moments = cycle(MOMENTS)
        moment = next(moments)
        while tally.kills < kills:
            scene.people.work(chance.randint(*EDITS))
            hit = scene.run_until(moment)
            if hit is None:
                tally.runs_through += 1  # what the last life left to do had no such moment: the next run has
                moment = moment if tally.runs_through % PATIENCE else next(moments)
                continue
            moment = next(moments)
            tally.kills += 1
            tally.phases[hit.phase] += 1
            tally.sent.update(hit.sent)
            say(f"{tally.kills}: {hit.phase or 'between runs'} {' '.join(hit.sent)}")
            scene.installation.start()
        while not scene.is_quiet() and tally.settled_after <= SETTLING:
            tally.settled_after += 1
        tally.edits = scene.people.typed.edits
        scene.judge(tally)
    tally.seconds = time.monotonic() - began
    return tally


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.journeys.kills", description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(words)
    tally = play(asked.kills, asked.seed, say=_say)
    _say(tally.as_text())
    return 0 if tally.is_clean else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
