"""The worker's way to the org of a run: one client, its calls counted."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import F

from apatar.connections.salesforce import open_client, transport_of
from apatar.runs.models import Run
from apatar.salesforce.client import Client


@contextmanager
def salesforce(run: Run) -> Iterator[Client]:
    """Yield a client of the right org; its calls are counted whatever happens."""
    with transport_of() as transport:
        try:
            client, _ = open_client(run.connection, transport)
            yield client
        finally:
            Run.objects.filter(pk=run.pk).update(salesforce_calls=F("salesforce_calls") + transport.calls)
