"""The operator's commands that need no running service."""

import json
import sqlite3
import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django_scopes import scopes_disabled

from apatar import vault
from apatar.accounts.models import Person
from apatar.config.commands import run
from apatar.config.management.commands.backup import write_backup
from apatar.config.management.commands.restore import put_back
from apatar.connections.credentials import read_credentials, store_credentials
from apatar.connections.models import Connection
from apatar.vault.keyring import KeyRing, new_key
from tests.accounts.people import owner_of_a_workspace

SECRET = {"password": "hunter2hunter2", "security_token": "t0k"}


def said(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(text))


def test_an_unknown_command_is_said_with_what_there_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dance"]) == 2
    told = capsys.readouterr().err
    assert "there is no command 'dance'" in told
    assert "doctor" in told
    assert run(["--help"]) == 0


def test_keys_that_are_damaged_are_said_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def execute(words: list[str]) -> int:
        KeyRing.parse("")
        return 0

    monkeypatch.setattr("apatar.config.commands._execute", execute)
    assert run(["doctor"]) == 2
    assert capsys.readouterr().err.startswith("apatar: The list of keys is empty.")


@pytest.mark.django_db
def test_a_person_is_registered_with_a_workspace(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "correct horse battery\n")
    assert said("user", "add", "ada@example.com", "--password-stdin") == "ada@example.com is registered.\n"
    person = Person.objects.get(email="ada@example.com")
    assert person.check_password("correct horse battery")
    assert person.memberships.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("email", "password"), [("ada", "correct horse battery"), ("ada@example.com", "short")])
def test_a_bad_address_or_password_is_refused(monkeypatch: pytest.MonkeyPatch, email: str, password: str) -> None:
    typed(monkeypatch, f"{password}\n")
    with pytest.raises(CommandError):
        said("user", "add", email, "--password-stdin")
    assert not Person.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("secret", "method"),
    [
        (SECRET, "password"),
        ({"client_id": "c", "client_secret": "s"}, "client-credentials"),
        ({"client_id": "c", "private_key": "k"}, "jwt"),
    ],
)
def test_a_connection_is_added_with_the_secret_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, secret: dict[str, str], method: str
) -> None:
    settings.HOME = tmp_path
    owner = owner_of_a_workspace()
    typed(monkeypatch, json.dumps(secret))
    words = ("--user", owner.person.email, "--company", "Rock Castle", "--salesforce-user", "ada@example.com")
    made = json.loads(said("connection", "add", *words, "--frequency", "15", "--json"))
    with scopes_disabled():
        connection = Connection.objects.get(pk=made["id"])
    assert made["webconnector_user"] == connection.webconnector_user
    assert Path(made["qwc"]).name == "ApatarQBW.qwc"
    assert connection.webconnector_user in Path(made["qwc"]).read_text()
    assert (connection.salesforce_method, connection.frequency_minutes) == (method, 15)
    assert read_credentials(connection) == secret
    assert not any(value in json.dumps(made) for value in secret.values() if len(value) > 1)


@pytest.mark.django_db
@pytest.mark.parametrize("text", ["not json", "[1]"])
def test_a_secret_that_is_no_object_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    typed(monkeypatch, text)
    owner = owner_of_a_workspace()
    with pytest.raises(CommandError, match="not a JSON object"):
        said("connection", "add", "--user", owner.person.email, "--company", "x")


@pytest.mark.django_db
def test_the_form_judges_the_command_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, json.dumps(SECRET))
    owner = owner_of_a_workspace()
    evil = ("--salesforce-url", "https://evil.example", "--salesforce-user", "ada")
    with pytest.raises(CommandError, match="salesforce_url"):
        said("connection", "add", "--user", owner.person.email, "--company", "x", *evil)


def a_database(home: Path) -> Path:
    file = home / "apatar.sqlite3"
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE note (text)")
        database.execute("INSERT INTO note VALUES ('kept')")
    database.close()
    return file


def notes(file: Path) -> list[str]:
    database = sqlite3.connect(file)
    try:
        return [row[0] for row in database.execute("SELECT text FROM note")]
    finally:
        database.close()


