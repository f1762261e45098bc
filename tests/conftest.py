"""How many tests run side by side."""

import os

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: who walks pages or waits for a process leaves a core idle."""
    return (os.cpu_count() or 1) + 1
