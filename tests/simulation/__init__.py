"""The promises of SYNC.md attacked by chance: seeded schedules of edits, mishaps and deaths, on the whole service."""
