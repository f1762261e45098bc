"""The page of problems: grouped by cause, found, tried again, snoozed, by those who may."""

import re
from datetime import datetime, timedelta

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from pytest_django import DjangoAssertNumQueries

from apatar.connections.glance import glance
from apatar.connections.models import Connection
from apatar.runs.models import Link, Problem, Run, Side
from apatar.runs.snoozing import UNTIL_IT_CHANGES
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations
from tests.journeys.thousands import QUESTIONS

pytestmark = pytest.mark.django_db

NAMES = ("Kern Lighting", "Harbor Tools", "Cook, Brian: Kitchen")


def a_connection(owner: Someone) -> Connection:
    return situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())


def three_of_one_cause_and_one_more(owner: Someone) -> Connection:
    """Three accounts whose names vendors have, and a customer that was deleted in Salesforce."""
    connection = a_connection(owner)
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now() - timedelta(hours=1))
        for name in NAMES:
            situations.a_problem(run, name)
        a_deleted_one(run)
    return connection


def a_deleted_one(run: Run) -> Problem:
    return Problem.objects.create(
        connection=run.connection,
        run=run,
        mapping="contacts",
        side=Side.QUICKBOOKS,
        object_type="Customer",
        remote_id="80000001-1",
        name="Bay Supplies",
        code="deleted_in_salesforce",
        sentence="“Bay Supplies” was deleted in Salesforce; in QuickBooks it is untouched.",
        remedy="Restore it in Salesforce.",
        opened_at=run.started_at,
        seen_at=run.started_at,
    )


def all_problems() -> dict[str, Problem]:
    with scopes_disabled():
        return {one.name: one for one in Problem.objects.all()}


def snoozed() -> set[str]:
    return {name for name, one in all_problems().items() if one.snoozed_until}


def asked() -> set[str]:
    return {name for name, one in all_problems().items() if one.retry_at}


def page_of(browser: Client, connection: Connection, query: str = "") -> str:
    return browser.get(f"/connections/{connection.pk}/problems/{query}").content.decode()


def key_of(page: str, heading: str) -> str:
    found = re.search(rf'id="cause-([0-9a-f]+)">{re.escape(heading)}', page)
    assert found, page
    return found[1]


def posted(browser: Client, door: str, **fields: str) -> HttpResponseBase:
    return browser.post(door, fields)


def doors(connection: Connection) -> list[str]:
    one = all_problems()["Kern Lighting"].pk
    of_all = f"/connections/{connection.pk}/problems/"
    return [f"{of_all}again/", f"{of_all}snooze/", f"/problems/{one}/again/", f"/problems/{one}/snooze/"]


def test_one_cause_stands_there_once_with_its_number_and_its_remedy() -> None:
    owner = owner_of_a_workspace()
    page = page_of(owner.browser, three_of_one_cause_and_one_more(owner))
    assert page.count("Rename the vendor or the account") == 1
    assert "A vendor in QuickBooks already has the name “…”." in page
    assert "3 records" in page
    assert "A record was deleted in Salesforce" in page
    assert all(name in page for name in NAMES)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?pair=contacts", {"Bay Supplies"}),
        ("?side=salesforce", set(NAMES)),
        ("?name=kern", {"Kern Lighting"}),
        ("?name=nobody", set()),
        ("?side=nonsense", {*NAMES, "Bay Supplies"}),
        ("?snoozed=yes", set()),
        ("?cause=none", set()),
    ],
)
def test_the_list_is_narrowed(query: str, names: set[str]) -> None:
    owner = owner_of_a_workspace()
    page = page_of(owner.browser, three_of_one_cause_and_one_more(owner), query)
    assert {name for name in (*NAMES, "Bay Supplies") if f"<h3>{name}</h3>" in page} == names


def test_a_cause_has_pages_of_its_own() -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    with scope(connection=connection):
        run = Run.objects.get()
        for number in range(30):
            situations.a_problem(run, f"Northern Pines {number}")
    page = page_of(owner.browser, connection)
    key = key_of(page, "A vendor")
    assert f"?cause={key}" in page
    assert "All 33 records of this reason" in page
    second = page_of(owner.browser, connection, f"?cause={key}&page=2")
    assert second.count("<h3>") == 8
    assert "Bay Supplies" not in second


@pytest.mark.parametrize("number", range(4))
def test_only_members_try_again_and_snooze(number: int) -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    door, day = doors(connection)[number], {"for": "day"}
    assert "/login/" in visitor().post(door, day).headers["Location"]
    assert posted(stranger().browser, door, **day).status_code == 404
    assert posted(viewer_with(owner).browser, door, **day).status_code == 403
    assert owner.browser.get(door).status_code == 405
    assert not snoozed() | asked()
    assert posted(teammate_of(owner).browser, door, **day).status_code == 302
    assert snoozed() | asked()


@pytest.mark.parametrize("number", range(4))
def test_no_other_site_can_press_a_button(number: int) -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(owner.person)
    assert posted(careful, doors(connection)[number], **{"for": "day"}).status_code == 403
    assert not snoozed() | asked()


