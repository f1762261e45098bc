"""apatar connection problems: what waits, by its cause, for people and for programs."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs.models import Problem
from apatar.runs.snoozing import UNTIL_IT_CHANGES
from tests.accounts.people import owner_of_a_workspace
from tests.journeys import situations

pytestmark = pytest.mark.django_db


def two_of_one_cause_and_a_snoozed_one() -> Connection:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now())
        for name in ("Kern Lighting", "Harbor Tools", "Northern Pines"):
            situations.a_problem(run, name)
        Problem.objects.filter(name="Northern Pines").update(snoozed_until=UNTIL_IT_CHANGES)
    return connection


def said(*words: object) -> str:
    out = StringIO()
    call_command("connection", "problems", *map(str, words), stdout=out)
    return out.getvalue()


def test_a_program_reads_causes_and_records() -> None:
    causes: list[dict[str, Any]] = json.loads(said(two_of_one_cause_and_a_snoozed_one().pk, "--json"))
    assert [(one["number"], one["snoozed"]) for one in causes] == [(2, False), (1, True)]
    assert causes[0]["cause"] == "A vendor in QuickBooks already has the name “…”."
    assert [one["name"] for one in causes[0]["records"]] == ["Kern Lighting", "Harbor Tools"]
    assert causes[0]["records"][0]["next_try"] is None


def test_a_person_reads_the_remedy_once_and_every_sentence() -> None:
    text = said(two_of_one_cause_and_a_snoozed_one().pk)
    assert text.count("remedy: Rename the vendor") == 2
    assert "records: A vendor in QuickBooks already has the name “Harbor Tools”." in text


def test_a_connection_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError):
        said(99)
