"""Apatar On-Demand: keeps Salesforce and QuickBooks Desktop in step."""

__version__ = "0.3.0"
