"""What the fields of a record are read against: the links of what it refers to, look-up tables, the day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from apatar.sync.record import Side

UNLINKED = "salesforce:"
"""How the canonical form of a reference begins whose Salesforce record has no counterpart yet."""

BUILT_IN_TABLES = ("currency_names", "currency_codes", "sales_rep_users", "item_defaults", "org")
"""Look-up tables that every map may use: ISO code ↔ QuickBooks' name of a currency, initials → user id, …"""


def tables_with(found: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """Return the tables, with those that every map may use, even while they are empty."""
    return {**{name: {} for name in BUILT_IN_TABLES}, **found}


ReferenceKey = tuple[str, Side, str]
"""Name of the pair of objects, side, and remote id there."""


@dataclass(frozen=True, slots=True)
class Known:
    """Facts about the surroundings of a batch of records, gathered before it is decided.

    A reference's canonical form is the QuickBooks id of what it names, so that both sides can be compared. `canonical`
    has it for linked records of either side, and for QuickBooks records that stand for another one (a job for the
    customer at its top). `salesforce_ids` leads back from (pair, canonical id). `pending` are records whose counterpart
    is on its way. `kinds` says which variant a QuickBooks record is, `names` how a record is called, `currencies` the
    ISO code of a customer's currency, where the company has several, `stand_ins` which QuickBooks record of a pair may
    be used for one that has no counterpart. `tables` serve the expressions, by name.
    """

    canonical: Mapping[ReferenceKey, str] = field(default_factory=dict)
    salesforce_ids: Mapping[tuple[str, str], str] = field(default_factory=dict)
    pending: frozenset[ReferenceKey] = frozenset()
    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict)
    names: Mapping[tuple[Side, str], str] = field(default_factory=dict)
    currencies: Mapping[tuple[str, str], str] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: tables_with({}))
    today: date | None = None

    def kind_of(self, pairs: tuple[str, ...], canonical_id: str) -> str:
        return next((kind for pair in pairs if (kind := self.kinds.get((pair, canonical_id)))), "")

    def salesforce_id(self, pairs: tuple[str, ...], canonical_id: str) -> str | None:
        return next((found for pair in pairs if (found := self.salesforce_ids.get((pair, canonical_id)))), None)


NOTHING = Known()
