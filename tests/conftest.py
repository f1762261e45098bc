"""How many tests run side by side, how seldom they look for garbage, and that no clock judges them."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: who walks pages or waits for a process leaves a core idle."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_finish() -> None:
    """What was imported stays to the end: to look through it again and again takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
