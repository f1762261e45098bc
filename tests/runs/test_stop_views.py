"""A run that stopped with a question: what its page shows, who may answer, and what follows."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.accounts.models import AuditEvent
from apatar.runs.models import Outcome, Record, Run, Side, Watermark
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations

pytestmark = pytest.mark.django_db

SURE = {"sure": "yes"}


def a_stopped_run(owner: Someone) -> Run:
    """A run that found six accounts gone."""
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    run = situations.a_finished_run(connection, 1, at=now - timedelta(minutes=5), outcome=Outcome.STOPPED)
    run.stop_code = "wave_of_deletions"
    run.message = "6 of 20 (30 %) linked records were deleted in Salesforce since the last run. Nothing was written."
    with scope(connection=connection):
        run.save()
        for number in range(6):
            Record.objects.create(
                connection=connection,
                side=Side.SALESFORCE,
                object_type="Account",
                remote_id=f"00100000000000{number}AAA",
                name=f"Lamps {number}",
                raw="{}",
                version="1",
                deleted_at=now,
            )
    return run


def page(someone: Someone, run: Run) -> str:
    return " ".join(someone.browser.get(f"/runs/{run.pk}/").content.decode().split())


def door(run: Run) -> str:
    return f"/runs/{run.pk}/go-on/"


def as_it_stands(run: Run) -> Run:
    with scopes_disabled():
        return Run.objects.select_related("connection").get(pk=run.pk)


def test_owners_and_teammates_answer_and_nobody_else() -> None:
    owner = owner_of_a_workspace()
    run = a_stopped_run(owner)
    assert visitor().post(door(run), SURE).headers["Location"].startswith("/login/")
    assert stranger().browser.post(door(run), SURE).status_code == 404
    assert viewer_with(owner).browser.post(door(run), SURE).status_code == 403
    assert owner.browser.get(door(run)).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner.person)
    assert strict.post(door(run), SURE).status_code == 403
    assert as_it_stands(run).released_at is None

    teammate = teammate_of(owner)
    assert teammate.browser.post(door(run), SURE).status_code == 302

    answered = as_it_stands(run)
    assert answered.released_by == teammate.person.email
    assert answered.connection.sync_asked_at is not None
    with scopes_disabled():
        assert Record.objects.filter(gone_known=False).count() == 0
        assert AuditEvent.objects.filter(what="let it go on after run 1").count() == 1


def test_the_page_shows_what_is_gone_and_asks() -> None:
    owner = owner_of_a_workspace()
    run = a_stopped_run(owner)
    text = page(owner, run)
    assert "What is gone (6)" in text
    assert "Lamps 5" in text
    assert "Yes, 6 records were meant to go" in text
    assert "but not answer" in page(viewer_with(owner), run)

    assert "Tick the box" in owner.browser.post(door(run), follow=True).content.decode()
    owner.browser.post(door(run), SURE)
    assert "Answered" in page(owner, run)
    headline = owner.browser.get(f"/connections/{run.connection_id}/").content.decode()
    assert "Goes on" in headline


def test_the_page_of_a_restored_file_asks_for_that() -> None:
    owner = owner_of_a_workspace()
    run = a_stopped_run(owner)
    with scope(connection=run.connection):
        Run.objects.filter(pk=run.pk).update(stop_code="restored_file")
    text = page(owner, run)
    assert "Yes, go on with the restored file" in text
    assert "What is gone" not in text
    owner.browser.post(door(run), SURE)
    with scope(connection=run.connection):
        assert Watermark.objects.get().position == "again"


def test_only_the_newest_run_is_answered() -> None:
    owner = owner_of_a_workspace()
    run = a_stopped_run(owner)
    situations.a_finished_run(run.connection, 2, at=timezone.now())
    assert "Run 2 came after it" in page(owner, run)
    owner.browser.post(door(run), SURE)
    assert as_it_stands(run).released_at is None
