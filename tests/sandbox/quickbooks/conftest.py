"""The fixtures of the sandbox's QuickBooks."""

from tests.sandbox.quickbooks.situations import company, trading, watch

__all__ = ["company", "trading", "watch"]
