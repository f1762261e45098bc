"""The pages of people: 5,000 of everything among 100,000 linked records, asked for as a browser would."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, Measured, Spread
from bench.installation import Installation

MANY, LINKED = 5_000, 100_000
TARGET = 500


def measure(*, quick: bool) -> list[Figure]:
    linked = LINKED // 10 if quick else LINKED
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        installation.environment["DJANGO_SETTINGS_MODULE"] = "apatar.config.settings"
        installation.apatar("migrate")
        told = json.loads(installation.python("-m", "bench.screens_asked", str(MANY), str(linked)))
    return [_figure(page, rounds) for page, rounds in told["pages"].items()]


def _figure(page: str, rounds: list[float]) -> Figure:
    return Figure(f"page, {page}", "ms", Measured(Spread.of([1_000 * one for one in rounds])), TARGET, at_most=True)
