"""Floor 4: what the product does: read both sides, decide, write both sides."""
