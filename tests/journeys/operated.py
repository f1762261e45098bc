"""The service as its operator has it: a data folder, its settings, its commands, and the process that serves."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import apatar
from apatar.sandbox.story_stage import OURS, OrgAccess, free_port

READY_WITHIN, STOPPED_WITHIN = 60, 8
"""Seconds."""


class Installation:
    """One installation: its data folder, its settings, and the service where it runs."""

    def __init__(self, folder: Path, org: OrgAccess) -> None:
        self.folder = folder
        self.home = folder / "service"
        self._port = free_port(0)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self._environment = {
            **inherited,
            "APATAR_HOME": str(self.home),
            "APATAR_SALESFORCE_HOSTS": org.host,
            "PYTHONPATH": str(Path(apatar.__file__).parents[1]),
        }
        self._process: subprocess.Popen[str] | None = None

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "apatar", *words],
            input=typed, capture_output=True, text=True, env=self._environment, check=False, timeout=120,
        )  # fmt: skip

    def done(self, *words: str, typed: str = "") -> str:
        """Run a command that must succeed; return what it printed."""
        result = self.run(*words, typed=typed)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def start(self) -> None:
        with (self.folder / "service.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "apatar", "serve", "--port", str(self._port)],
                stdout=subprocess.PIPE, stderr=log, text=True, env=self._environment, start_new_session=True,
            )  # fmt: skip
        assert self._process.stdout is not None
        watchdog = threading.Timer(READY_WITHIN, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        assert line.startswith("ready http://localhost:"), (self.folder / "service.log").read_text()[-2000:]

    def kill(self) -> None:
        """`kill -9` of the process that was started: whatever it started itself has to notice."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._ended()

    def stop(self) -> float:
        """Ask politely; return how many seconds it took."""
        assert self._process is not None
        before = time.monotonic()
        self._process.terminate()
        self._ended()
        return time.monotonic() - before

    def _ended(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.wait(STOPPED_WITHIN)
        self._process.stdout.close()

    def leave_nothing(self) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._ended()

    def runs(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self.done("run", "list", "--json"))
        return listed
