"""apatar user add EMAIL: register a person with a workspace of their own."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import BaseCommand, CommandError
from django.core.validators import validate_email

from apatar.accounts.models import Person
from apatar.accounts.workspaces import register


class Command(BaseCommand):
    """Register people from the command line."""

    help = "Register a person; the password comes from a prompt or from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("add", help="register a person")
        add.add_argument("email")
        add.add_argument("--password-stdin", action="store_true", help="read the password from standard input")

    def handle(self, *, email: str, password_stdin: bool, **_options: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass.getpass("Password: ")
        try:
            validate_email(email)
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        if Person.objects.filter(email__iexact=email).exists():
            raise CommandError(f"{email} is registered already. Log in, or reset the password on the login page.")
        register(email, password)
        self.stdout.write(f"{email} is registered.")
