"""What one evening of the journeys needs: the service and a Salesforce org, each as the process that people start."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

import apatar
from apatar.sandbox.story_stage import OURS, OrgAccess, Process

HERE = "127.0.0.1,localhost"
"""The sandbox's org answers on this machine, at a port that is not known when the service starts."""


@contextmanager
def a_service(folder: Path) -> Iterator[str]:
    """Run `apatar serve` on a free port with a data folder of its own; yields the address that it prints."""
    settings = {"APATAR_HOME": str(folder / "service"), "APATAR_SALESFORCE_HOSTS": HERE}
    with Process(("serve", "--port", "0"), _environment(settings), folder / "service.log") as service:
        yield service.first_line("ready ").removeprefix("ready ").strip()


@dataclass(frozen=True, slots=True)
class SandboxOrg:
    """A Salesforce org: how to log in to it, and its operator's access."""

    access: OrgAccess
    operator: tuple[str, str]

    def let_a_minute_pass(self) -> None:
        """Put the org's clock forward, so that what is done next has a stamp of its own (they count in seconds)."""
        answer = httpx2.post(
            f"{self.access.url}/sandbox/faults", auth=self.operator, json={"clock_offset": 60.0}, trust_env=False
        )
        answer.raise_for_status()


@contextmanager
def an_org(folder: Path, *, accounts: int, same: int) -> Iterator[SandboxOrg]:
    """Run `apatar sandbox salesforce`; `same` of its accounts are customers of the sample company too."""
    sizes = ("--accounts", str(accounts), "--same", str(same))
    words = ("sandbox", "salesforce", "--home", str(folder / "org"), "--port", "0", *sizes, "--json")
    with Process(words, _environment({}), folder / "org.log") as org:
        told = json.loads(org.first_line("{"))
        names = ("ready", "user", "password", "security_token", "client_id", "client_secret")
        yield SandboxOrg(OrgAccess(*(told[name] for name in names)), (told["admin_user"], told["admin_password"]))


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """Leave out every setting of this test run, so that the service starts as on a new machine."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**inherited, **settings, "PYTHONPATH": str(Path(apatar.__file__).parents[1])}
