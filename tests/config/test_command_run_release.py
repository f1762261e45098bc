"""Dry runs on the command line: what they would write, and their release."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.runs.models import Outcome, Run
from tests.accounts.people import owner_of_a_workspace
from tests.journeys import situations
from tests.journeys.plans import a_plan

pytestmark = pytest.mark.django_db


def told(*words: str) -> Any:
    out = StringIO()
    call_command("run", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def the_plan() -> Run:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    return a_plan(connection, 1, at=timezone.now() - timedelta(minutes=5))


def test_a_dry_run_tells_what_it_would_write() -> None:
    plan = the_plan()
    [run] = told("list")
    assert run["outcome"] == "shown"
    assert [(one["side"], one["creates"], one["updates"]) for one in run["would_write"]] == [
        ("quickbooks", 1, 2),
        ("salesforce", 1, 0),
        ("quickbooks", 1, 0),
    ]
    assert {one["name"] for one in told("show", str(plan.pk))["changes"] if one["is_later"]} == {"Kern, Maria"}


def test_the_list_shows_in_brackets_what_would_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    the_plan()
    call_command("run", "list")
    assert "(+2 ~2)" in capsys.readouterr().out


def test_a_release_says_who_released_it() -> None:
    plan = the_plan()
    assert told("release", str(plan.pk))["released_by"] == "the command line"
    with scopes_disabled():
        assert Run.objects.get(pk=plan.pk).released_at is not None


def test_a_plan_that_no_longer_counts_is_not_released() -> None:
    plan = the_plan()
    with scope(connection=plan.connection):
        situations.a_finished_run(plan.connection, 2, at=timezone.now())
    with pytest.raises(CommandError, match=r"Run 1 is not released\. Run 2 came after it"):
        told("release", str(plan.pk))
    with pytest.raises(CommandError, match="There is no run 77"):
        told("release", "77")


def test_a_stopped_run_is_answered_once() -> None:
    owner = owner_of_a_workspace()
    now = datetime.now(UTC)
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    run = situations.a_finished_run(connection, 1, at=now, outcome=Outcome.STOPPED)
    with scopes_disabled():
        Run.objects.filter(pk=run.pk).update(stop_code="wave_of_deletions")
    assert told("go-on", str(run.pk))["outcome"] == "stopped"
    with pytest.raises(CommandError, match="the command line has said so already"):
        told("go-on", str(run.pk))
