"""Tests of apatar.qbxml.grammar."""
