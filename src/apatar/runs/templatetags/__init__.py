"""Words that templates of this room use."""
