"""apatar user add|password EMAIL: register a person with a workspace of their own, or set a new password."""

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
        for verb, what in (("add", "register a person"), ("password", "set a new password")):
            parser_of_verb = verbs.add_parser(verb, help=what)
            parser_of_verb.add_argument("email")
            parser_of_verb.add_argument("--password-stdin", action="store_true", help="read it from standard input")

    def handle(self, *, verb: str, email: str, password_stdin: bool, **_options: Any) -> None:
        password = sys.stdin.readline().rstrip("\r\n") if password_stdin else getpass.getpass("Password: ")
        try:
            validate_email(email)
            validate_password(password)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        person = Person.objects.filter(email__iexact=email).first()
        self._add(person, email, password) if verb == "add" else self._set(person, email, password)

    def _add(self, known: Person | None, email: str, password: str) -> None:
        if known is not None:
            raise CommandError(f"{email} is registered already. Log in, or run: apatar user password {email}")
        register(email, password)
        self.stdout.write(f"{email} is registered.")

    def _set(self, known: Person | None, email: str, password: str) -> None:
        if known is None:
            raise CommandError(f"{email} is not registered. Run: apatar user add {email}")
        known.set_password(password)
        known.save(update_fields=["password"])
        self.stdout.write(f"{email} has a new password. Type it into the Web Connector as well.")