def test_a_backup_holds_the_database_and_the_keys_and_comes_back(tmp_path: Path) -> None:
    home, new = tmp_path / "home", tmp_path / "new"
    home.mkdir()
    new.mkdir()
    (home / "keys").write_text("k1\n")
    (home / "secret-key").write_text("s1\n")
    file = a_database(home)
    write_backup(file, home, tmp_path / "kept.zip")
    assert (tmp_path / "kept.zip").stat().st_mode & 0o077 == 0
    put_back(tmp_path / "kept.zip", new / "apatar.sqlite3", new)
    assert notes(new / "apatar.sqlite3") == ["kept"]
    assert (new / "keys").read_text() == "k1\n"
    assert (new / "keys").stat().st_mode & 0o077 == 0


def test_a_backup_of_a_database_that_is_written_to_is_consistent(tmp_path: Path) -> None:
    file = a_database(tmp_path)
    writer = sqlite3.connect(file, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("INSERT INTO note VALUES ('committed')")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO note VALUES ('not yet')")
    write_backup(file, tmp_path, tmp_path / "kept.zip")
    writer.close()
    (tmp_path / "new").mkdir()
    put_back(tmp_path / "kept.zip", tmp_path / "new" / "apatar.sqlite3", tmp_path / "new")
    assert notes(tmp_path / "new" / "apatar.sqlite3") == ["kept", "committed"]


def test_another_zip_is_no_backup(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("../../evil", "x")
    with pytest.raises(CommandError, match="is not a backup"):
        put_back(tmp_path / "other.zip", tmp_path / "apatar.sqlite3", tmp_path)
    assert not (tmp_path.parent.parent / "evil").exists()


@pytest.mark.django_db
def test_new_keys_seal_every_secret_anew(settings: Any, tmp_path: Path) -> None:
    kept = vault.ring()
    try:
        settings.HOME = tmp_path
        settings.ENVIRONMENT = settings.ENVIRONMENT.__class__({})
        (tmp_path / "keys").write_text(f"{new_key()}\n")
        vault.use(KeyRing.parse((tmp_path / "keys").read_text()))
        owner = owner_of_a_workspace()
        connection = Connection(workspace=owner.workspace, owner=owner.person, company="x")
        store_credentials(connection, SECRET)
        with scopes_disabled():
            connection.save()
        assert said("keys", "rotate").startswith("1 secrets are sealed with the newest key.")
        newest = (tmp_path / "keys").read_text().splitlines()[0]
        vault.use(KeyRing.parse(newest))
        with scopes_disabled():
            connection.refresh_from_db()
        assert read_credentials(connection) == SECRET
    finally:
        vault.use(kept)


@pytest.mark.django_db
def test_the_doctor_says_in_words_what_is_wrong(settings: Any, tmp_path: Path) -> None:
    settings.HOME, settings.APATAR_URL = tmp_path, "http://apatar.example"
    (tmp_path / "keys").write_text("k")
    (tmp_path / "keys").chmod(0o644)
    out = StringIO()
    with pytest.raises(CommandError, match="Something needs your attention"):
        call_command("doctor", stdout=out)
    told = out.getvalue()
    assert f"FAIL {tmp_path / 'keys'} can be read by others. Run: chmod 600" in told
    assert "FAIL The public address is http://apatar.example. The Web Connector accepts https" in told


@pytest.mark.django_db
def test_a_healthy_installation_gets_a_clean_bill(settings: Any, tmp_path: Path) -> None:
    settings.HOME, settings.APATAR_URL = tmp_path, "https://apatar.example"
    assert "FAIL" not in said("doctor")


def test_runs_and_connections_that_are_not_there_are_said(transactional_db: None) -> None:
    with pytest.raises(CommandError, match="There is no run 77"):
        said("run", "show", "77")
    with pytest.raises(CommandError, match="There is no connection 77"):
        said("connection", "show", "77")
    assert json.loads(said("run", "list", "--json")) == []


def test_a_map_is_printed_as_one_file_and_put_into_use_from_one(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = owner_of_a_workspace()
    with scopes_disabled():
        connection = Connection.objects.create(workspace=owner.workspace, owner=owner.person, company="Books")
    pk = str(connection.pk)
    assert json.loads(said("connection", "map", pk)) == {"format": 1}
    typed(monkeypatch, '{"format": 1, "won_opportunity": "Invoice"}')
    assert json.loads(said("connection", "map", pk, "--import", "--json"))["map"] == 1
    assert json.loads(said("connection", "map", pk))["won_opportunity"] == "Invoice"
    typed(monkeypatch, '{"format": 1, "won_opportunity": "Napkin"}')
    with pytest.raises(CommandError, match="must be one of Estimate"):
        said("connection", "map", pk, "--import")
