"""Figures of speed and memory: `make bench` prints them beside the floor and the fastest peer."""
