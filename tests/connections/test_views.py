"""Every door of a connection, for the owner, a teammate, a viewer, a stranger and a visitor; and what is behind it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.accounts.models import AuditEvent
from apatar.connections.models import Connection
from apatar.connections.salesforce import Verdict
from apatar.connections.webconnector_password import proof_of
from apatar.runs.models import Outcome
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import situations

pytestmark = pytest.mark.django_db

LOOKING = ["", "steps/", "ApatarQBW.qwc"]
CHANGING = ["pause/", "resume/", "sync/", "place/", "password/", "delete/", "test/"]
FULL_FORM = {
    "company": "Rock Castle Construction",
    "direction": "both",
    "method": "password",
    "salesforce_url": "https://login.salesforce.com",
    "salesforce_user": "ada@example.com",
    "salesforce_password": "s3cret-pass",
    "security_token": "t0ken",
    "frequency": "15",
}


def a_connection(owner: Someone) -> Connection:
    return situations.a_connection_just_saved(owner.workspace, owner.person)


def as_it_stands(connection: Connection) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection.pk)


def address(connection: Connection, door: str) -> str:
    return f"/connections/{connection.pk}/{door}"


def salesforce_says(monkeypatch: pytest.MonkeyPatch, verdict: Verdict) -> list[Connection]:
    """Have Salesforce answer so; returns the connections it was asked with."""
    asked: list[Connection] = []

    def answer(connection: Connection) -> Verdict:
        asked.append(connection)
        return verdict

    monkeypatch.setattr("apatar.connections.salesforce.test_connection", answer)
    return asked


@pytest.mark.parametrize("door", LOOKING)
def test_whoever_belongs_to_the_workspace_may_look(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    for someone in (owner, teammate_of(owner), viewer_with(owner)):
        assert someone.browser.get(address(connection, door)).status_code == 200


@pytest.mark.parametrize("door", [*LOOKING, "connect/", "delete/"])
def test_a_stranger_finds_nothing_behind_any_door(door: str) -> None:
    connection = a_connection(owner_of_a_workspace())
    assert stranger().browser.get(address(connection, door)).status_code == 404


@pytest.mark.parametrize("door", ["", *CHANGING])
def test_a_stranger_changes_nothing(door: str) -> None:
    connection = a_connection(owner_of_a_workspace())
    before = vars(as_it_stands(connection))
    assert stranger().browser.post(address(connection, door), {"sure": "yes"}).status_code == 404
    assert {**vars(as_it_stands(connection)), "_state": None} == {**before, "_state": None}


@pytest.mark.parametrize("door", ["", *CHANGING])
def test_a_viewer_changes_nothing(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert viewer_with(owner).browser.post(address(connection, door), {"sure": "yes"}).status_code == 403


@pytest.mark.parametrize("door", [*LOOKING, *CHANGING, "connect/"])
def test_a_visitor_is_asked_to_log_in(door: str) -> None:
    connection = a_connection(owner_of_a_workspace())
    for answer in (visitor().get(address(connection, door)), visitor().post(address(connection, door))):
        assert answer.status_code in {302, 405}
        assert answer.status_code == 405 or answer.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("door", ["", *CHANGING])
def test_every_change_needs_its_csrf_token(door: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post(address(connection, door)).status_code == 403


@pytest.mark.parametrize("door", ["pause/", "resume/", "sync/", "place/", "password/"])
def test_a_link_alone_changes_nothing(door: str) -> None:
    owner = owner_of_a_workspace()
    assert owner.browser.get(address(a_connection(owner), door)).status_code == 405


def test_the_list_shows_the_workspace_and_nothing_else() -> None:
    owner = owner_of_a_workspace()
    a_connection(owner)
    assert "Rock Castle Construction" in teammate_of(owner).browser.get("/connections/").content.decode()
    assert "Rock Castle Construction" not in stranger().browser.get("/connections/").content.decode()


def test_an_empty_list_says_how_to_begin() -> None:
    assert "Set up a connection" in owner_of_a_workspace().browser.get("/connections/").content.decode()


def test_the_qwc_is_a_download_and_ticks_its_step_off() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    answer = owner.browser.get(address(connection, "ApatarQBW.qwc"))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ApatarQBW.qwc"'
    assert b"<AppURL>http://localhost:8000/webconnector/</AppURL>" in answer.content
    assert as_it_stands(connection).qwc_downloaded_at is not None


def test_pausing_and_resuming() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    page = teammate_of(owner).browser.post(address(connection, "pause/"), follow=True).content.decode()
    assert "Nothing is read or written until you resume" in page
    assert as_it_stands(connection).paused_at is not None
    owner.browser.post(address(connection, "resume/"))
    assert as_it_stands(connection).paused_at is None


def test_sync_now_is_remembered_and_says_what_happens_next() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    page = owner.browser.post(address(connection, "sync/"), follow=True).content.decode()
    assert "next call of the Web Connector will be a run" in page
    assert as_it_stands(connection).sync_asked_at is not None


def test_a_separate_password_is_shown_once_and_only_its_proof_is_kept() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    answer = owner.browser.post(address(connection, "password/"))
    codes = [part.split("</code>")[0] for part in answer.content.decode().split("<code>")[1:]]
    stored = as_it_stands(connection)
    assert codes[0] == stored.webconnector_user
    assert proof_of(codes[1]) == stored.webconnector_proof
    assert "no-store" in answer.headers["Cache-Control"]
    assert codes[1] not in owner.browser.get(address(connection, "")).content.decode()


def test_the_separate_password_can_be_given_up() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    owner.browser.post(address(connection, "password/"))
    page = owner.browser.post(address(connection, "password/"), {"action": "remove"}, follow=True).content.decode()
    assert "On-Demand password of owner@example.com" in page
    assert as_it_stands(connection).webconnector_proof == ""


def test_deleting_asks_first() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert "Nothing is deleted in Salesforce" in owner.browser.get(address(connection, "delete/")).content.decode()
    page = owner.browser.post(address(connection, "delete/"), follow=True).content.decode()
    assert "Nothing was deleted" in page
    assert as_it_stands(connection)


def test_deleting_takes_the_runs_along() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    situations.a_month_of_runs(connection, now=timezone.now())
    owner.browser.post(address(connection, "delete/"), {"sure": "yes"})
    with scopes_disabled():
        assert not Connection.objects.exists()


def test_who_did_what_is_written_down_without_secrets() -> None:
    owner = owner_of_a_workspace()
    owner.browser.post("/connections/new/", FULL_FORM)
    with scope(workspace=owner.workspace):
        lines = [str(event) for event in AuditEvent.objects.all()]
    assert any("owner@example.com: set up a connection Rock Castle Construction" in line for line in lines)
    assert not any("s3cret" in line for line in lines)


def test_testing_a_new_login_tries_what_was_typed_and_saves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    page = owner_of_a_workspace().browser.post("/connections/test/", FULL_FORM).content.decode()
    assert "Salesforce answers." in page
    assert asked[0].salesforce_user == "ada@example.com"
    with scopes_disabled():
        assert not Connection.objects.exists()


def test_testing_needs_no_company_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    page = owner_of_a_workspace().browser.post("/connections/test/", {**FULL_FORM, "company": ""}).content.decode()
    assert "Salesforce answers." in page


def test_testing_half_a_login_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    form = {**FULL_FORM, "salesforce_password": ""}
    assert b"Fill in the password" in owner_of_a_workspace().browser.post("/connections/test/", form).content
    assert not asked


def test_htmx_gets_the_verdict_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_says(monkeypatch, Verdict(ok=False, sentence="Salesforce refuses."))
    answer = owner_of_a_workspace().browser.post("/connections/test/", FULL_FORM, headers={"HX-Request": "true"})
    assert "Salesforce refuses." in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_login_that_was_tried_and_then_saved_ticks_its_step_off(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    owner = owner_of_a_workspace()
    owner.browser.post("/connections/test/", FULL_FORM)
    owner.browser.post("/connections/new/", FULL_FORM)
    with scopes_disabled():
        assert Connection.objects.get().salesforce_checked_at is not None


def test_another_login_than_the_tried_one_does_not_tick_the_step_off(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    owner = owner_of_a_workspace()
    owner.browser.post("/connections/test/", FULL_FORM)
    owner.browser.post("/connections/new/", {**FULL_FORM, "salesforce_password": "another"})
    with scopes_disabled():
        assert Connection.objects.get().salesforce_checked_at is None


def test_testing_the_saved_login_ticks_its_step_off(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    owner = owner_of_a_workspace()
    owner.browser.post("/connections/new/", FULL_FORM)
    with scopes_disabled():
        saved = Connection.objects.get()
    form = {**FULL_FORM, "salesforce_password": "", "security_token": ""}
    owner.browser.post(address(saved, "test/"), form)
    assert asked[0].pk == saved.pk
    assert as_it_stands(saved).salesforce_checked_at is not None


def test_testing_a_changed_login_leaves_the_saved_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    owner = owner_of_a_workspace()
    owner.browser.post("/connections/new/", FULL_FORM)
    with scopes_disabled():
        saved = Connection.objects.get()
    before = as_it_stands(saved).sealed_credentials
    owner.browser.post(address(saved, "test/"), {**FULL_FORM, "salesforce_password": "newer"})
    assert [trial.pk for trial in asked] == [None]
    assert as_it_stands(saved).sealed_credentials == before
    assert as_it_stands(saved).salesforce_checked_at is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Download ApatarQBW.qwc next"),
        ({"qwc_downloaded_at": -9}, "Add the file to the Web Connector"),
        ({"first_call_at": -9, "last_call_at": -1}, "The first run comes with its next call"),
        ({"first_call_at": -9, "last_call_at": -120}, "has not called for 2 hours"),
        (
            {"first_call_at": -9, "last_call_at": -1, "last_refusal": "The password was wrong."},
            "The password was wrong",
        ),
        ({"salesforce_problem": "Salesforce refused the token."}, "Salesforce refused the token"),
        ({"paused_at": -1}, "until you resume"),
    ],
)
def test_a_card_says_the_one_thing_that_matters(changes: dict[str, int | str], words: str) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    now = timezone.now()
    for name, value in changes.items():
        setattr(connection, name, now + timedelta(minutes=value) if isinstance(value, int) else value)
    connection.save()
    assert words in owner.browser.get("/connections/").content.decode()


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(Outcome.OK, "In step"), (Outcome.FAILED, "Last run failed"), (Outcome.STOPPED, "Stopped")],
)
def test_a_card_says_how_the_last_run_ended(outcome: Outcome, words: str) -> None:
    owner = owner_of_a_workspace()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    with scope(connection=connection):
        situations.a_finished_run(connection, 1, at=now - timedelta(minutes=3), outcome=outcome)
    assert words in owner.browser.get("/connections/").content.decode()


def test_numbers_on_a_card_lead_to_what_they_count() -> None:
    owner = owner_of_a_workspace()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    last = situations.a_month_of_runs(connection, now=now)
    with scope(connection=connection):
        situations.a_conflict(last, winner="")
    page = owner.browser.get("/connections/").content.decode()
    assert f'<a href="/connections/{connection.pk}/problems/">1 problem</a>' in page
    assert f'<a href="/connections/{connection.pk}/conflicts/">1 conflict</a>' in page
    assert f'<a href="/runs/{last.pk}/">' in page


def test_the_steps_stop_asking_when_all_are_done() -> None:
    owner = owner_of_a_workspace()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    assert "hx-trigger" in owner.browser.get(address(connection, "steps/")).content.decode()
    with scope(connection=connection):
        situations.a_finished_run(connection, 1, at=now)
    assert "hx-trigger" not in owner.browser.get(address(connection, "steps/")).content.decode()


def test_what_moves_during_the_set_up_comes_with_the_steps_and_the_form_does_not() -> None:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    with scope(connection=connection):
        run = situations.a_finished_run(connection, 1, at=timezone.now())
    moved = owner.browser.get(address(connection, "steps/")).content.decode()
    assert moved.count('hx-swap-oob="true"') == 3
    assert "In step" in moved
    assert f'href="/runs/{run.pk}/">See what it did</a>' in moved
    assert "connection-form" not in moved


def test_a_page_on_which_nothing_moved_is_left_alone() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    looks_again = re.search(r'hx-get="([^"]+)"', owner.browser.get(address(connection, "")).content.decode())
    assert looks_again
    assert owner.browser.get(looks_again[1]).status_code == 204
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(qwc_downloaded_at=timezone.now())
    assert owner.browser.get(looks_again[1]).status_code == 200


def test_the_settings_are_open_during_the_set_up_and_fold_away_afterwards() -> None:
    owner = owner_of_a_workspace()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    assert '<details class="card settings' not in owner.browser.get(address(connection, "")).content.decode()
    with scope(connection=connection):
        situations.a_finished_run(connection, 1, at=timezone.now())
    page = owner.browser.get(address(connection, "")).content.decode()
    assert '<details class="card settings">' in page
    assert page.index(">Health<") < page.index(">Settings<")
    page = owner.browser.post(address(connection, ""), {**FULL_FORM, "company": ""}).content.decode()
    assert '<details class="card settings" open>' in page


@pytest.mark.parametrize("finished", [False, True])
def test_a_connection_has_one_main_button(finished: bool) -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    if finished:
        connection = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
        with scope(connection=connection):
            situations.a_finished_run(connection, 1, at=timezone.now())
    page = owner.browser.get(address(connection, "")).content.decode()
    assert page.count('class="button main"') == 1
    owner.browser.post(address(connection, "pause/"))
    assert owner.browser.get(address(connection, "")).content.decode().count('class="button main"') == 1


def test_the_file_is_offered_once_during_the_set_up() -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.get(address(a_connection(owner), "")).content.decode()
    assert page.count("ApatarQBW.qwc</a>") == 1


def test_the_first_step_tries_the_saved_login(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = salesforce_says(monkeypatch, Verdict(ok=True, sentence="Salesforce answers."))
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    assert (
        'form="try-saved">Test the Salesforce connection' in owner.browser.get(address(connection, "")).content.decode()
    )
    answer = owner.browser.post(address(connection, "test/"), headers={"HX-Request": "true"})
    assert answer.headers["HX-Trigger"] == "salesforce-tried"
    assert [one.pk for one in asked] == [connection.pk]
    assert as_it_stands(connection).salesforce_checked_at is not None


def test_without_javascript_the_first_step_shows_its_verdict_beside_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    salesforce_says(monkeypatch, Verdict(ok=False, sentence="Salesforce refuses."))
    owner = owner_of_a_workspace()
    page = owner.browser.post(address(a_connection(owner), "test/")).content.decode()
    assert page.count("Salesforce refuses.") == 1
    assert page.index("Salesforce refuses.") < page.index(">Settings<")


def test_a_viewer_is_offered_no_button_during_the_set_up() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    viewer = viewer_with(owner)
    for door in ("", "steps/"):
        assert '<button class="button' not in viewer.browser.get(address(connection, door)).content.decode()


@pytest.mark.parametrize("column", ["settings_changed_at", "sync_asked_at"])
def test_what_was_changed_or_asked_for_runs_with_the_next_call(column: str) -> None:
    owner = owner_of_a_workspace()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    with scope(connection=connection):
        situations.a_finished_run(connection, 1, at=now - timedelta(minutes=2))
    assert "With the next call" not in owner.browser.get("/connections/").content.decode()
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(**{column: now})
    assert "With the next call" in owner.browser.get("/connections/").content.decode()


def test_a_run_that_is_due_comes_with_the_next_call() -> None:
    owner = owner_of_a_workspace()
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    with scope(connection=connection):
        situations.a_finished_run(connection, 1, at=now - timedelta(minutes=16))
    assert "With the next call" in owner.browser.get("/connections/").content.decode()


def test_a_path_is_no_title() -> None:
    owner = owner_of_a_workspace()
    connection = a_connection(owner)
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(company=r"C:\Company Files\Rock Castle.qbw")
    for path in ("/connections/", address(connection, ""), address(connection, "runs/"), "/help/", "/support/"):
        page = owner.browser.get(path).content.decode()
        assert ">Rock Castle<" in page
        assert r"C:\Company Files\Rock Castle.qbw<" not in page
