"""Tests of qbxml."""
