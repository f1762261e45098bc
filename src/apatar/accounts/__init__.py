"""Floor 2: people, workspaces and roles."""
