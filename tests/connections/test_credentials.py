"""The Salesforce secrets of a connection: sealed in its row, opened only there."""

from collections.abc import Iterator

import pytest
from django_scopes import scopes_disabled

from apatar import vault
from apatar.connections.credentials import (
    has_credentials,
    open_session,
    read_credentials,
    reseal,
    seal_session,
    store_credentials,
)
from apatar.connections.models import Connection
from apatar.vault.errors import VaultError
from apatar.vault.keyring import KeyRing, new_key
from tests.accounts.people import owner_of_a_workspace

SECRET = {"password": "hunter2hunter2", "security_token": "tok3n"}


def a_connection() -> Connection:
    return Connection(company="Rock Castle")


def test_what_is_stored_is_read_again() -> None:
    connection = a_connection()
    store_credentials(connection, SECRET)
    assert read_credentials(connection) == SECRET
    assert has_credentials(connection)


def test_a_new_connection_has_none() -> None:
    assert read_credentials(a_connection()) == {}
    assert not has_credentials(a_connection())
    assert open_session(a_connection()) is None


def test_no_secret_is_readable_in_the_row() -> None:
    connection = a_connection()
    store_credentials(connection, SECRET)
    connection.sealed_session = seal_session(connection, {"access_token": "00D!secret"})
    assert all(word not in str(vars(connection)) for word in ("hunter2", "tok3n", "00D!secret"))


def test_an_empty_value_keeps_the_stored_one() -> None:
    connection = a_connection()
    store_credentials(connection, SECRET)
    store_credentials(connection, {"password": "", "security_token": "another"})
    assert read_credentials(connection) == {"password": "hunter2hunter2", "security_token": "another"}


def test_new_secrets_end_the_session_of_the_old_ones() -> None:
    connection = a_connection()
    connection.sealed_session = seal_session(connection, {"access_token": "x"})
    connection.salesforce_problem = "Salesforce did not accept the password."
    store_credentials(connection, SECRET)
    assert (connection.sealed_session, connection.salesforce_problem) == ("", "")


def test_a_secret_that_is_carried_to_another_row_does_not_open() -> None:
    one, other = a_connection(), a_connection()
    store_credentials(one, SECRET)
    other.sealed_credentials = one.sealed_credentials
    with pytest.raises(VaultError):
        read_credentials(other)


def test_a_secret_that_is_carried_to_another_column_does_not_open() -> None:
    connection = a_connection()
    store_credentials(connection, SECRET)
    connection.sealed_session = connection.sealed_credentials
    with pytest.raises(VaultError):
        open_session(connection)


@pytest.fixture
def own_keys() -> Iterator[None]:
    kept = vault.ring()
    yield
    vault.use(kept)


@pytest.mark.django_db
def test_secrets_are_sealed_anew_with_a_new_key(own_keys: None) -> None:
    owner = owner_of_a_workspace()
    old, new = new_key(), new_key()
    vault.use(KeyRing.parse(old))
    connection = Connection(company="Rock Castle", workspace=owner.workspace, owner=owner.person)
    store_credentials(connection, SECRET)
    connection.sealed_session = seal_session(connection, {"access_token": "x"})
    with scopes_disabled():
        connection.save()
        vault.use(KeyRing.parse(f"{new}\n{old}"))
        assert reseal(connection) == 2
        connection.refresh_from_db()
    vault.use(KeyRing.parse(new))
    assert read_credentials(connection) == SECRET
    assert open_session(connection) == {"access_token": "x"}
