"""Tests of salesforce."""
