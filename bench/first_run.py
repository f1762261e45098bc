"""A first two-way run between the two sandboxes: what the service itself spends on it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from bench.figures import Figure, Measured, Spread
from bench.installation import Installation
from bench.one_session import Stage, staged, told

TARGET = 60
SAME = 30


def measure(*, quick: bool) -> list[Figure]:
    size = 1_000 if quick else 10_000
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        installation.new_company("--customers", str(size))
        with staged(installation, accounts=size, same=SAME, direction="both", pairs=("accounts_customers",)) as stage:
            return [_run(stage, f"{title}, {size:,} and {size:,}") for title in ("first run", "second run")]


def _run(stage: Stage, title: str) -> Figure:
    run, spent = stage.hold()
    own = Measured(Spread.of([spent.cpu]))
    return Figure(title, "s of the service's CPU", own, TARGET, at_most=True, notes=(str(spent), told(run)))
