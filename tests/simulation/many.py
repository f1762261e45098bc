"""Playing many seeds in several processes side by side; each has a database of its own."""

import gc
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.util import Finalize
from traceback import format_exception
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.play import Report

AT_ONCE = 10
"""Seeds that a process plays before it tells."""


@dataclass
class Tally:
    """What came of some seeds."""

    played: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.played += other.played
        self.injected += other.injected
        self.failed += other.failed


def played(seeds: Iterable[int], *, jobs: int) -> Iterator[Tally]:
    """Play the seeds; what came of each few of them is told as soon as it is known."""
    wanted = list(seeds)
    parts = [wanted[at : at + AT_ONCE] for at in range(0, len(wanted), AT_ONCE)]
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=prepare) as pool:
        try:
            yield from pool.map(play_some, parts)
        finally:
            pool.shutdown(cancel_futures=True)


def prepare() -> None:
    """Make this process ready: Django, a database of its own, no log."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django
    import structlog
    from django.db import connection

    django.setup()
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    connection.settings_dict["TEST"]["NAME"] = None if connection.vendor == "sqlite" else f"simulation_{os.getpid()}"
    own = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0)
    if connection.vendor == "postgresql":
        Finalize(None, connection.creation.destroy_test_db, (own,), {"verbosity": 0}, exitpriority=1)
    gc.disable()  # collected between a few seeds: it takes a tenth of the time otherwise
    gc.collect()
    gc.freeze()


def play_some(seeds: list[int]) -> Tally:
    """Play some seeds in a prepared process."""
    tally = Tally()
    gc.collect()
    for seed in seeds:
        tally.played += 1
        try:
            report = play_one(seed)
        except Exception as error:  # noqa: BLE001 - it says nothing about the other seeds, and they are hours of work
            tally.failed.append((seed, "".join(format_exception(error, limit=-1)).strip()))
            continue
        tally.injected += report.injected
        if report.broken:
            tally.failed.append((seed, str(report.broken)))
    return tally


def play_one(seed: int) -> "Report":
    from tests.simulation.play import play
    from tests.simulation.schedule import draw

    return play(draw(seed))
