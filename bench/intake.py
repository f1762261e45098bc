"""Taking customers in: from the bytes of the SOAP body to committed rows, in one process on one core."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.figures import Figure, Measured, Spread
from bench.installation import NO_ORG, Installation
from bench.pages import SIZE

SHAPES = ("full", "lean")
TARGETS = {"new": 8_000, "unchanged": 20_000}


def measure(*, quick: bool) -> list[Figure]:
    """Each way to take pages in gets a process of its own, so that none inherits another's memory."""
    pages, rounds = (3, 3) if quick else (10, 5)
    return [figure for shape in SHAPES for figure in _measured(shape, str(pages), str(rounds))]


def _measured(shape: str, pages: str, rounds: str) -> list[Figure]:
    """Measure in an installation of its own: what another shape has stored would not be new."""
    with TemporaryDirectory(prefix="apatar-bench-") as name:
        installation = Installation(Path(name))
        installation.environment["DJANGO_SETTINGS_MODULE"] = "apatar.config.settings"
        installation.new_company("--customers", str(SIZE))
        user = installation.connect(NO_ORG, direction="to-quickbooks")["webconnector_user"]
        file = str(installation.company_file)
        told = installation.python("-m", "bench.intake_ways", file, user, shape, pages, rounds)
    return _figures(json.loads(told))


def _figures(told: dict[str, Any]) -> list[Figure]:
    """`told` is what `intake_ways` prints: bytes a customer, and by way and kind the rates by clock and by CPU."""
    size = told["bytes"]
    notes = (f"{size:,.0f} bytes of qbXML a customer; pages of {SIZE:,}; one page is one SOAP call and one commit.",)
    return [
        Figure(
            f"customers taken in, {kind} ({size / 1000:.1f} kB each)",
            "records/s",
            _rate(told["service"][kind]),
            target,
            floor=_rate(told["floor"][kind]),
            peer=_rate(told["peer"][kind]),
            notes=notes if kind == "new" else (),
        )
        for kind, target in TARGETS.items()
    ]


def _rate(rounds: dict[str, list[float]]) -> Measured:
    return Measured(Spread.of(rounds["clock"]), Spread.of(rounds["cpu"]))
