"""The fixtures of the documents' tests."""

from tests.sandbox.quickbooks.documents.trade import abroad, shop
from tests.sandbox.quickbooks.situations import company, watch

__all__ = ["abroad", "company", "shop", "watch"]
