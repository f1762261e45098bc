"""Prints people with paused connections as JSON, in the installation named by APATAR_HOME: `-m bench.people N`."""

import json
import sys
from datetime import UTC, datetime

import django

django.setup()

from django_scopes import scopes_disabled  # noqa: E402

from apatar.accounts.models import Membership  # noqa: E402 Django must be set up first
from apatar.accounts.workspaces import register  # noqa: E402
from apatar.connections.models import Connection  # noqa: E402
from bench.installation import COMPANY, PASSWORD  # noqa: E402


def add(number: int) -> str:
    """Register a person with one paused connection and return the Web Connector's user name."""
    person = register(f"bench{number}@example.com", PASSWORD)
    membership = Membership.objects.get(person=person)
    paused = Connection.objects.create(
        workspace=membership.workspace, owner=person, company=COMPANY, paused_at=datetime.now(UTC)
    )
    return paused.webconnector_user


with scopes_disabled():
    print(json.dumps([add(number) for number in range(int(sys.argv[1]))]))
