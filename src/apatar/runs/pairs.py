"""The pairs of objects that a run keeps in step: those of the version of the map that it was opened with."""

from apatar.connections.map import pairs_of
from apatar.runs.models import Run
from apatar.sync.mapping import ObjectMapping


def pairs_of_run(run: Run) -> tuple[ObjectMapping, ...]:
    """Return the pairs, parents first, narrowed to what the org offers."""
    return pairs_of(run.connection, run.map_number)


def pair_of_run(run: Run, name: str) -> ObjectMapping | None:
    return next((one for one in pairs_of_run(run) if one.name == name), None)
