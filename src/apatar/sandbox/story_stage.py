"""The stage of the story: a fresh folder, the two sandboxes and the service as processes, and their commands."""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

OURS = ("APATAR_", "DATABASE_URL", "EMAIL_URL", "DJANGO_")
"""Settings of a real installation: the story must neither read nor change one."""

START_SECONDS = 60
STOP_SECONDS = 10


class StoryError(Exception):
    """The story cannot go on; the sentence says where it stopped and what was answered there."""


@dataclass(frozen=True, slots=True)
class OrgAccess:
    """Where the sandbox's Salesforce org is, and who may log in."""

    url: str
    user: str
    password: str
    security_token: str
    client_id: str
    client_secret: str
    admin_user: str = ""
    admin_password: str = ""
    admin_token: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


class Stage:
    """Everything that runs for one story; leaving it stops every process and removes every file."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        self.folder = Path()

    def __enter__(self) -> Self:
        folder = TemporaryDirectory(prefix="apatar-demo-", ignore_cleanup_errors=True)
        self.folder = Path(self._stack.enter_context(folder))
        self._environment["APATAR_HOME"] = str(self.folder / "service")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def company_file(self) -> Path:
        return self.folder / "company.qbw"

    @property
    def connector_home(self) -> Path:
        return self.folder / "webconnector"

    @property
    def org_home(self) -> Path:
        return self.folder / "org"

    def start_org(self, *, accounts: int, same: int, bare: bool = False) -> OrgAccess:
        process = self._start(
            "sandbox", "salesforce", "--home", str(self.org_home), "--port", "0",
            "--accounts", str(accounts), "--same", str(same), "--json", *(["--bare"] if bare else []),
        )  # fmt: skip
        told = json.loads(process.first_line("{"))
        return OrgAccess(
            told["ready"],
            told["user"],
            told["password"],
            told["security_token"],
            told["client_id"],
            told["client_secret"],
            told.get("admin_user", ""),
            told.get("admin_password", ""),
            told.get("admin_security_token", ""),
        )

    def start_service(self, *, port: int, org: OrgAccess) -> str:
        """Start the service and return its address; a port that is taken is replaced by a free one."""
        self._environment["APATAR_SALESFORCE_HOSTS"] = org.host
        process = self._start("serve", "--port", str(free_port(port)))
        return process.first_line("ready ").removeprefix("ready ").strip()

    def command(self, *words: str, typed: str = "") -> str:
        """Run one command to its end and return what it printed; raises StoryError where it failed."""
        done = self._run(words, typed)
        if done.returncode:
            raise StoryError(f"`apatar {' '.join(words)}` failed: {(done.stderr or done.stdout).strip()[-1000:]}")
        return done.stdout

    def read(self, *words: str) -> Any:
        """Run one command and return the JSON that it printed."""
        return json.loads(self.command(*words))

    def connector(self, *words: str, typed: str = "") -> str:
        """Run one command of the sandbox's Web Connector."""
        return self.command("sandbox", "webconnector", "--home", str(self.connector_home), *words, typed=typed)

    def update_selected(self) -> None:
        """Let the Web Connector hold its sessions; raises StoryError with the Status of one that ended badly."""
        words = ("sandbox", "webconnector", "--home", str(self.connector_home), "update", "--json")
        done = self._run((*words, "--company", str(self.company_file), "--noop-seconds", "0.2"), "")
        if not done.stdout.startswith("{"):
            raise StoryError(f"The Web Connector could not start: {done.stderr.strip()[-1000:]}")
        for session in json.loads(done.stdout)["sessions"]:
            if not session["well"]:
                raise StoryError(f"The session of the Web Connector ended with: {session['status']}")

    def _run(self, words: tuple[str, ...], typed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own commands
            [sys.executable, "-m", "apatar", *words],
            input=typed,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=self._environment,
            check=False,
        )

    def _start(self, *words: str) -> "Process":
        name = "-".join(words[:2])
        return self._stack.enter_context(Process(words, self._environment, self.folder / f"{name.strip('-')}.log"))


class Process:
    """A command that runs until the stage is left; its own group, so that Ctrl-C reaches it through us only."""

    def __init__(self, words: tuple[str, ...], environment: Mapping[str, str], log: Path) -> None:
        self._name = words[0]
        self._log = log
        self._lines: queue.Queue[str | None] = queue.Queue()
        with log.open("w", encoding="utf-8") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                [sys.executable, "-m", "apatar", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                encoding="utf-8",
                env=dict(environment),
                start_new_session=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """End politely first; what is left of the group after that is killed."""
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if hasattr(os, "killpg"):
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                return

    def first_line(self, beginning: str) -> str:
        """Return the first printed line that begins so; raises StoryError where the process ends or is silent."""
        while True:
            try:
                line = self._lines.get(timeout=START_SECONDS)
            except queue.Empty:
                raise StoryError(f"`apatar {self._name}` was not ready after {START_SECONDS} seconds.") from None
            if line is None:
                errors = self._log.read_text(encoding="utf-8").strip()[-1000:]
                raise StoryError(f"`apatar {self._name}` ended before it was ready: {errors}")
            if line.startswith(beginning):
                return line

    def _listen(self) -> None:
        """Take every line, so that the process is never held up by a full pipe."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        with self._process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)


def free_port(wished: int) -> int:
    """Return the wished port of localhost, or any free one where it is taken or 0."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
