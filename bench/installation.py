"""A fresh installation of the service in a folder of its own, and the sandboxes beside it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import LOAD_CORE, SERVER_CORE, BenchError, Running

OURS = ("APATAR_", "DATABASE_URL", "EMAIL_URL", "DJANGO_")
COMPANY = "Bayshore Trading Company"
EMAIL = "bench@example.com"
PASSWORD = "correct horse battery"
SOURCES = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Org:
    """The sandbox's Salesforce org: where it is, and who may log in."""

    url: str
    user: str
    password: str
    security_token: str
    admin: tuple[str, str, str] = ("", "", "")
    """User, password and security token of the administrator."""


NO_ORG = Org("https://login.salesforce.com", "bench@example.com", "secret", "token")
"""For runs whose Salesforce side is never woken."""


class Installation:
    """Commands and processes of one APATAR_HOME; logs lie beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        path = os.pathsep.join([str(SOURCES / "src"), str(SOURCES)])
        self.environment = {**kept, "PYTHONPATH": path, "APATAR_HOME": str(folder / "home")}

    @property
    def company_file(self) -> Path:
        return self.folder / "company.qbw"

    def python(self, *words: str, typed: str = "") -> str:
        """Run one Python command to its end and return what it printed. Raises BenchError where it failed."""
        done = subprocess.run(
            [sys.executable, *words], input=typed, capture_output=True, text=True, env=self.environment, check=False
        )
        if done.returncode:
            raise BenchError(f"{' '.join(words)} failed: {(done.stderr or done.stdout).strip()[-2000:]}")
        return done.stdout

    def apatar(self, *words: str, typed: str = "") -> str:
        return self.python("-m", "apatar", *words, typed=typed)

    def start_service(self, **settings: str) -> Running:
        """Start `apatar serve` on the server's core and a free port."""
        environment = {**self.environment, **settings}
        words = ("-m", "apatar", "serve", "--port", "0")
        return Running(words, environment=environment, log=self.folder / "serve.log", cores=SERVER_CORE)

    def start_org(self, *, accounts: int, same: int, bare: bool = False) -> Running:
        home = str(self.folder / "org")
        words = ("-m", "apatar", "sandbox", "salesforce", "--home", home, "--accounts", str(accounts))
        same_words = ("--same", str(same), "--json", *(["--bare"] if bare else []))
        log = self.folder / "org.log"
        return Running((*words, *same_words), environment=self.environment, log=log, cores=LOAD_CORE)

    def new_company(self, *words: str) -> None:
        """Make the company file; `words` are switches of `sandbox quickbooks new`."""
        self.apatar("sandbox", "quickbooks", "new", str(self.company_file), "--name", COMPANY, *words)

    def connect(self, org: Org, *, direction: str, pairs: tuple[str, ...] = ("accounts_customers",)) -> dict[str, Any]:
        """Register a person and add a connection that keeps `pairs`; returns what `connection add --json` prints."""
        self.apatar("migrate")
        self.apatar("user", "add", EMAIL, "--password-stdin", typed=PASSWORD + "\n")
        secret = json.dumps({"password": org.password, "security_token": org.security_token})
        words = ("--user", EMAIL, "--company", COMPANY, "--direction", direction, "--salesforce-url", org.url)
        added = self.apatar(
            "connection", "add", "--write-at-once", *words, "--salesforce-user", org.user, "--json", typed=secret
        )
        facts: dict[str, Any] = json.loads(added)
        self.environment["DJANGO_SETTINGS_MODULE"] = "apatar.config.settings"
        self.python("-m", "bench.pairs", str(facts["id"]), *pairs)
        return facts

    def prepare(self, connection: int, org: Org) -> None:
        """Let the org's administrator create the custom objects and fields. Raises BenchError."""
        user, password, token = org.admin
        admin = json.dumps({"user": user, "password": password, "security_token": token})
        self.apatar("connection", "prepare", str(connection), typed=admin)

    def last_run(self) -> dict[str, Any]:
        runs: list[dict[str, Any]] = json.loads(self.apatar("run", "list", "--json"))
        return runs[-1]


def org_of(told: str) -> Org:
    """Read the line that `sandbox salesforce --json` prints."""
    facts = json.loads(told)
    admin = (facts["admin_user"], facts["admin_password"], facts["admin_security_token"])
    return Org(facts["ready"], facts["user"], facts["password"], facts["security_token"], admin)


def address_of(told: str) -> str:
    """Read `ready URL`, by number: a name would be looked up at every connection."""
    return told.removeprefix("ready ").strip().replace("localhost", "127.0.0.1")
