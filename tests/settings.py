"""The service's own settings, in a data folder that belongs to this test process alone."""

import gc
import os
import tempfile
from pathlib import Path

# pytest-django reads the settings before any conftest: whatever is set later would find the real data folder in use.
os.environ["APATAR_HOME"] = tempfile.mkdtemp(prefix="apatar-tests-")
os.environ.setdefault("APATAR_URL", "http://localhost:8000")

from apatar.config.settings import *  # noqa: F403 the settings of the product are what is tested

# Tests make few cycles and many rows: looking for cycles after every 700 objects took a twelfth of their time.
gc.set_threshold(20_000, 20, 50)

# Programs that tests start are the product, from this checkout, with the product's settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "apatar.config.settings"
os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[1] / "src")
