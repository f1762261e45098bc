"""The page of conflicts: who may decide, what it shows, and how quick it is with thousands."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled
from pytest_django import DjangoAssertNumQueries

from apatar.connections.models import Connection
from apatar.runs.conflict_showing import seen_of
from apatar.runs.conflict_views import MOVED
from apatar.runs.models import Conflict, Link, Record, Run
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations
from tests.journeys.situations import a_linked_pair, what_the_org_says
from tests.journeys.thousands import QUESTIONS

pytestmark = pytest.mark.django_db


def a_run(owner: Someone) -> Run:
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    with scope(connection=connection):
        return situations.a_finished_run(connection, 1, at=timezone.now() - timedelta(hours=1))


def conflicts_of(run: Run, number: int, *, winner: str = "", field: str = "phone") -> list[Conflict]:
    """Conflicts in one field of so many records."""
    rows = [
        Conflict(
            connection=run.connection,
            run=run,
            mapping="accounts_customers",
            salesforce_id=f"001{at:012d}AAA",
            quickbooks_id=f"{at:08X}-1",
            name=f"Customer {at:05d}",
            field=field,
            label=field.capitalize(),
            salesforce_value=f"555-{at:05d}",
            quickbooks_value=f"556-{at:05d}",
            base_value="555-0100",
            values={"salesforce": f"555-{at:05d}", "quickbooks": f"556-{at:05d}", "base_salesforce": "555-0100"},
            salesforce_at=run.started_at,
            salesforce_by="Ada Lovelace",
            quickbooks_at=run.started_at,
            winner=winner,
            reason="QuickBooks wins by your settings." if winner else "You want to decide yourself.",
            found_at=run.started_at,
            resolved_at=run.started_at if winner else None,
        )
        for at in range(number)
    ]
    with scope(connection=run.connection):
        return list(Conflict.objects.bulk_create(rows, batch_size=200))


def shown(someone: Someone, run: Run, query: str = "") -> str:
    return unescape(someone.browser.get(f"/connections/{run.connection_id}/conflicts/{query}").content.decode())


def form(rows: list[Conflict], side: str) -> dict[str, object]:
    return {"conflict": [row.pk for row in rows], "side": side, "seen": seen_of(rows)}


def post(someone: Someone, address: str, data: dict[str, object] | None = None) -> int:
    return int(someone.browser.post(address, data or {}).status_code)


def now_in(rows: list[Conflict]) -> list[str]:
    with scopes_disabled():
        return [one.chosen for one in Conflict.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk")]


def deciding_doors(run: Run, row: Conflict) -> dict[str, dict[str, object]]:
    return {
        f"/connections/{run.connection_id}/conflicts/choose/": form([row], "salesforce"),
        kind_of(run): form([row], "salesforce"),
        f"/conflicts/{row.pk}/back/": {},
        f"/conflicts/{row.pk}/withdraw/": {},
    }


def kind_of(run: Run) -> str:
    return f"/connections/{run.connection_id}/conflicts/kind/?pair=accounts_customers&field=phone"


def test_a_stranger_decides_nothing_and_finds_nothing() -> None:
    run = a_run(owner_of_a_workspace())
    [row] = conflicts_of(run, 1)
    other = stranger()
    assert [post(other, door, data) for door, data in deciding_doors(run, row).items()] == [404] * 4
    assert other.browser.get(kind_of(run)).status_code == 404
    assert now_in([row]) == [""]


def test_a_viewer_reads_and_decides_nothing() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1)
    viewer = viewer_with(owner)
    page = shown(viewer, run)
    assert "555-00000" in page
    assert '<button class="button" name="side"' not in page
    assert "Somebody with the member role can decide it." in page
    assert [post(viewer, door, data) for door, data in deciding_doors(run, row).items()] == [403] * 4
    assert now_in([row]) == [""]


def test_owners_and_members_decide() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    first, second = conflicts_of(run, 2)
    door = f"/connections/{run.connection_id}/conflicts/choose/"
    assert post(owner, door, form([first], "salesforce")) == 302
    assert post(teammate_of(owner), door, form([second], "quickbooks")) == 302
    assert now_in([first, second]) == ["salesforce", "quickbooks"]


def test_a_visitor_is_asked_to_log_in() -> None:
    run = a_run(owner_of_a_workspace())
    [row] = conflicts_of(run, 1)
    answers = [visitor().post(door, data) for door, data in deciding_doors(run, row).items()]
    assert all(answer.headers["Location"].startswith("/login/?next=") for answer in answers)


def test_both_values_stand_side_by_side_with_who_and_what_was_before() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    conflicts_of(run, 1)
    page = shown(owner, run)
    assert all(told in page for told in ("555-00000", "556-00000", "555-0100", "by Ada Lovelace", "Before both"))


def test_what_was_chosen_says_so_and_can_be_taken_back() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1)
    post(owner, f"/connections/{run.connection_id}/conflicts/choose/", form([row], "salesforce"))
    page = shown(owner, run)
    assert "You chose Salesforce's" in page
    assert "the next run keeps Salesforce's value" in page
    assert post(owner, f"/conflicts/{row.pk}/withdraw/") == 302
    assert now_in([row]) == [""]


def test_a_choice_marks_both_records_for_the_next_run() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1)
    with scope(connection=run.connection):
        account = situations.an_account(run.connection, "Customer", row.salesforce_id)
        customer = situations.a_customer(run.connection, "Customer", row.quickbooks_id)
        Record.objects.update(dirty=False, decided=7)
    post(owner, f"/connections/{run.connection_id}/conflicts/choose/", form([row], "salesforce"))
    with scope(connection=run.connection):
        rows = Record.objects.filter(pk__in=[account.pk, customer.pk]).values_list("dirty", "decided")
        assert list(rows) == [(True, 0)] * 2


def test_a_page_that_is_out_of_date_decides_nothing() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1)
    asked = form([row], "salesforce")
    with scopes_disabled():
        Conflict.objects.filter(pk=row.pk).update(quickbooks_value="557", found_at=timezone.now())
    post(owner, f"/connections/{run.connection_id}/conflicts/choose/", asked)
    assert now_in([row]) == [""]
    assert MOVED in shown(owner, run)


def test_the_fields_of_a_record_can_be_decided_at_once() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    rows = [*conflicts_of(run, 1), *conflicts_of(run, 1, field="fax")]
    assert "Keep all of Salesforce's" in shown(owner, run)
    post(owner, f"/connections/{run.connection_id}/conflicts/choose/", form(rows, "quickbooks"))
    assert now_in(rows) == ["quickbooks", "quickbooks"]


def test_all_of_a_kind_are_decided_after_a_question_with_their_number() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    phones, faxes = conflicts_of(run, 3), conflicts_of(run, 2, field="fax")
    assert "All 3 of this kind" in shown(owner, run)
    door = kind_of(run)
    assert "Keep Salesforce's in all 3" in unescape(owner.browser.get(door).content.decode())
    assert post(owner, door, {**form(phones, "salesforce"), "query": "field=phone"}) == 302
    assert now_in(phones + faxes) == ["salesforce"] * 3 + [""] * 2


def test_one_that_came_up_after_the_question_is_not_decided_unseen() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    rows = conflicts_of(run, 2)
    door = kind_of(run)
    answer = owner.browser.post(door, form(rows[:1], "salesforce"))
    assert answer.status_code == 200
    assert MOVED in unescape(answer.content.decode())
    assert now_in(rows) == ["", ""]


def test_nonsense_in_a_form_is_refused() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1)
    door = f"/connections/{run.connection_id}/conflicts/choose/"
    assert post(owner, door, {**form([row], "salesforce"), "side": "both"}) == 400
    assert post(owner, door, {**form([row], "salesforce"), "conflict": ["x"]}) == 400


def test_the_page_is_narrowed_by_state_pair_field_and_name() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    conflicts_of(run, 2)
    conflicts_of(run, 1, field="fax", winner="quickbooks")
    assert "Decided</h2>" not in shown(owner, run, "?state=waiting")
    assert "Waiting for you</h2>" not in shown(owner, run, "?state=decided")
    assert "Customer 00000" not in shown(owner, run, "?name=00001")
    assert "556-00001" not in shown(owner, run, "?field=fax")
    assert "No conflict that waits is like that." in shown(owner, run, "?pair=items_products")


def test_a_lost_value_is_brought_back_with_one_click() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    row = a_lost_phone(run)
    assert "Bring back “555-0111”" in shown(owner, run)
    assert post(owner, f"/conflicts/{row.pk}/back/", {"query": "state=decided"}) == 302
    assert now_in([row]) == ["salesforce"]
    page = shown(owner, run, "?state=decided")
    assert "Salesforce's value comes back" in page
    assert "the next run writes Salesforce's value again" in page


def test_a_value_that_cannot_come_back_says_why() -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    [row] = conflicts_of(run, 1, winner="quickbooks")
    post(owner, f"/conflicts/{row.pk}/back/")
    assert now_in([row]) == [""]
    assert "Phone of Customer 00000:" in shown(owner, run)


def a_lost_phone(run: Run) -> Conflict:
    """Kern Lighting on both sides; its account once lost another phone number."""
    connection: Connection = run.connection
    with scope(connection=connection):
        what_the_org_says(connection)
        a_linked_pair(connection)
        [row] = conflicts_of(run, 1, winner="quickbooks")
        link = Link.objects.get()
        values = {"salesforce": "555-0111", "quickbooks": "555-0100"}
        Conflict.objects.filter(pk=row.pk).update(
            salesforce_id=link.salesforce_id,
            quickbooks_id=link.quickbooks_id,
            salesforce_value="555-0111",
            values=values,
        )
    return row


def test_a_page_of_thousands_takes_no_more_questions_than_one_of_a_few(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    owner = owner_of_a_workspace()
    run = a_run(owner)
    conflicts_of(run, 5_000)
    conflicts_of(run, 5_000, field="fax", winner="quickbooks")
    page = f"/connections/{run.connection_id}/conflicts/"
    narrowed = ("", "?page=200", "?state=decided&decided=150", "?name=04999", "?field=phone")
    for door in (*(f"{page}{query}" for query in narrowed), kind_of(run)):
        with django_assert_max_num_queries(QUESTIONS):
            assert owner.browser.get(door).status_code == 200
