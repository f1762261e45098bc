"""Taking back on the pages: who may look and ask, what stands there, how a request is taken back, who is ignored."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from pytest_django import DjangoAssertNumQueries

from apatar.accounts.models import AuditEvent
from apatar.connections.models import Connection
from apatar.runs import undo_preview
from apatar.runs.models import Change, ChangeState, Outcome, Record, Run
from apatar.runs.proposal import Ignored
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations, undos
from tests.journeys.thousands import QUESTIONS

pytestmark = pytest.mark.django_db

SURE = {"action": "run", "sure": "yes"}
NEVER_MIND = {"action": "never-mind"}


def a_connection(owner: Someone) -> Connection:
    return situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())


def the_run(owner: Someone) -> Run:
    return undos.a_run_to_take_back(a_connection(owner), 1, at=timezone.now() - timedelta(minutes=5))


def door(run: Run) -> str:
    return f"/runs/{run.pk}/undo/"


def page(someone: Someone, run: Run, **asked: str) -> str:
    answer = someone.browser.get(door(run), asked)
    assert answer.status_code == 200, answer
    return " ".join(answer.content.decode().split())


def names_on(text: str) -> list[str]:
    return re.findall(r"<h3>(.*?)</h3>", text.partition('id="changes"')[2])


def as_it_stands(run: Run) -> Run:
    with scopes_disabled():
        return Run.objects.select_related("connection").get(pk=run.pk)


def the_change(run: Run, name: str) -> Change:
    with scope(connection=run.connection):
        return Change.objects.get(run=run, name=name)


def taken_back(run: Run, number: int = 2, outcome: Outcome = Outcome.OK) -> Run:
    """A run that takes the other one back, as the engine leaves it: over, or at work."""
    at = timezone.now()
    with scope(connection=run.connection):
        if outcome == Outcome.RUNNING:
            again = situations.a_run_at_work(run.connection, number, at=at)
        else:
            again = situations.a_finished_run(run.connection, number, at=at, outcome=outcome)
        Run.objects.filter(pk=again.pk).update(undoes=run)
    return again


def test_whoever_belongs_to_the_workspace_may_look() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    doors = [door(run), f"{door(run)}counts/", f"/connections/{run.connection_id}/ignored/"]
    for someone in (owner, teammate_of(owner), viewer_with(owner)):
        assert [someone.browser.get(one).status_code for one in doors] == [200, 200, 200]
    other = stranger().browser
    assert [other.get(one).status_code for one in doors] == [404, 404, 404]
    assert all(visitor().get(one).headers["Location"].startswith("/login/?next=") for one in doors)


def test_members_and_owners_ask_and_nobody_else() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    assert stranger().browser.post(door(run), SURE).status_code == 404
    assert viewer_with(owner).browser.post(door(run), SURE).status_code == 403
    assert visitor().post(door(run), SURE).headers["Location"].startswith("/login/")
    assert as_it_stands(run).undo_asked_at is None
    for someone in (owner, teammate_of(owner)):
        assert someone.browser.post(door(run), SURE).status_code == 302
        asked = as_it_stands(run)
        assert asked.undo_asked_by == someone.person.email
        assert asked.connection.sync_asked_at == asked.undo_asked_at
        assert someone.browser.post(door(run), NEVER_MIND).status_code == 302
        assert as_it_stands(run).undo_asked_at is None
    with scopes_disabled():
        assert AuditEvent.objects.filter(what="asked to take back run 1").count() == 2


def test_asking_needs_its_csrf_token() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(door(run), SURE).status_code == 403
    assert browser.post(f"/connections/{run.connection_id}/ignored/", {"ignored": "1"}).status_code == 403
    assert as_it_stands(run).undo_asked_at is None


def test_nothing_is_asked_for_without_the_tick() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    answer = owner.browser.post(door(run), {"action": "run"}, follow=True)
    assert "Nothing is taken back. Tick the box if you are sure." in answer.content.decode()
    assert as_it_stands(run).undo_asked_at is None


def test_what_becomes_of_each_change_is_counted() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, the_run(owner))
    assert '<option value="accounts_customers">Accounts and customers</option>' in text
    counted = re.findall(r"verdict=([a-z-]+)#changes\">(\d+)</a>", text)
    assert dict(counted) == {"restored": "2", "removed": "1", "edited-since": "1", "gone": "1", "stays": "1"}


def test_a_change_shows_what_stands_now_and_what_would_stand() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, the_run(owner), name="Abel")
    assert '<td data-label="Now"><del>555-0199</del></td>' in text
    assert '<td data-label="Taken back"><ins>555-0100</ins></td>' in text


def test_what_was_edited_since_shows_what_was_made_of_it() -> None:
    owner = owner_of_a_workspace()
    text = page(owner, the_run(owner), name="Cook")
    assert "It was edited in QuickBooks since, so it stays." in text
    assert '<td data-label="This run wrote">555-0199</td> <td data-label="Now">555-0300</td>' in text
    assert ">Take back</button>" not in text


def test_what_is_gone_and_what_stays_says_why() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    assert "It is not in QuickBooks any more." in page(owner, run, name="Dale")
    assert "only marks of ours, or lines, were written" in page(owner, run, name="Evans")
    assert "It is deleted in QuickBooks." in page(owner, run, name="Baker")


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, ["Fox &amp; Sons", "Evans, Eve", "Dale Gardens", "Cook, Brian", "Baker Lighting", "Abel Bakery"]),
        ({"verdict": "restored"}, ["Fox &amp; Sons", "Abel Bakery"]),
        ({"verdict": "restored", "side": "quickbooks"}, ["Abel Bakery"]),
        ({"verdict": "taken-back"}, []),
        ({"side": "salesforce"}, ["Fox &amp; Sons", "Evans, Eve"]),
        ({"pair": "contacts"}, []),
        ({"name": "co"}, ["Cook, Brian"]),
        ({"name": "100%_'\0"}, []),
        ({"verdict": "guilty", "side": "upside", "page": "x"}, None),
    ],
)
def test_the_list_is_narrowed(asked: dict[str, str], names: list[str] | None) -> None:
    owner = owner_of_a_workspace()
    found = names_on(page(owner, the_run(owner), **asked))
    assert len(found) == 6 if names is None else found == names


def test_asking_is_said_on_both_pages_and_can_be_taken_back_by_whoever_may() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    owner.browser.post(door(run), SURE)
    text = page(owner, run)
    assert "The next call of the Web Connector does it." in text
    assert ">Never mind</button>" in text
    assert ">Take back</button>" not in text
    assert "Never mind" not in page(viewer_with(owner), run)
    of_run = owner.browser.get(f"/runs/{run.pk}/").content.decode()
    assert "The next call of the Web Connector does it." in of_run
    answer = owner.browser.post(door(run), NEVER_MIND, follow=True).content.decode()
    assert "Nothing is taken back." in answer
    assert ">Take this run back</button>" in answer


def test_changes_are_taken_back_one_by_one_and_add_up() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    first, second = the_change(run, "Abel Bakery"), the_change(run, "Baker Lighting")
    owner.browser.post(door(run), {"action": "change", "change": str(first.pk)})
    assert as_it_stands(run).undo_only == [first.pk]
    owner.browser.post(door(run), {"action": "change", "change": str(second.pk)})
    assert as_it_stands(run).undo_only == [first.pk, second.pk]
    assert "2 changes of this run" in page(owner, run)


@pytest.mark.parametrize("number", ["", "x", "0", "99999999999999999999", "of another run"])
def test_only_changes_of_this_run_are_taken_back(number: str) -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    if number == "of another run":
        with scope(connection=run.connection):
            other = situations.a_finished_run(run.connection, 2, at=timezone.now())
            number = str(undos.a_written_change(other, "Abel Bakery", "80000001-1").pk)
    answer = owner.browser.post(door(run), {"action": "change", "change": number}, follow=True)
    assert "That cannot be taken back" in answer.content.decode()
    assert as_it_stands(run).undo_asked_at is None


def test_never_mind_comes_too_late_once_a_run_has_begun() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    owner.browser.post(door(run), SURE)
    taken_back(run, outcome=Outcome.RUNNING)
    assert "takes it back now" in page(owner, run)
    answer = owner.browser.post(door(run), NEVER_MIND, follow=True).content.decode()
    assert "Too late: a run has begun to take it back" in answer
    assert as_it_stands(run).undo_asked_at is not None
    change = {"action": "change", "change": str(the_change(run, "Abel Bakery").pk)}
    assert "That cannot be taken back" in owner.browser.post(door(run), change, follow=True).content.decode()


def test_the_run_that_took_back_and_the_one_it_took_back_lead_to_each_other() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    owner.browser.post(door(run), SURE)
    again = taken_back(run)
    assert (
        f'<a href="/runs/{again.pk}/">Run 2</a> took it back.' in owner.browser.get(f"/runs/{run.pk}/").content.decode()
    )
    assert (
        f'<a href="/runs/{run.pk}/">run 1</a>, as owner@example.com asked'
        in owner.browser.get(f"/runs/{again.pk}/").content.decode()
    )
    text = page(owner, run)
    assert f'Taken back</span> by <a href="/runs/{again.pk}/">run 2</a>' in text
    assert "Take this run back" not in text
    assert "That cannot be taken back" in owner.browser.post(door(run), SURE, follow=True).content.decode()


def test_what_was_taken_back_says_so() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    owner.browser.post(door(run), {"action": "change", "change": str(the_change(run, "Abel Bakery").pk)})
    again = taken_back(run)
    with scope(connection=run.connection):
        undos.a_written_change(again, "Abel Bakery", "80000001-1")
        Change.objects.filter(run=run, name="Baker Lighting").update(state=ChangeState.UNDONE)
    assert names_on(page(owner, run, verdict="taken-back")) == ["Baker Lighting", "Abel Bakery"]
    assert "took some of it back" in owner.browser.get(f"/runs/{run.pk}/").content.decode()
    assert ">Take this run back</button>" in page(owner, run)


def test_what_was_taken_back_and_brought_back_can_be_taken_back_again() -> None:
    owner = owner_of_a_workspace()
    run = the_run(owner)
    change = str(the_change(run, "Abel Bakery").pk)
    owner.browser.post(door(run), {"action": "change", "change": change})
    again = taken_back(run)
    with scope(connection=run.connection):
        undos.a_written_change(again, "Abel Bakery", "80000001-1")
    taken_back(again, 3)
    assert names_on(page(owner, run, verdict="restored")) == ["Fox &amp; Sons", "Abel Bakery"]
    owner.browser.post(door(run), {"action": "change", "change": change})
    assert "1 change of this run" in page(owner, run)


def test_a_run_at_work_or_one_that_only_showed_cannot_be_taken_back() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        shown = situations.a_finished_run(connection, 1, at=timezone.now(), outcome=Outcome.SHOWN)
        working = situations.a_run_at_work(connection, 2, at=timezone.now())
    assert "It only showed what it would write" in page(owner, shown)
    assert "It is not over yet" in page(owner, working)
    for run in (shown, working):
        owner.browser.post(door(run), SURE)
        assert as_it_stands(run).undo_asked_at is None


def test_a_run_that_wrote_nothing_has_nothing_to_take_back() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now())
    assert "This run wrote nothing" in page(owner, run)
    assert "/undo/" not in owner.browser.get(f"/runs/{run.pk}/").content.decode()


def test_a_viewer_may_look_but_sees_no_button() -> None:
    owner = owner_of_a_workspace()
    text = page(viewer_with(owner), the_run(owner))
    assert "You can look at it, but not take it back." in text
    assert ">Take back</button>" not in text


def test_a_large_run_is_counted_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(undo_preview, "AT_ONCE", 20)
    owner = owner_of_a_workspace()
    run = undos.a_large_run(a_connection(owner), 1, at=timezone.now(), size=50)
    assert "20 of 50 changes so far" in page(owner, run)
    more = owner.browser.get(f"{door(run)}counts/?verdict=restored")
    assert "40 of 50 changes so far" in more.content.decode()
    assert "HX-Refresh" not in more.headers
    last = owner.browser.get(f"{door(run)}counts/?verdict=restored")
    assert "hx-get" not in last.content.decode()
    assert last.headers["HX-Refresh"] == "true"
    text = page(owner, run, verdict="restored", page="2")
    assert "Page 2 of 2" in text
    assert len(names_on(text)) == 25


def test_a_run_of_5000_changes_takes_no_more_questions_than_a_small_one(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    owner = owner_of_a_workspace()
    run = undos.a_large_run(a_connection(owner), 1, at=timezone.now(), size=5000)
    for asked in ({}, {"page": "150"}, {"name": "account 49"}):
        with django_assert_max_num_queries(QUESTIONS):
            page(owner, run, **asked)
    while not (tally := _tally(run)).is_whole:
        pass
    with django_assert_max_num_queries(QUESTIONS):
        page(owner, run, verdict="restored")
    assert tally.counted == 5000


def _tally(run: Run) -> undo_preview.Tally:
    with scope(connection=run.connection):
        return undo_preview.tally(run)


def the_list(someone: Someone, connection: Connection, **asked: str) -> str:
    return someone.browser.get(f"/connections/{connection.pk}/ignored/", asked).content.decode()


def test_the_list_of_ignored_records_says_since_when_and_why() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert "No record is ignored." in the_list(owner, connection)
    with scope(connection=connection):
        undos.an_ignored_record(connection, "Kern <Lighting>", at=timezone.now() - timedelta(days=3))
    assert "1 record is ignored" in owner.browser.get(f"/connections/{connection.pk}/runs/").content.decode()
    text = " ".join(the_list(owner, connection).split())
    assert "<h3>Kern &lt;Lighting&gt;</h3>" in text
    assert "Customer in QuickBooks · Accounts and customers · since" in text
    assert "by owner@example.com" in text
    assert "It was taken back, so it is not made again." in text
    assert "No record is like that." in the_list(owner, connection, name="abel")


def test_members_take_a_record_off_the_list_and_it_is_decided_anew() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        row = undos.an_ignored_record(connection, "Kern Lighting", at=timezone.now())
    door, asked = f"/connections/{connection.pk}/ignored/", {"ignored": str(row.pk)}
    assert stranger().browser.post(door, asked).status_code == 404
    assert viewer_with(owner).browser.post(door, asked).status_code == 403
    answer = teammate_of(owner).browser.post(door, asked, follow=True).content.decode()
    assert "Kern Lighting is decided anew in the next run. It may be made in Salesforce." in answer
    with scope(connection=connection):
        assert not Ignored.objects.exists()
        record = Record.objects.get(remote_id=row.remote_id)
        assert (record.dirty, record.decided) == (True, 0)
    again = owner.browser.post(door, asked, follow=True).content.decode()
    assert "It is not on the list any more." in again


def test_a_long_list_of_ignored_records_has_pages_that_keep_the_choice() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        for number in range(30):
            undos.an_ignored_record(connection, f"Customer {number:02}", at=timezone.now())
    text = the_list(owner, connection, name="customer", side="quickbooks", page="2")
    assert "Page 2 of 2" in text
    assert len(re.findall(r"<h3>", text)) == 5
    assert "side=quickbooks&amp;page=1" in text
    assert "No record is like that." in the_list(owner, connection, side="salesforce")


def test_nobody_takes_a_record_off_the_list_of_another_connection() -> None:
    owner = owner_of_a_workspace()
    connection, other = a_connection(owner), a_connection(owner)
    with scope(connection=connection):
        row = undos.an_ignored_record(connection, "Kern Lighting", at=timezone.now())
    owner.browser.post(f"/connections/{other.pk}/ignored/", {"ignored": str(row.pk)})
    with scope(connection=connection):
        assert Ignored.objects.exists()
