"""Who may come in, and whether there is work."""

from datetime import UTC, datetime, timedelta

import pytest
from django_scopes import scope, scopes_disabled

from apatar.connections.credentials import store_credentials
from apatar.connections.models import Connection
from apatar.connections.webconnector_password import make_webconnector_password
from apatar.runs.models import Phase, Run
from apatar.webconnector.admission import NOT_HERE_ANY_MORE, Admitted, TurnedAway, Verdict, admit, note_call
from tests.accounts.people import owner_of_a_workspace

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ADDRESS = "192.0.2.7"


def a_connection(**values: object) -> tuple[Connection, str]:
    """Return a connection that is ready to run, with its own machine-made password."""
    owner = owner_of_a_workspace()
    password, proof = make_webconnector_password()
    connection = Connection(
        workspace=owner.workspace, owner=owner.person, company="Rock Castle", webconnector_proof=proof, **values
    )
    store_credentials(connection, {"password": "p"})
    with scopes_disabled():
        connection.save()
    return connection, password


def knock(connection: Connection, password: str, *, at: datetime = NOON) -> Verdict:
    """Call as the Web Connector does; a call that is let in, or sent home without work, is noted."""
    verdict = admit(connection.webconnector_user, password, address=ADDRESS, now=at)
    if verdict.caller is not None:
        note_call(verdict.caller, at)
    return verdict


def a_finished_run(connection: Connection, *, started: datetime, finished: datetime | None) -> None:
    with scope(connection=connection):
        Run.objects.create(
            connection=connection, number=1, phase=Phase.DONE, started_at=started, touched_at=started,
            finished_at=finished, direction="both",
        )  # fmt: skip


def test_the_right_password_is_let_in_to_the_open_file() -> None:
    connection, password = a_connection()
    verdict = knock(connection, password)
    assert isinstance(verdict, Admitted)
    assert (verdict.caller.pk, verdict.company) == (connection.pk, "")


def test_a_path_in_the_form_is_what_the_web_connector_shall_open() -> None:
    connection, password = a_connection()
    connection.company = r"C:\Books\Rock Castle.qbw"
    with scopes_disabled():
        connection.save()
    verdict = knock(connection, password)
    assert isinstance(verdict, Admitted)
    assert verdict.company == r"C:\Books\Rock Castle.qbw"


@pytest.mark.parametrize("password", ["", "not it", "x" * 10_000, "\x00"])
def test_a_wrong_password_is_turned_away_and_noted(password: str) -> None:
    connection, _ = a_connection()
    verdict = knock(connection, password)
    assert isinstance(verdict, TurnedAway)
    assert (verdict.word, verdict.caller) == ("nvu", None)
    with scopes_disabled():
        connection.refresh_from_db()
    assert "Type your On-Demand password into its Password field again." in connection.last_refusal
    assert connection.last_call_at is None, "a stranger's call is no sign of life"


@pytest.mark.parametrize("user", ["", "nobody", "x" * 10_000, "apatar-' OR 1=1"])
def test_an_unknown_user_is_turned_away_with_the_same_word(user: str) -> None:
    assert admit(user, "x", address="192.0.2.8", now=NOON) == TurnedAway("nvu", "unknown user name")


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"paused_at": NOON}, "paused"), ({"sealed_credentials": ""}, "no Salesforce credentials yet")],
)
def test_without_work_it_is_sent_home(values: dict[str, object], reason: str) -> None:
    connection, password = a_connection()
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(**values)
    verdict = knock(connection, password)
    assert isinstance(verdict, TurnedAway)
    assert verdict.caller is not None
    assert (verdict.word, verdict.reason, verdict.caller.pk) == ("none", reason, connection.pk)


def test_a_timer_that_comes_too_often_is_sent_home_and_a_person_is_not() -> None:
    connection, password = a_connection(frequency_minutes=60)
    a_finished_run(connection, started=NOON, finished=NOON + timedelta(minutes=1))
    for minute in (5, 10, 15):
        last = knock(connection, password, at=NOON + timedelta(minutes=minute))
    assert isinstance(last, TurnedAway)
    assert last.reason == "not due"
    assert isinstance(knock(connection, password, at=NOON + timedelta(minutes=17)), Admitted)
    assert isinstance(knock(connection, password, at=NOON + timedelta(minutes=60)), Admitted)


def test_an_unfinished_run_goes_on_whatever_the_timer_says() -> None:
    connection, password = a_connection(frequency_minutes=60)
    a_finished_run(connection, started=NOON, finished=None)
    for minute in (5, 10, 15):
        last = knock(connection, password, at=NOON + timedelta(minutes=minute))
    assert isinstance(last, Admitted)


def test_a_call_is_a_sign_of_life_and_clears_the_last_refusal() -> None:
    connection, password = a_connection()
    knock(connection, "not it")
    knock(connection, password)
    knock(connection, password, at=NOON + timedelta(minutes=5))
    with scopes_disabled():
        connection.refresh_from_db()
    assert (connection.first_call_at, connection.last_call_at) == (NOON, NOON + timedelta(minutes=5))
    assert (connection.call_before_last_at, connection.last_refusal) == (NOON, "")


def test_a_guesser_shuts_the_door_for_guesses_but_not_for_the_office() -> None:
    connection, password = a_connection()
    for _ in range(10):
        knock(connection, "not it")
    assert knock(connection, "another guess") == TurnedAway("nvu", "too many wrong passwords")
    assert isinstance(knock(connection, password), Admitted), "a guesser must not be able to stop the sync"


@pytest.mark.parametrize("why", ["left the workspace", "was switched off"])
def test_the_password_of_somebody_who_is_gone_opens_nothing(why: str) -> None:
    connection, _ = a_connection()
    owner = connection.owner
    owner.set_password("correct horse battery")
    owner.is_active = why != "was switched off"
    owner.save()
    if why == "left the workspace":
        owner.memberships.all().delete()
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(webconnector_proof="")
    assert knock(connection, "correct horse battery") == TurnedAway("nvu", NOT_HERE_ANY_MORE)
    with scopes_disabled():
        connection.refresh_from_db()
    assert connection.last_refusal == NOT_HERE_ANY_MORE


def test_a_password_made_for_the_connection_outlives_its_owner() -> None:
    connection, password = a_connection()
    connection.owner.memberships.all().delete()
    assert isinstance(knock(connection, password), Admitted)
