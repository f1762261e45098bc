"""The figures as a table for people."""

import os
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from bench.figures import Figure, Measured

WIDTH = 150
"""Narrower, spreads would break in the middle."""


def show(figures: Sequence[Figure]) -> None:
    console = Console(width=max(Console().width, WIDTH))
    table = Table("Figure", "Unit", title="Speed", show_lines=True)
    for name in ("", "Service", "Target", "Floor", "Peer: qbwc-kit"):
        table.add_column(name, no_wrap=True)
    for figure in figures:
        ways = (figure.service, figure.floor, figure.peer)
        service, floor, peer = ("\n".join(_told(way)) for way in ways)
        clocks = "clock\nCPU" if figure.service.cpu else ""
        table.add_row(figure.name, figure.unit, clocks, service, _target(figure), floor, peer)
    console.print(table)
    for figure in figures:
        for note in figure.notes:
            console.print(f"{figure.name}: {note}", highlight=False, markup=False)
    console.print(surroundings(), highlight=False, markup=False)


def surroundings() -> str:
    """Say what else kept the machine busy: figures by the clock suffer from it, those by CPU time hardly."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores; load of the last 1, 5 and 15 minutes, the benchmark's own included: {load}."


def _told(way: Measured | None) -> list[str]:
    return [] if way is None else [str(spread) for spread in (way.clock, way.cpu) if spread]


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    sign = "≤" if figure.at_most else "≥"
    return f"{sign} {figure.target:,.0f}\n{'met' if figure.met else 'missed'}"
