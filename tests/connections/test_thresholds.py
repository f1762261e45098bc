"""The thresholds of the form: how large a run may be before it has to be shown first."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django_scopes import scopes_disabled

from apatar.connections.models import Connection
from tests.accounts.people import owner_of_a_workspace, viewer_with
from tests.journeys import situations

pytestmark = pytest.mark.django_db

FORM = {
    "company": "Rock Castle Construction",
    "direction": "both",
    "method": "password",
    "salesforce_user": "ada@example.com",
    "salesforce_password": "s3cret-pass",
    "frequency": "15",
}


def thresholds() -> tuple[int | None, int | None]:
    with scopes_disabled():
        found = Connection.objects.get()
    return found.hold_creates, found.hold_percent


def test_the_thresholds_are_kept_shown_and_taken_away_again() -> None:
    owner = owner_of_a_workspace()
    door = f"/connections/{situations.a_connection_just_saved(owner.workspace, owner.person).pk}/"
    owner.browser.post(door, {**FORM, "hold_creates": "50", "hold_percent": "0"})
    assert thresholds() == (50, 0)
    assert 'name="hold_creates" value="50"' in owner.browser.get(door).content.decode()
    seen = viewer_with(owner).browser.get(door).content.decode()
    assert "create more than 50 records, or change more than 0 % of the linked records" in seen
    owner.browser.post(door, {**FORM, "hold_creates": "", "hold_percent": ""})
    assert thresholds() == (None, None)


@pytest.mark.parametrize("typed", ["-1", "1000001", "many", "1.5", "9" * 40])
def test_a_number_of_records_that_makes_no_sense_is_refused_in_a_sentence(typed: str) -> None:
    owner = owner_of_a_workspace()
    door = f"/connections/{situations.a_connection_just_saved(owner.workspace, owner.person).pk}/"
    answer = owner.browser.post(door, {**FORM, "hold_creates": typed}).content.decode()
    assert "A number of records is a whole number from 0 to 1,000,000." in answer
    assert thresholds() == (None, None)


@pytest.mark.parametrize("typed", ["-1", "101", "half"])
def test_a_percentage_that_makes_no_sense_is_refused_in_a_sentence(typed: str) -> None:
    owner = owner_of_a_workspace()
    door = f"/connections/{situations.a_connection_just_saved(owner.workspace, owner.person).pk}/"
    answer = owner.browser.post(door, {**FORM, "hold_percent": typed}).content.decode()
    assert "A percentage is a whole number from 0 to 100." in answer
    assert thresholds() == (None, None)


def test_the_command_line_tells_the_thresholds() -> None:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_just_saved(owner.workspace, owner.person)
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(hold_creates=50)
    out = StringIO()
    call_command("connection", "show", str(connection.pk), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["hold_creates"], told["hold_percent"]) == (50, None)
