"""Floor 3: pairing a Salesforce org with a QuickBooks company file."""
