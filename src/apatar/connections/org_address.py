"""Where a record of the connection's org is looked at by people."""

import re

from apatar.connections.credentials import open_session
from apatar.connections.models import Connection
from apatar.vault.errors import VaultError

_ID = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def org_address(connection: Connection) -> str:
    """Return scheme and host of the org: of the kept session, else of the form. Ask once for a whole page."""
    try:
        kept = open_session(connection) or {}
    except VaultError:
        kept = {}
    session = kept.get("session")
    address = session.get("instance_url", "") if isinstance(session, dict) else ""
    return str(address or connection.salesforce_url).rstrip("/")


def record_address(org: str, remote_id: str) -> str:
    """Return where Salesforce shows a record, whatever object it is of; "" for what is no id."""
    return f"{org}/{remote_id}" if org and _ID.fullmatch(remote_id) else ""
