"""apatar backup FILE: the database and its keys in one file."""

import os
import sqlite3
import tempfile
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

DATABASE = "apatar.sqlite3"
KEPT = ("keys", "secret-key")
POSTGRESQL = (
    "This installation keeps its data in PostgreSQL: back it up with pg_dump, and keep a copy of {home}/keys with "
    "it. Without the keys the stored Salesforce secrets cannot be opened."
)


class Command(BaseCommand):
    """Write everything into one file, also while the service runs."""

    help = "Write the database and its keys into one file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_options: Any) -> None:
        if settings.POSTGRESQL:
            raise CommandError(POSTGRESQL.format(home=settings.HOME))
        if file.exists():
            raise CommandError(f"{file} is there already. Name another file, or remove it first.")
        write_backup(Path(settings.DATABASES["default"]["NAME"]), settings.HOME, file)
        self.stdout.write(f"Everything is in {file}. It holds the keys too: keep it where nobody else can read it.")


def write_backup(database: Path, home: Path, file: Path) -> None:
    """Copy the running database consistently, and zip it with the keys; only the owner can read the result."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        copy = Path(folder) / DATABASE
        with sqlite3.connect(database) as source, sqlite3.connect(copy) as target:
            source.backup(target)
        source.close()
        target.close()
        handle = os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        with handle, zipfile.ZipFile(handle, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(copy, DATABASE)
            for name in KEPT:
                if (home / name).exists():
                    archive.write(home / name, name)
