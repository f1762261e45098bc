"""Records, links and settings from which the tests of deciding build their situations."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.decision import Settings
from apatar.sync.fitting import NamePolicy
from apatar.sync.mapping import Direction
from apatar.sync.merge import ConflictPolicy
from apatar.sync.reading import read
from apatar.sync.record import Base, Link, Record, Side
from apatar.sync.values import RemoteLeaf

NAMESPACE = UUID("6f0f6bb0-3a61-4d0c-9a39-4b1a5be4c001")
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
LONG_NAME = "The Very Long Established Trading Company of Northern Alaska"
CUT_NAME = "The Very Long Established Trading Company"


def settings(
    *,
    direction: Direction = Direction.BOTH,
    policy: ConflictPolicy = ConflictPolicy.NEWEST,
    name_policy: NamePolicy = NamePolicy.END,
    link_only: bool = False,
) -> Settings:
    return Settings(
        namespace=NAMESPACE, direction=direction, policy=policy, name_policy=name_policy, link_only=link_only
    )


def account(
    remote_id: str = "001A",
    *,
    minutes: int | None = 0,
    deleted: bool = False,
    foreign_key: str | None = None,
    name: str | None = "Acme",
    **fields: RemoteLeaf,
) -> Record:
    """An account changed so many minutes after noon; fields by their API names."""
    modified = None if minutes is None else NOON + timedelta(minutes=minutes)
    return Record(
        Side.SALESFORCE, "Account", remote_id, "stamp", {"Name": name, **fields}, modified, deleted, foreign_key
    )


def customer(
    remote_id: str = "80-1",
    *,
    minutes: int | None = 0,
    deleted: bool = False,
    foreign_key: str | None = None,
    name: str | None = "Acme",
    **fields: RemoteLeaf,
) -> Record:
    """A customer changed so many minutes after noon; `__` in a keyword stands for the dot of a path."""
    modified = None if minutes is None else NOON + timedelta(minutes=minutes)
    flat: dict[str, RemoteLeaf] = {
        "Name": name,
        "Sublevel": "0",
        **{key.replace("__", "."): value for key, value in fields.items()},
    }
    return Record(Side.QUICKBOOKS, "Customer", remote_id, "17", flat, modified, deleted, foreign_key)


def agreed(salesforce: Record, quickbooks: Record) -> Link:
    """A link whose base is what the two records hold."""
    base = Base(read(ACCOUNTS_CUSTOMERS, salesforce), read(ACCOUNTS_CUSTOMERS, quickbooks))
    return Link(salesforce.remote_id, quickbooks.remote_id, base)
