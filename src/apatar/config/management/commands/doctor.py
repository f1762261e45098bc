"""apatar doctor: every check of the installation, in words; exit 1 where one fails."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django_scopes import scopes_disabled

from apatar.connections.address import public_address
from apatar.connections.credentials import read_credentials
from apatar.connections.models import Connection
from apatar.vault.errors import VaultError

Finding = tuple[bool, str]


class Command(BaseCommand):
    """Check the installation."""

    help = "Check the installation, in words."

    def handle(self, **_options: Any) -> None:
        findings = [found for check in CHECKS for found in check()]
        for good, sentence in findings:
            self.stdout.write(f"{'ok  ' if good else 'FAIL'} {sentence}")
        if not all(good for good, _ in findings):
            raise CommandError("Something needs your attention: see the lines that say FAIL.", returncode=1)


def check_home() -> Iterator[Finding]:
    home: Path = settings.HOME
    probe = home / ".doctor"
    try:
        probe.write_text("ok", encoding="utf-8")
        probe.unlink()
    except OSError:
        yield False, f"The data folder {home} cannot be written to. Give its owner the right, or set APATAR_HOME."
        return
    yield True, f"The data folder is {home}."


def check_keys() -> Iterator[Finding]:
    files = [settings.HOME / name for name in ("keys", "secret-key")]
    # Windows keeps no such bits: there the data folder lies in the user's own profile, which others cannot read.
    open_to_others = [file for file in files if os.name == "posix" and file.exists() and file.stat().st_mode & 0o077]
    for file in open_to_others:
        yield False, f"{file} can be read by others. Run: chmod 600 {file}"
    if not open_to_others:
        yield True, "The keys are in place."


def check_database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield False, f"The database does not answer ({type(error).__name__}). Check DATABASE_URL."
        return
    yield not plan, "The database is up to date." if not plan else "The database is behind. Run: apatar migrate"


def check_address() -> Iterator[Finding]:
    url = public_address()
    good = url.startswith(("https://", "http://localhost"))
    advice = "" if good else " The Web Connector accepts https, or http on localhost only: set APATAR_URL."
    yield good, f"The public address is {url}.{advice}"


def check_secrets() -> Iterator[Finding]:
    try:
        with scopes_disabled():
            for one in Connection.objects.all():
                read_credentials(one)
    except VaultError as error:
        yield False, f"A stored Salesforce secret cannot be opened: {error}"
    except DatabaseError:
        return
    else:
        yield True, "Every stored Salesforce secret can be opened."


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    check_home,
    check_keys,
    check_database,
    check_address,
    check_secrets,
)
