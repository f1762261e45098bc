"""The words of the command line, and how a command fails."""

import sys

from apatar.config.environment import SettingError
from apatar.vault.errors import BadKeyRing

OURS = {
    "serve": "run the service: pages, the Web Connector's door and the worker",
    "work": "run workers only (PostgreSQL)",
    "migrate": "bring the database up to date",
    "doctor": "check the installation, in words",
    "user": "add EMAIL: register a person · password EMAIL: set a new password",
    "connection": "add | list | show ID | qwc ID | prepare ID",
    "run": "list | show ID | release ID",
    "backup": "FILE: write everything into one file",
    "restore": "FILE: put a backup back",
    "keys": "rotate: seal the secrets with a new key",
    "demo": "run the main job on the sandbox",
    "sandbox": "salesforce | quickbooks | webconnector: the two systems and the Web Connector on this machine",
}
DJANGO = {"makemigrations", "check", "shell", "collectstatic", "createcachetable", "showmigrations"}


def run(words: list[str]) -> int:
    """Run one command and return its exit code; whoever is wrong is told in a sentence."""
    command = words[0] if words else "help"
    if command not in OURS and command not in DJANGO:
        return _help(command)
    try:
        return _execute(words)
    except (SettingError, BadKeyRing) as error:
        sys.stderr.write(f"apatar: {error}\n")
        return 2


def _execute(words: list[str]) -> int:
    from django.core.management import ManagementUtility  # noqa: PLC0415 the settings are read here first

    ManagementUtility(["apatar", *words]).execute()
    return 0


def _help(command: str) -> int:
    asked = command in {"help", "--help", "-h"}
    stream = sys.stdout if asked else sys.stderr
    if not asked:
        stream.write(f"apatar: there is no command {command!r}.\n")
    stream.write("usage: apatar COMMAND …\n\n")
    for name, what in OURS.items():
        stream.write(f"  {name:<12}{what}\n")
    return 0 if asked else 2
