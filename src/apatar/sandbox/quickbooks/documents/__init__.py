"""Sales transactions: how QuickBooks fills them in, adds them up, links them and settles them."""
