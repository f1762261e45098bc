"""apatar restore FILE: put a backup back."""

import os
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import connections

from apatar.config.management.commands.backup import DATABASE, KEPT, POSTGRESQL


class Command(BaseCommand):
    """Put a backup back into an installation that holds no data yet, or into one that is told to give it up."""

    help = "Put a backup back; stop the service first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="give up what is there now")

    def handle(self, *, file: Path, replace: bool, **_options: Any) -> None:
        if settings.POSTGRESQL:
            raise CommandError(POSTGRESQL.format(home=settings.HOME))
        if not zipfile.is_zipfile(file):
            raise CommandError(f"{file} is not a backup of Apatar On-Demand.")
        database = Path(settings.DATABASES["default"]["NAME"])
        if database.exists() and not replace:
            raise CommandError(f"{database} holds data. Add --replace to give it up for the backup.")
        connections.close_all()
        put_back(file, database, settings.HOME)
        self.stdout.write("The backup is back. Start the service with: apatar serve")


def put_back(file: Path, database: Path, home: Path) -> None:
    """Unpack the backup; each file appears whole or not at all."""
    with zipfile.ZipFile(file) as archive:
        held = set(archive.namelist())
        if DATABASE not in held:
            raise CommandError(f"{file} is not a backup of Apatar On-Demand.")
        for beside in (f"{database}-wal", f"{database}-shm"):
            Path(beside).unlink(missing_ok=True)
        for name in sorted(held & {DATABASE, *KEPT}):
            target = database if name == DATABASE else home / name
            draft = target.with_name(f".{target.name}.restored")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
                handle.write(archive.read(name))
            draft.replace(target)
