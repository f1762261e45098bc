"""The pairs of objects that a run keeps in step: those of the version of the map that it was opened with."""

from apatar.connections.map import pairs_of
from apatar.runs.models import Run
from apatar.sync.mapping import ObjectMapping

_KEPT = "_pairs_and_what_they_rest_on"


def pairs_of_run(run: Run) -> tuple[ObjectMapping, ...]:
    """Return the pairs, parents first, narrowed to what the org offers.

    They are kept with this run in memory: they are asked for with every record that is written.
    """
    connection = run.connection
    rest_on = (run.map_number, connection.map_number, connection.qbxml_version, connection.salesforce_schema)
    kept: tuple[object, tuple[ObjectMapping, ...]] | None = run.__dict__.get(_KEPT)
    if kept is not None and kept[0] == rest_on:
        return kept[1]
    pairs = pairs_of(connection, run.map_number)
    run.__dict__[_KEPT] = (rest_on, pairs)
    return pairs


def pair_of_run(run: Run, name: str) -> ObjectMapping | None:
    return next((one for one in pairs_of_run(run) if one.name == name), None)
