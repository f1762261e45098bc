"""A QuickBooks company file that answers qbXML as strictly as the real one."""
