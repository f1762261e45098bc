"""Keeps only the named pairs of objects of a connection in step: `-m bench.pairs CONNECTION NAME…`."""

import sys
from collections.abc import Collection

import django

django.setup()

from django_scopes import scopes_disabled  # noqa: E402

from apatar.connections.maps import save_map  # noqa: E402 Django must be set up first
from apatar.connections.models import Connection  # noqa: E402
from apatar.sync.pairs import PAIRS  # noqa: E402


def keep_only(connection: int, names: Collection[str]) -> None:
    chosen = {one.name: {"enabled": one.name in names} for one in PAIRS}
    save_map(Connection.objects.get(pk=connection), {"pairs": chosen}, None, "For the benchmark")


with scopes_disabled():
    keep_only(int(sys.argv[1]), sys.argv[2:])
