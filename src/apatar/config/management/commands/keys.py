"""apatar keys rotate: seal every secret with a new key."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django_scopes import scopes_disabled

from apatar import vault
from apatar.accounts.mfa import reseal_authenticators
from apatar.connections.credentials import reseal
from apatar.connections.models import Connection
from apatar.vault.keyring import KeyRing, new_key

FROM_SETTINGS = (
    "The keys come from APATAR_KEYS. Put a new line in front of them there, restart, and run this command again: it "
    "then seals what the old keys had sealed."
)


class Command(BaseCommand):
    """Make a new key, put it first, and seal every stored secret with it."""

    help = "Seal the stored secrets with a new key."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("rotate", help="make a new key and seal every secret with it")

    def handle(self, **_options: Any) -> None:
        if settings.ENVIRONMENT.secret("APATAR_KEYS"):
            self.stdout.write(FROM_SETTINGS)
        else:
            add_key()
        sealed = reseal_everything()
        self.stdout.write(f"{sealed} secrets are sealed with the newest key. Restart the service now.")


def add_key() -> None:
    """Put a new key first in the file of keys; the old ones stay, for backups made before."""
    file = settings.HOME / "keys"
    if not file.exists():
        raise CommandError(f"{file} is not there. Start the service once, so that it is made.")
    text = f"{new_key()}\n{file.read_text(encoding='utf-8')}"
    draft = file.with_name(".keys.new")
    draft.touch(mode=0o600)
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)
    vault.use(KeyRing.parse(text))


def reseal_everything() -> int:
    """Seal with the current key whatever another one sealed; return how many secrets there are."""
    with scopes_disabled(), transaction.atomic():
        connections = [reseal(connection) for connection in Connection.objects.select_for_update()]
        return sum(connections) + reseal_authenticators()
