"""Commands that go on where the story ended, for a new terminal in the folder from which it was started."""

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
"""The folder that holds the package `apatar`."""

NEWCOMER = """echo '<?qbxml version="13.0"?><QBXML><QBXMLMsgsRq onError="stopOnError">
<CustomerAddRq><CustomerAdd><Name>Harbor Bakery</Name></CustomerAdd>
</CustomerAddRq></QBXMLMsgsRq></QBXML>' |"""


def adding_command(company_file: Path) -> str:
    """Return a command that adds a customer in QuickBooks."""
    return _lines(NEWCOMER, f"{apatar()} sandbox quickbooks request", shlex.quote(str(company_file)))


def updating_command(*, connector_home: Path, company_file: Path) -> str:
    """Return the command of the Web Connector's Update Selected."""
    home, company = shlex.quote(str(connector_home)), shlex.quote(str(company_file))
    return _lines("", f"{apatar()} sandbox webconnector", f"--home {home}", f"update --company {company}")


def _lines(before: str, *parts: str) -> str:
    """Break a command as a shell continues it, so that no terminal has to."""
    whole = " \\\n  ".join(parts)
    return f"{before}\n{whole}" if before else whole


def apatar() -> str:
    """Return how `apatar` is called in a terminal that knows nothing of this process' environment."""
    python = _called(Path(sys.executable))
    if SOURCE in _import_path():
        return f"PYTHONPATH={shlex.quote(_relative(SOURCE))} {python} -m apatar"
    script = Path(sys.executable).with_name("apatar")
    return _called(script) if script.is_file() else f"{python} -m apatar"


def _import_path() -> Iterator[Path]:
    """What this process finds only because of its environment; an installed package is found without it."""
    return (Path(one).resolve() for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one)


def _called(program: Path) -> str:
    """Return the bare name where every terminal finds it so, else the path; an activated venv is no such place."""
    found = shutil.which(program.name)
    everywhere = found is not None and "VIRTUAL_ENV" not in os.environ
    if everywhere and program in {Path(str(found)), Path(str(found)).resolve()}:
        return program.name
    return shlex.quote(_relative(program))


def _relative(path: Path) -> str:
    """Return the path from the current folder where it lies below it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
