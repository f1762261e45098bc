"""The map of a connection: which field of one side is which field of the other, as far as the org offers them."""

from functools import lru_cache

from apatar.connections.models import Connection
from apatar.qbxml.text import to_windows_1252
from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.fitting import NamePolicy
from apatar.sync.mapping import Direction, ObjectMapping
from apatar.sync.merge import ConflictPolicy
from apatar.sync.plan import Settings
from apatar.sync.schema import Available, OrgField, available

MAPPINGS = (ACCOUNTS_CUSTOMERS,)
"""Every pair of objects that is kept in step, parents before children."""

Offered = tuple[tuple[str, int, bool, bool], ...]
"""Name, length, createable and updateable of every field that an org's describe offers."""


def settings_of(connection: Connection, direction: str) -> Settings:
    """Return what the connection has decided; `direction` is the run's own, settled when it was opened."""
    return Settings(
        namespace=connection.namespace,
        direction=Direction(direction),
        policy=ConflictPolicy(connection.conflict_policy),
        name_policy=NamePolicy(connection.name_policy),
        spell=spell,
    )


@lru_cache(maxsize=4096)
def spell(text: str) -> str:
    """Spell a text with the characters QuickBooks has (Windows-1252)."""
    return text if text.isascii() and text.isprintable() else to_windows_1252(text)[0]


def mapping_of(connection: Connection, mapping: ObjectMapping = ACCOUNTS_CUSTOMERS) -> ObjectMapping:
    """Return the mapping narrowed to what the org offers the connected user; needs the org's describe."""
    return _narrowed(mapping, _offered(connection, mapping)).mapping


def left_out(connection: Connection) -> tuple[str, ...]:
    """Say in plain words what of the map the org cannot take; nothing before the org was first asked."""
    if connection.salesforce_schema_at is None:
        return ()
    return tuple(report for one in MAPPINGS for report in _narrowed(one, _offered(connection, one)).reports)


def _offered(connection: Connection, mapping: ObjectMapping) -> Offered:
    fields = connection.salesforce_schema.get(mapping.salesforce_object, {})
    return tuple((name, *facts) for name, facts in fields.items())


@lru_cache(maxsize=256)
def _narrowed(mapping: ObjectMapping, offered: Offered) -> Available:
    """Narrow a mapping once per content of a describe: the core's own tables are cached by mapping."""
    org = {name: OrgField(length or None, createable, updateable) for name, length, createable, updateable in offered}
    return available(mapping, org)
