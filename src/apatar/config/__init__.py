"""Floor 6: settings, addresses and processes."""
