"""Beside the house: a QuickBooks company, a Web Connector and a Salesforce org on one machine."""
