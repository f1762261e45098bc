"""Every pair of objects that is kept in step, parents before children: declarations on one engine."""

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS
from apatar.sync.mapping import ObjectMapping
from apatar.sync.pairs.contacts import CONTACTS, MAIN_CONTACTS
from apatar.sync.pairs.deals import DEALS, DOCUMENTS
from apatar.sync.pairs.jobs import JOBS
from apatar.sync.pairs.mirrors import MIRRORS
from apatar.sync.pairs.products import PRICES, PRODUCTS

__all__ = ["DOCUMENTS", "OFF_AT_FIRST", "PAIRS", "declared"]

PAIRS: tuple[ObjectMapping, ...] = (
    ACCOUNTS_CUSTOMERS, CONTACTS, MAIN_CONTACTS, JOBS, PRODUCTS, PRICES, *DEALS, *MIRRORS,
)  # fmt: skip
_BY_NAME = {one.name: one for one in PAIRS}


def declared(name: str) -> ObjectMapping:
    """Return a pair of objects as it is declared, whatever a connection has made of it. Raises KeyError."""
    return _BY_NAME[name]


OFF_AT_FIRST = frozenset({JOBS.name})
"""Pairs that are kept in step only where somebody asks for it (PRODUCT.md)."""
