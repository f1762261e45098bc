"""apatar work: workers only, on as many machines as one likes (PostgreSQL)."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from apatar import jobs
from apatar.jobs.errors import JobsError


class Command(BaseCommand):
    """Run workers until told to stop."""

    help = "Run workers only; needs PostgreSQL."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--processes", type=int, default=1, metavar="N")

    def handle(self, *, processes: int, **_options: Any) -> None:
        try:
            jobs.work(processes=processes)
        except JobsError as error:
            raise CommandError(str(error)) from error
