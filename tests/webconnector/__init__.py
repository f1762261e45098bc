"""Tests of webconnector."""
