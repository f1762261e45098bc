"""The tests: they mirror src, and add contracts, journeys and the simulation."""
