"""`python -m tests.simulation`: play many seeds; print what was injected, how fast, and the first seed that fails."""

import argparse
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.simulation.many import Tally, play_one, played, prepare

if TYPE_CHECKING:
    from tests.simulation.play import Report

HASH_SEED = "PYTHONHASHSEED"


def main(argv: list[str]) -> int:
    """Play the seeds; ends with 1 where a promise was broken."""
    options = _options(argv)
    if os.environ.get(HASH_SEED) != "0":  # the order of sets must be the same in every process and every run
        os.execve(sys.executable, [sys.executable, "-m", "tests.simulation", *argv], {**os.environ, HASH_SEED: "0"})
    if options.seed is not None:
        return _replay(options.seed)
    tally, seconds = Tally(), time.monotonic()
    with suppress(KeyboardInterrupt):  # whoever stops it is told how far it came
        _play_all(tally, options)
    _tell(tally, time.monotonic() - seconds)
    if tally.failed:
        _replay(min(tally.failed)[0])
    return bool(tally.failed)


def _play_all(tally: Tally, options: argparse.Namespace) -> None:
    for some in played(range(options.first, options.first + options.seeds), jobs=options.jobs):
        tally.add(some)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{tally.played} of {options.seeds}, {len(tally.failed)} failed ")
        if len(tally.failed) >= options.most:
            return


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1_000, help="how many seeds")
    parser.add_argument("--first", type=int, default=0, help="the first of them")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    parser.add_argument("--most", type=int, default=1, help="stop after so many failures")
    parser.add_argument("--seed", type=int, help="play this seed alone, tell its story, and make it small if it fails")
    return parser.parse_args(argv)


def _replay(seed: int) -> int:
    """Tell the story of a seed, and of the smallest schedule that fails as it does."""
    prepare()
    from tests.simulation.play import play
    from tests.simulation.shrinking import smallest

    report = play_one(seed)
    _tell_story(f"Seed {seed}", report)
    if report.broken:
        _tell_story("The smallest schedule that fails as it does", smallest(report, play))
    return bool(report.broken)


def _tell_story(title: str, report: "Report") -> None:
    ended = str(report.broken) if report.broken else "every promise was kept"
    _say(f"\n{title}: {ended}", *report.story)


def _tell(tally: Tally, seconds: float) -> None:
    _say(f"{tally.played} seeds in {seconds:.0f} s: {tally.played / seconds:.2f} a second.", "What was injected:")
    _say(*(f"  {count:>7,}  {what}" for what, count in tally.injected.most_common()))
    _say(f"{len(tally.failed)} seeds failed.", *(f"  seed {seed}: {why}" for seed, why in tally.failed))


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