def test_a_viewer_sees_everything_and_no_button() -> None:
    owner = owner_of_a_workspace()
    page = page_of(viewer_with(owner).browser, three_of_one_cause_and_one_more(owner))
    assert "Kern Lighting" in page
    assert "Snooze" not in page


def test_a_stranger_finds_no_page() -> None:
    connection = three_of_one_cause_and_one_more(owner_of_a_workspace())
    assert stranger().browser.get(f"/connections/{connection.pk}/problems/").status_code == 404


def test_a_cause_is_tried_again_and_the_others_are_not() -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    key = key_of(page_of(owner.browser, connection), "A vendor")
    answer = posted(owner.browser, f"/connections/{connection.pk}/problems/again/", cause=key, side="salesforce")
    assert asked() == set(NAMES)
    assert answer.headers["Location"].endswith("/problems/?side=salesforce")
    assert page_of(owner.browser, connection).count("next in the next run") == 3


def test_everything_is_tried_again_as_far_as_it_is_shown() -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    again = f"/connections/{connection.pk}/problems/again/"
    posted(owner.browser, again, name="kern")
    assert asked() == {"Kern Lighting"}
    posted(owner.browser, again)
    assert asked() == {*NAMES, "Bay Supplies"}


def test_one_record_is_snoozed_out_of_sight_and_out_of_the_number_and_comes_back() -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    problem = all_problems()["Kern Lighting"]
    posted(owner.browser, f"/problems/{problem.pk}/snooze/", **{"for": "day"})
    page = page_of(owner.browser, connection)
    assert "<h3>Kern Lighting</h3>" not in page
    assert "Snoozed: 1" in page
    assert "<h3>Kern Lighting</h3>" in page_of(owner.browser, connection, "?snoozed=yes")
    assert waiting_for_people(connection) == 3
    assert waiting_for_people(connection, now=timezone.now() + timedelta(hours=25)) == 4
    posted(owner.browser, f"/problems/{problem.pk}/snooze/", snoozed="yes", **{"for": "over"})
    assert snoozed() == set()


def waiting_for_people(connection: Connection, *, now: datetime | None = None) -> int:
    return glance(connection, now=now or timezone.now()).problems


def test_a_cause_is_snoozed_until_its_records_change() -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    key = key_of(page_of(owner.browser, connection), "A vendor")
    posted(owner.browser, f"/connections/{connection.pk}/problems/snooze/", cause=key, here=key, **{"for": "change"})
    assert snoozed() == set(NAMES)
    assert all_problems()["Kern Lighting"].snoozed_until == UNTIL_IT_CHANGES
    assert "Snoozed until the record changes" in page_of(owner.browser, connection, "?snoozed=yes")


def test_no_other_span_than_those_of_the_buttons() -> None:
    owner = owner_of_a_workspace()
    three_of_one_cause_and_one_more(owner)
    door = f"/problems/{all_problems()['Kern Lighting'].pk}/snooze/"
    assert posted(owner.browser, door, **{"for": "ever"}).status_code == 404
    assert snoozed() == set()


def test_a_record_is_found_on_both_sides() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(workspace=owner.workspace):
        Connection.objects.filter(pk=connection.pk).update(salesforce_url="https://rock.my.salesforce.com")
    with scope(connection=connection):
        link = situations.a_linked_pair(connection)
        run = situations.a_finished_run(connection, 1, at=timezone.now())
        Problem.objects.filter(pk=a_deleted_one(run).pk).update(mapping=ACCOUNTS_CUSTOMERS.name)
        assert Link.objects.get() == link
    page = page_of(owner.browser, connection)
    assert f'href="https://rock.my.salesforce.com/{link.salesforce_id}"' in page
    assert "In QuickBooks: Customer “Kern Lighting”" in page
    assert f'href="/runs/{run.pk}/"' in page


def test_names_from_outside_are_escaped() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scope(connection=connection):
        situations.a_problem(situations.a_finished_run(connection, 1, at=timezone.now()), "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page_of(owner.browser, connection)


def test_five_thousand_problems_take_no_more_questions_than_a_few(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    owner = owner_of_a_workspace()
    connection = three_of_one_cause_and_one_more(owner)
    five_thousand_more(connection)
    page = page_of(owner.browser, connection)
    key = key_of(page, "A vendor")
    for query in ("", f"?cause={key}&page=60", "?name=pines+49", "?page=9"):
        with django_assert_max_num_queries(QUESTIONS):
            assert owner.browser.get(f"/connections/{connection.pk}/problems/{query}").status_code == 200


def five_thousand_more(connection: Connection) -> None:
    with scope(connection=connection):
        run = Run.objects.get()
        rows = [
            Problem(
                connection=connection, run=run, mapping="accounts", side=Side.SALESFORCE, object_type="Account",
                remote_id=f"0015e00000A{number:04}", name=f"Northern Pines {number}", code=f"code-{number % 100}",
                sentence=f"A vendor in QuickBooks already has the name “Northern Pines {number}”.",
                remedy="Rename the vendor or the account.", opened_at=run.started_at, seen_at=run.started_at,
            )
            for number in range(5000)
        ]  # fmt: skip
        Problem.objects.bulk_create(rows)
