"""What every test stands on: a data folder of its own, and people with names."""

import os
import tempfile

os.environ.setdefault("APATAR_HOME", tempfile.mkdtemp(prefix="apatar-tests-"))
os.environ.setdefault("APATAR_URL", "http://localhost:8000")
