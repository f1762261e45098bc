"""The Salesforce secrets of a connection: sealed in its row, opened only to log in."""

import json
from collections.abc import Mapping

from apatar import vault
from apatar.connections.models import Connection


def store_credentials(connection: Connection, secrets: Mapping[str, str]) -> None:
    """Seal the given secrets into the row (not saved here); empty values keep what is stored.

    A session of the old credentials must not outlive them, so it is dropped; so is the memory of a refusal.
    """
    kept = {**read_credentials(connection), **{name: value for name, value in secrets.items() if value}}
    connection.sealed_credentials = vault.seal(json.dumps(kept), row=_row(connection, "credentials"))
    connection.sealed_session = ""
    connection.salesforce_problem = ""


def read_credentials(connection: Connection) -> dict[str, str]:
    """Open the sealed secrets; empty where none are stored. Raises vault errors where the seal does not fit."""
    if not connection.sealed_credentials:
        return {}
    row = _row(connection, "credentials")
    opened: dict[str, str] = json.loads(vault.unseal(connection.sealed_credentials, row=row))
    return opened


def forget_refusal(connection: Connection) -> None:
    """Forget that a login was refused (not saved here), so that the next run tries again; a refresh token stays."""
    kept = open_session(connection)
    if kept is not None:
        connection.sealed_session = seal_session(connection, {**kept, "session": None, "failure": None})
    connection.salesforce_problem = ""


def has_credentials(connection: Connection) -> bool:
    return bool(connection.sealed_credentials)


def seal_session(connection: Connection, session: Mapping[str, object]) -> str:
    return vault.seal(json.dumps(session), row=_row(connection, "session"))


def open_session(connection: Connection) -> dict[str, object] | None:
    if not connection.sealed_session:
        return None
    opened: dict[str, object] = json.loads(vault.unseal(connection.sealed_session, row=_row(connection, "session")))
    return opened


def _row(connection: Connection, column: str) -> str:
    return f"connection:{connection.namespace}:{column}"


def reseal(connection: Connection) -> int:
    """Seal what the row holds with the current key, save it, and return how many secrets that were."""
    resealed = 0
    for column in ("credentials", "session"):
        name = f"sealed_{column}"
        sealed = getattr(connection, name)
        if sealed and vault.needs_rotation(sealed):
            row = _row(connection, column)
            setattr(connection, name, vault.seal(vault.unseal(sealed, row=row), row=row))
            connection.save(update_fields=[name])
        resealed += bool(sealed)
    return resealed
