"""The dry run on the pages: who may ask and release, what stands there, and why something cannot be released."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.accounts.models import AuditEvent
from apatar.connections.models import Connection
from apatar.runs.models import Run
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations
from tests.journeys.plans import a_dry_run, a_plan, a_planned_change, carried_out

pytestmark = pytest.mark.django_db

SURE = {"sure": "yes"}


def a_connection(owner: Someone) -> Connection:
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    situations.what_the_org_says(connection)
    return connection


def the_plan(owner: Someone) -> Run:
    return a_plan(a_connection(owner), 1, at=timezone.now() - timedelta(minutes=5))


def as_it_stands(run: Run) -> Run:
    with scopes_disabled():
        return Run.objects.select_related("connection").get(pk=run.pk)


def page(someone: Someone, run: Run, **asked: str) -> str:
    answer = someone.browser.get(f"/runs/{run.pk}/", asked)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def names_on(text: str) -> list[str]:
    changes = text.partition('id="changes"')[2]
    return re.findall(r"<h3>(.*?)</h3>", changes)


def page_of_connection(someone: Someone, connection: Connection) -> str:
    return " ".join(someone.browser.get(f"/connections/{connection.pk}/").content.decode().split())


def test_members_and_owners_ask_for_a_dry_run_and_nobody_else() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    door = f"/connections/{connection.pk}/dry-run/"
    assert visitor().post(door).headers["Location"].startswith("/login/")
    assert stranger().browser.post(door).status_code == 404
    assert viewer_with(owner).browser.post(door).status_code == 403
    assert owner.browser.get(door).status_code == 405
    with scopes_disabled():
        assert Connection.objects.get().dry_run_asked_at is None
    for someone in (owner, teammate_of(owner)):
        assert someone.browser.post(door).status_code == 302
        with scopes_disabled():
            assert Connection.objects.get().dry_run_asked_at is not None
            assert Connection.objects.get().sync_asked_at is not None
        assert someone.browser.post(door, {"action": "take-back"}).status_code == 302
        with scopes_disabled():
            assert Connection.objects.get().dry_run_asked_at is None


def test_only_those_who_may_change_things_see_the_button() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert 'id="dry-run">Dry run</button>' in page_of_connection(owner, connection)
    assert 'id="dry-run"' not in page_of_connection(viewer_with(owner), connection)


def test_a_dry_run_that_is_asked_for_is_said_and_can_be_taken_back() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    owner.browser.post(f"/connections/{connection.pk}/dry-run/")
    text = page_of_connection(owner, connection)
    assert "The next call of the Web Connector shows what would be written, on both sides, and writes nothing." in text
    assert "Take back" in text
    seen = page_of_connection(viewer_with(owner), connection)
    assert "writes nothing" in seen
    assert "Take back" not in seen


def test_a_run_that_is_going_on_ends_before_the_dry_run() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        situations.a_run_at_work(connection, 1, at=timezone.now())
    owner.browser.post(f"/connections/{connection.pk}/dry-run/")
    assert "The run that is going on ends first. The next one shows" in page_of_connection(owner, connection)


@pytest.mark.parametrize("door", ["/connections/{0.connection_id}/dry-run/", "/runs/{0.pk}/release/"])
def test_asking_and_releasing_need_their_csrf_token(door: str) -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(door.format(plan), SURE).status_code == 403
    assert as_it_stands(plan).released_at is None


def test_members_and_owners_release_and_nobody_else() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    door = f"/runs/{plan.pk}/release/"
    assert visitor().post(door, SURE).headers["Location"].startswith("/login/")
    other, viewer = stranger().browser, viewer_with(owner).browser
    assert [other.get(door).status_code, other.post(door, SURE).status_code] == [404, 404]
    assert [viewer.get(door).status_code, viewer.post(door, SURE).status_code] == [403, 403]
    assert as_it_stands(plan).released_at is None
    teammate = teammate_of(owner)
    assert "Yes, write 5 changes" in teammate.browser.get(door).content.decode()
    assert teammate.browser.post(door, SURE).status_code == 302
    assert as_it_stands(plan).released_by == "teammate@example.com"


def test_nothing_is_released_without_the_tick() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    answer = owner.browser.post(f"/runs/{plan.pk}/release/", follow=True)
    assert "Nothing was released. Tick the box if you are sure." in answer.content.decode()
    assert as_it_stands(plan).released_at is None


def test_a_release_is_said_with_its_person_and_makes_the_next_call_a_run() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    owner.browser.post(f"/connections/{plan.connection_id}/dry-run/")
    owner.browser.post(f"/runs/{plan.pk}/release/", SURE)
    released = as_it_stands(plan)
    assert released.connection.dry_run_asked_at is None
    assert released.connection.sync_asked_at == released.released_at
    text = page(owner, plan)
    assert "Released</span> by owner@example.com" in text
    assert "The next run carries it out" in text
    assert "Release …" not in text
    assert "The next call of the Web Connector writes exactly that." in page_of_connection(owner, plan.connection)
    with scopes_disabled():
        assert AuditEvent.objects.filter(what="released run 1", who="owner@example.com").count() == 1


def test_the_totals_lead_to_what_they_count() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    text = page(owner, plan)
    link = "?pair=accounts_customers&amp;side=quickbooks&amp;operation=update#changes"
    assert f'<a href="{link}">2</a>' in text
    asked = {"pair": "accounts_customers", "side": "quickbooks", "operation": "update"}
    assert names_on(page(owner, plan, **asked)) == ["Cook, Brian", "Lee, Dora"]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Cook, Brian", "Lee, Dora", "Kern Lighting", "Kern, Maria", "Abel Bakery"]),
        ({"pair": "contacts"}, ["Kern, Maria"]),
        ({"side": "salesforce"}, ["Abel Bakery"]),
        ({"operation": "create", "side": "quickbooks"}, ["Kern Lighting", "Kern, Maria"]),
        ({"name": "kern"}, ["Kern Lighting", "Kern, Maria"]),
        ({"name": "kern", "pair": "accounts_customers"}, ["Kern Lighting"]),
        ({"name": "100%_'"}, []),
        ({"name": "Kern\0 Li"}, ["Kern Lighting"]),
        ({"side": "upside", "operation": "dance", "state": "of the art", "page": "x"}, None),
    ],
)
def test_the_list_is_narrowed(asked: dict[str, str], names: list[str] | None) -> None:
    owner = owner_of_a_workspace()
    found = names_on(page(owner, the_plan(owner), **asked))
    assert len(found) == 5 if names is None else found == names


def test_a_change_is_shown_field_by_field() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, the_plan(owner), name="Cook")
    assert "Would be updated · Customer in QuickBooks" in text
    assert "<del>555-0100</del>" in text
    assert "<ins>555-0199</ins>" in text


def test_what_comes_later_says_what_it_waits_for() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    assert "As soon as its account is there" in page(owner, plan, pair="contacts")
    assert "As soon as" not in page(owner, plan, pair="accounts_customers")


def test_what_is_left_out_says_why() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, the_plan(owner))
    assert "1 record would not be written." in text
    assert "A vendor in QuickBooks already has the name" in text


def test_a_long_plan_has_pages_that_keep_the_choice() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        plan = a_dry_run(connection, 1, at=timezone.now())
        for number in range(60):
            a_planned_change(plan, f"Customer {number:02}")
    for asked in ({}, {"name": "customer"}):
        text = page(owner, plan, **asked, operation="create", page="3")
        assert "Page 3 of 3" in text
        assert names_on(text) == [f"Customer {number}" for number in range(50, 60)]
        assert "operation=create&amp;page=2#changes" in text
    assert "Page 3 of 3" in page(owner, plan, page="99")


def test_of_very_many_that_are_named_alike_only_the_first_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apatar.runs.choosing.MOST_NAMED", 2)
    monkeypatch.setattr("apatar.runs.plan_views.MOST_NAMED", 2)
    owner = owner_of_a_workspace()
    text = page(owner, the_plan(owner), name="e")
    assert "The first 2 changes" in text
    assert len(names_on(text)) == 2


def test_values_of_a_plan_are_escaped() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    with scope(connection=plan.connection):
        a_planned_change(plan, "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page(owner, plan, name="<script>alert(1)")


def test_a_plan_that_found_nothing_says_so_and_is_not_released() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        plan = a_dry_run(connection, 1, at=timezone.now())
    text = page(owner, plan)
    assert "Nothing would be written. Both sides agree." in text
    assert "There is nothing to release" in text
    assert "Release …" not in text


def test_a_plan_that_a_run_came_after_says_why_it_cannot_be_released() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    with scope(connection=plan.connection):
        situations.a_finished_run(plan.connection, 2, at=timezone.now())
    assert "Run 2 came after it and decided anew" in page(owner, plan)
    answer = owner.browser.post(f"/runs/{plan.pk}/release/", SURE, follow=True)
    assert "Not released. Run 2 came after it" in answer.content.decode()
    assert as_it_stands(plan).released_at is None


def test_a_plan_of_last_week_says_why_it_cannot_be_released() -> None:
    owner = owner_of_a_workspace()
    plan = a_plan(a_connection(owner), 1, at=timezone.now() - timedelta(days=8))
    assert "It is older than 7 days" in page(owner, plan)
    owner.browser.post(f"/runs/{plan.pk}/release/", SURE)
    assert as_it_stands(plan).released_at is None


def test_a_run_that_wrote_cannot_be_released() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now())
    answer = owner.browser.post(f"/runs/{run.pk}/release/", SURE, follow=True)
    assert "Only a dry run, or a run that was held, can be released" in answer.content.decode()


def test_a_released_plan_leads_to_the_run_that_carried_it_out_and_to_what_came_up() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    run = carried_out(plan, 2, at=timezone.now())
    text = page(owner, plan)
    assert f'<a href="/runs/{run.pk}/">Run 2</a> carried it out' in text
    assert f'<a href="/runs/{run.pk}/?state=shown#changes">1 change</a> came up since this look and was' in text
    came_up = page(owner, run, state="shown")
    assert names_on(came_up) == ["Late Comer"]
    assert f'It carries out what <a href="/runs/{plan.pk}/">run 1</a> showed' in came_up


def test_a_viewer_may_look_at_a_plan_but_not_release_it() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    text = page(viewer_with(owner), plan)
    assert "You can look at it, but not release it." in text
    assert "Release …" not in text
    assert stranger().browser.get(f"/runs/{plan.pk}/").status_code == 404


def test_a_held_run_says_why_it_waits() -> None:
    owner = owner_of_a_workspace()
    plan = the_plan(owner)
    sentence = "4 records would be created in QuickBooks, and you want to see more than 3 first."
    with scopes_disabled():
        Run.objects.filter(pk=plan.pk).update(is_dry=False, message=sentence)
    assert sentence in page(owner, plan)
