"""Floor 1: the language of QuickBooks Desktop."""
