"""Numbers for monitoring, computed from the database at every scrape; no process keeps a count of its own."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count
from django_scopes import scopes_disabled
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from apatar.connections.glance import expected_gap
from apatar.connections.models import Connection
from apatar.connections.schedule import is_silent
from apatar.runs.models import Conflict, Outcome, Problem, Run

LATELY = timedelta(days=1)


class Installation(Collector):
    """What the whole installation holds; it counts over all workspaces and names none."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        with scopes_disabled():  # numbers only: no row of any tenant leaves
            yield from [self._connections(), self._silent(), self._runs(), self._problems(), self._conflicts()]

    def _connections(self) -> Metric:
        return _gauge("apatar_connections", "Connections that are set up.", Connection.objects.count())

    def _silent(self) -> Metric:
        called = Connection.objects.filter(paused_at=None).exclude(last_call_at=None)
        silent = sum(
            is_silent(now=self.now, last_call=one.last_call_at, frequency=expected_gap(one))
            for one in called.only("frequency_minutes", "last_call_at", "call_before_last_at").iterator()
        )
        return _gauge("apatar_silent_connections", "Connections whose Web Connector is overdue.", silent)

    def _runs(self) -> Metric:
        family = GaugeMetricFamily("apatar_runs_last_day", "Runs begun in the last 24 hours.", labels=["outcome"])
        recent = Run.objects.filter(started_at__gte=self.now - LATELY).order_by()
        counts = dict(recent.values_list("outcome").annotate(Count("id")))
        for outcome in Outcome:
            family.add_metric([outcome.value or "running"], counts.get(outcome.value, 0))
        return family

    def _problems(self) -> Metric:
        return _gauge("apatar_open_problems", "Records that wait.", Problem.objects.filter(closed_at=None).count())

    def _conflicts(self) -> Metric:
        waiting = Conflict.objects.filter(winner="", chosen="", resolved_at=None).count()
        return _gauge("apatar_open_conflicts", "Conflicts that wait for a person.", waiting)


def exposition(*, now: datetime) -> bytes:
    """Return the numbers in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(Installation(now=now))
    return generate_latest(registry)


def _gauge(name: str, words: str, value: int) -> Metric:
    return GaugeMetricFamily(name, words, value=value)
