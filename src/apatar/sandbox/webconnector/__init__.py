"""A Web Connector that talks to any server as Intuit's does."""
