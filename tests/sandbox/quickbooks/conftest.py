"""The fixtures of the sandbox's QuickBooks."""

from tests.sandbox.quickbooks.situations import company, watch

__all__ = ["company", "watch"]
