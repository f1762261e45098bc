"""The whole story is told with the real service, in processes of their own."""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.service
def test_the_demo_ends_with_two_sides_that_agree() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "apatar",
            "demo",
            "--once",
            "--json",
            "--port",
            "0",
            "--customers",
            "12",
            "--accounts",
            "8",
        ],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    looked, first, second = told["runs"]
    assert (looked["outcome"], looked["quickbooks"]["created"], looked["salesforce"]["created"]) == ("shown", 0, 0)
    assert (told["agree"], told["links"]) == (True, 14), "12 customers, of which 8 are accounts too, and 2 newcomers"
    assert (first["quickbooks"]["created"], first["salesforce"]["created"]) == (0, 4)
    assert (second["quickbooks"]["created"], second["salesforce"]["created"], second["conflicts"]) == (1, 1, 1)
    assert set(first) == {
        "number", "outcome", "quickbooks", "salesforce", "conflicts", "problems", "salesforce_calls", "seconds"
    }  # fmt: skip
