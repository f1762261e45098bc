"""What goes wrong in Salesforce: nothing is doubled, nothing is lost, the reason is said in plain words."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database

from apatar.connections.credentials import store_credentials
from apatar.runs.models import Outcome
from tests.runs.situations import assert_each_stands_once, in_step, settle
from tests.runs.world import PASSWORD, World

INSERT, UPSERT = "composite/sobjects", "composite/sobjects/Account/QuickBooks_ListID__c"


def customers_to_be_created(world: World, count: int = 4) -> list[str]:
    names = [f"Kern {number}" for number in range(count)]
    for name in names:
        world.books.add(name, "<Phone>555-0100</Phone>")
    return names


def a_wrong_password(world: World) -> None:
    store_credentials(world.reload(), {"password": "not it"})
    world.save(sealed_credentials=world.connection.sealed_credentials, sealed_session="")


def a_locked_user(world: World) -> None:
    world.org.faults.set(user_locked=True)


def soap_login_switched_off(world: World) -> None:
    world.org.faults.set(soap_login=False)


def an_expired_password(world: World) -> None:
    world.org.faults.set(password_expired=True)


def no_api(world: World) -> None:
    world.org.faults.set(api_access=False)


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        (a_wrong_password, "did not accept the user name, password and security token"),
        (a_locked_user, "locked out"),
        (soap_login_switched_off, "Choose Connect with Salesforce in the form"),
        (an_expired_password, "has expired"),
        (no_api, "API"),
    ],
)
def test_a_login_that_salesforce_refuses_is_said_and_nothing_is_written(
    world: World, situation: Any, said: str
) -> None:
    names = customers_to_be_created(world)
    situation(world)

    outcome = world.sync()

    assert not outcome.well
    assert said in outcome.status
    run = world.last_run()
    assert (run.outcome, run.message) == (Outcome.FAILED, outcome.status)
    assert world.people.names() == []
    assert world.books.names() == sorted(names)


def test_a_refused_login_is_not_tried_again_until_the_form_is_updated(world: World) -> None:
    names = customers_to_be_created(world, 1)
    a_wrong_password(world)
    for _ in range(12):
        world.clock.pass_by(minutes=10)
        assert "did not accept" in world.sync().status
    assert not world.org.access.is_locked, "our repeats must never lock the user out"

    store_credentials(world.reload(), {"password": world.org.credentials.password})
    world.save(
        sealed_credentials=world.connection.sealed_credentials, sealed_session="", settings_changed_at=world.clock.now()
    )
    settle(world)
    assert_each_stands_once(world, names)


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
@pytest.mark.parametrize("times", [1, 2, 3])
def test_accounts_whose_answer_was_lost_are_created_once(world: World, cut: str, times: int) -> None:
    names = customers_to_be_created(world)
    world.org.faults.set(only_path=UPSERT, **{cut: times})

    world.sync()
    settle(world)

    assert_each_stands_once(world, names)


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_accounts_whose_answer_was_lost_are_created_once_in_a_bare_org(bare_world: World, cut: str) -> None:
    names = customers_to_be_created(bare_world)
    bare_world.org.faults.set(only_path=INSERT, only_method="POST", **{cut: 1})

    bare_world.sync()
    settle(bare_world)

    assert_each_stands_once(bare_world, names)


def test_an_insert_that_shows_late_is_waited_for(bare_world: World) -> None:
    """An edit of the customer while nobody knows whether its account exists is not lost either."""
    world = bare_world
    names = customers_to_be_created(world, 2)
    world.org.faults.set(only_path=INSERT, only_method="POST", cut_after=1, visibility_delay=90.0)
    world.sync()
    world.books.change("Kern 1", "<Phone>555-0777</Phone>")
    world.clock.pass_by(seconds=20)
    world.run_well()

    settle(world)

    assert_each_stands_once(world, names)
    assert world.people.account("Kern 1")["Phone"] == "555-0777"


@pytest.mark.parametrize("cut", ["cut_before", "cut_after"])
def test_an_update_whose_answer_was_lost_arrives(world: World, cut: str) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Phone>555-0777</Phone>")
    world.org.faults.set(only_path=INSERT, only_method="PATCH", **{cut: 3})

    world.sync()
    settle(world)

    assert world.people.account("Kern Lighting")["Phone"] == "555-0777"
    assert_each_stands_once(world, ["Kern Lighting"])


def test_a_session_that_ends_is_opened_again_in_the_middle_of_the_run(world: World) -> None:
    names = customers_to_be_created(world)
    world.run_well()
    world.clock.pass_by(hours=1)
    world.org.access.expire_sessions()
    world.books.change("Kern 1", "<Phone>555-0777</Phone>")

    world.run_well()

    assert world.people.account("Kern 1")["Phone"] == "555-0777"
    assert_each_stands_once(world, names)


def test_a_session_that_idled_away_between_runs_is_opened_again(world: World) -> None:
    names = customers_to_be_created(world)
    world.run_well()
    world.clock.pass_by(hours=30)
    world.run_well()
    assert_each_stands_once(world, names)


def test_an_account_that_somebody_makes_while_the_run_works_is_found_and_not_made_again(world: World) -> None:
    world.books.add("Kern Lighting", "<Phone>555-0100</Phone>")
    world.at_org("/query", lambda: world.people.add("Kern Lighting"), after=True)
    world.run_well()
    settle(world)
    assert_each_stands_once(world, ["Kern Lighting"])


def test_a_busy_salesforce_is_tried_again_within_the_run(world: World) -> None:
    names = customers_to_be_created(world)
    world.org.faults.set(unavailable=5, only_path="/query")

    world.run_well()

    assert len(world.runs()) == 1
    assert_each_stands_once(world, names)


def test_a_locked_row_is_sent_again(world: World) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Phone>555-0777</Phone>")
    world.org.faults.set(locked_rows={world.people.account("Kern Lighting")["Id"]: 2})

    assert world.run_well().outcome == Outcome.OK

    assert world.people.account("Kern Lighting")["Phone"] == "555-0777"


def test_a_row_that_stays_locked_waits_and_the_others_go_on(world: World) -> None:
    in_step(world)
    world.books.change("Kern Lighting", "<Phone>555-0777</Phone>")
    world.books.add("Harbor Tools")
    world.org.faults.set(locked_rows={world.people.account("Kern Lighting")["Id"]: -1})

    assert world.run_well().outcome == Outcome.WITH_PROBLEMS

    assert "Harbor Tools" in world.people.names()
    [problem] = world.problems()
    assert problem.name == "Kern Lighting"
    assert problem.sentence
    world.org.faults.reset()
    world.clock.pass_by(hours=2)
    settle(world)
    assert_each_stands_once(world, ["Harbor Tools", "Kern Lighting"])


def test_a_record_that_a_rule_refuses_waits_and_the_others_go_on(world: World) -> None:
    world.books.add("Kern Lighting", "<Fax>555-0900</Fax>")
    world.books.add("Harbor Tools")
    rule = {"object": "Account", "message": "Fax machines are history.", "field": "Fax", "value": "555-0900"}
    world.org.faults.set(validation_rule=rule)

    world.run_well()

    assert world.people.names() == ["Harbor Tools"]
    [problem] = world.problems()
    assert problem.name == "Kern Lighting"
    assert "A validation rule in Salesforce refused the record: Fax machines are history." in problem.sentence
    world.books.change("Kern Lighting", "<Fax>555-0901</Fax>")
    settle(world)
    assert_each_stands_once(world, ["Harbor Tools", "Kern Lighting"])


def test_another_org_than_the_bound_one_gets_not_one_read(world: World) -> None:
    in_step(world)
    world.save(salesforce_org_id="00D000000000999EAA", salesforce_org_name="Somebody Else")
    world.people.change("Kern Lighting", Phone="555-0199")
    before = world.org_calls()

    outcome = world.sync()

    assert not outcome.well
    assert "leads to another Salesforce org" in outcome.status
    assert "Nothing was read and nothing was changed" in outcome.status
    assert world.org_calls() == before
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0100"


def test_a_login_that_leads_to_another_org_from_now_on_gets_not_one_read(world: World) -> None:
    """A sandbox that was refreshed is another org behind the same address and the same login."""
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0199")
    access, before = world.org.access, world.org_calls()
    own, access.org_id = access.org_id, "00D000000000999AAA"
    world.org.state.write_row(world.org.state.object("Organization"), {"Id": access.org_id, "Name": "Refreshed"})
    access.expire_sessions()

    outcome = world.sync()

    assert "leads to another Salesforce org (Refreshed)" in outcome.status
    assert world.org_calls() == before
    access.org_id = own
    access.expire_sessions()
    settle(world)
    assert world.books.customer("Kern Lighting")["Phone"] == "555-0199"


@pytest.mark.skipif(database.vendor == "postgresql", reason="its job engine knows its own clock only: an hour is over")
def test_nobody_waits_at_the_web_connector_for_a_quota_that_frees_up_much_later(world: World) -> None:
    in_step(world)
    world.org.faults.set(daily_limit=world.org_calls())
    before = world.clock.now()
    outcome = world.sync()
    assert "The limit of API calls of this Salesforce org is used up." in outcome.status
    assert "goes on by itself" in outcome.status
    assert world.clock.now() - before < timedelta(minutes=3)


def test_a_used_up_quota_stops_the_run_and_says_so(world: World) -> None:
    names = customers_to_be_created(world, 1)
    world.org.faults.set(request_limit=True)
    outcome = world.sync()
    assert not outcome.well
    assert "accepts no more calls at the moment; we try again later" in outcome.status
    world.org.faults.reset()
    world.clock.pass_by(hours=20)
    settle(world)
    assert_each_stands_once(world, names)


def test_no_secret_is_ever_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    a_wrong_password(world)
    world.sync()
    shown = "".join(capsys.readouterr()) + world.last_run().message + world.reload().salesforce_problem
    secrets = world.org.credentials
    for secret in ("not it", secrets.security_token, secrets.client_secret, PASSWORD):
        assert secret not in shown
