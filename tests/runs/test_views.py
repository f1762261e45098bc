"""Every door of a run, and what is behind it."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Problem, Run
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations

pytestmark = pytest.mark.django_db


def a_connection(owner: Someone) -> Connection:
    return situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())


def a_run(owner: Someone) -> Run:
    """The last run of a busy month, with changes, a conflict and a problem."""
    return situations.a_month_of_runs(a_connection(owner), now=timezone.now())


def doors(run: Run) -> list[str]:
    of_connection = f"/connections/{run.connection_id}/"
    return [
        f"{of_connection}runs/",
        f"{of_connection}problems/",
        f"{of_connection}conflicts/",
        f"/runs/{run.pk}/",
        f"/runs/{run.pk}/live/",
    ]


def the_problem() -> Problem:
    with scopes_disabled():
        return Problem.objects.get()


def test_whoever_belongs_to_the_workspace_may_look() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    for someone in (owner, teammate_of(owner), viewer_with(owner)):
        assert [someone.browser.get(door).status_code for door in doors(run)] == [200] * 5


def test_a_stranger_finds_nothing() -> None:
    run = a_run(owner_of_a_workspace())
    other = stranger()
    assert [other.browser.get(door).status_code for door in doors(run)] == [404] * 5


def test_a_visitor_is_asked_to_log_in() -> None:
    run = a_run(owner_of_a_workspace())
    answers = [visitor().get(door) for door in doors(run)]
    assert all(answer.headers["Location"].startswith("/login/?next=") for answer in answers)


def test_only_members_have_a_problem_tried_again() -> None:
    owner = owner_of_a_workspace()
    a_run(owner)
    again = f"/problems/{the_problem().pk}/again/"
    assert stranger().browser.post(again).status_code == 404
    assert viewer_with(owner).browser.post(again).status_code == 403
    assert the_problem().retry_at is None
    assert teammate_of(owner).browser.post(again).status_code == 302
    assert the_problem().retry_at is not None


def test_the_history_has_pages() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    first = owner.browser.get(f"/connections/{run.connection_id}/runs/").content.decode()
    second = owner.browser.get(f"/connections/{run.connection_id}/runs/?page=2").content.decode()
    assert "Page 1 of 2" in first
    assert ">Run 101</a>" in first
    assert ">Run 101</a>" not in second


def test_a_connection_without_runs_says_what_comes_next() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(f"/connections/{a_connection(owner).pk}/runs/").content.decode()
    assert "The first run comes with the first call" in page


def test_a_run_shows_each_field_before_and_after() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(f"/runs/{a_run(owner).pk}/").content.decode()
    assert "<del>555-0100</del>" in page
    assert "<ins>555-0199</ins>" in page
    assert "Updated · Customer in QuickBooks" in page


def test_a_run_shows_only_the_fields_that_differ() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(f"/runs/{a_run(owner).pk}/?operation=update").content.decode()
    assert "BillAddress.City" in page
    assert '<th scope="row" data-label="Field">Name</th>' not in page


def test_the_numbers_of_a_run_lead_to_what_they_count() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    page = owner.browser.get(f"/runs/{run.pk}/").content.decode()
    assert '<a href="?side=quickbooks&amp;operation=create#changes">3</a>' in page
    created = owner.browser.get(f"/runs/{run.pk}/?side=quickbooks&operation=create").content.decode()
    assert "Baker&#x27;s Professional Lighting" in created
    assert "Updated · Customer" not in created


def test_nothing_is_linked_where_nothing_is_counted() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now())
    with scopes_disabled():
        Run.objects.filter(pk=run.pk).update(counts={"salesforce": {"created": 2}, "quickbooks": {}})
    page = owner.browser.get(f"/connections/{connection.pk}/runs/").content.decode()
    assert f'<a href="/runs/{run.pk}/?operation=create#changes">2</a>' in page
    assert page.count(">0</td>") == 3
    assert ">0</a>" not in page


def test_a_sentence_that_repeats_the_figures_is_left_out() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    assert "2 created, 1 updated" not in owner.browser.get(f"/runs/{run.pk}/").content.decode()
    with scopes_disabled():
        Run.objects.filter(pk=run.pk).update(message=f"{run.message} 3 writes were not confirmed.")
    assert "3 writes were not confirmed" in owner.browser.get(f"/runs/{run.pk}/").content.decode()


def test_a_run_stands_under_connections() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(f"/runs/{a_run(owner).pk}/").content.decode()
    assert '<a href="/connections/" aria-current="page">' in page


def test_a_refused_change_says_why() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(f"/runs/{a_run(owner).pk}/").content.decode()
    assert "The name is used by a vendor in QuickBooks." in page


def test_a_problem_says_what_to_do() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    page = owner.browser.get(f"/connections/{run.connection_id}/problems/").content.decode()
    assert "A vendor in QuickBooks already has the name" in page
    assert "Rename the vendor or the account" in page


def test_a_conflict_shows_the_value_that_lost() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    page = owner.browser.get(f"/connections/{run.connection_id}/conflicts/").content.decode()
    assert "555-0111" in page
    assert "Lost; kept here" in page


def test_a_conflict_that_waits_can_be_decided_where_it_is_shown() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    with scope(connection=run.connection):
        situations.a_conflict(run, winner="")
    page = owner.browser.get(f"/connections/{run.connection_id}/conflicts/").content.decode()
    assert "Waits for you" in page
    assert "Keep Salesforce&#x27;s" in page or "Keep Salesforce's" in page


def test_a_run_at_work_is_looked_at_again_until_it_ends() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    now = timezone.now()
    with scope(connection=connection):
        run = situations.a_run_at_work(connection, 1, at=now)
    live = owner.browser.get(f"/runs/{run.pk}/live/")
    assert 'hx-trigger="every 2s"' in live.content.decode()
    assert "HX-Refresh" not in live.headers
    with scopes_disabled():
        Run.objects.filter(pk=run.pk).update(finished_at=now + timedelta(seconds=1), outcome="ok")
    ended = owner.browser.get(f"/runs/{run.pk}/live/")
    assert "hx-trigger" not in ended.content.decode()
    assert ended.headers["HX-Refresh"] == "true"


def test_values_from_outside_are_escaped() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    with scope(connection=run.connection):
        situations.a_change(run, "<script>alert(1)</script>")
    page = owner.browser.get(f"/runs/{run.pk}/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
