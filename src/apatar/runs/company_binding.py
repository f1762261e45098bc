"""Binding a connection to its company file, and following the file when it is renamed or moved.

A name or a place alone does not prove that a file is the one that was bound. So what is new about it is kept with the
run until the file has shown that it knows our records (`quickbooks_witness`).
"""

from datetime import datetime

from apatar.connections.company import OpenCompany, folded
from apatar.connections.computers import places_after
from apatar.connections.models import Connection
from apatar.qbxml.company import HostCompanyPreferences
from apatar.runs.models import Run

MOVED = "company"
"""In a run's cursor: what is to be bound once the file has proved itself."""


def bind(run: Run, facts: HostCompanyPreferences, company: OpenCompany, *, now: datetime) -> None:
    """Bind the open company file, at once where it is as it was. Call in a transaction."""
    connection = run.connection
    connection.quickbooks_product = facts.host.product[:255]
    connection.qbxml_version = str(facts.host.version)
    connection.save(update_fields=["quickbooks_product", "qbxml_version"])
    run.quickbooks_cursor = {**run.quickbooks_cursor, MOVED: _as_open(company, now)}
    run.save(update_fields=["quickbooks_cursor"])
    if not connection.company_name or _is_as_it_was(connection, company):
        settle(run)


def settle(run: Run) -> None:
    """Write down the name and place of a file that has proved itself. Call in a transaction; saves no run."""
    found = run.quickbooks_cursor.pop(MOVED, None)
    if found is None:
        return
    connection = run.connection
    left = {"path": connection.company_path, "machine": connection.company_machine, "until": found["at"]}
    company = OpenCompany(found["name"], "", found["path"], "", found["machine"])
    connection.former_places = places_after(connection.former_places, left=left, company=company)
    connection.company_name, connection.company_path = found["name"], found["path"]
    connection.company_machine = found["machine"]
    connection.save(update_fields=["company_name", "company_path", "company_machine", "former_places"])


def _as_open(company: OpenCompany, now: datetime) -> dict[str, str]:
    return {
        "name": company.name[:255],
        "path": company.path[:512],
        "machine": company.machine[:64],
        "at": now.isoformat(),
    }


def _is_as_it_was(connection: Connection, company: OpenCompany) -> bool:
    return folded(connection.company_name) == folded(company.name) and folded(connection.company_path) == folded(
        company.path[:512]
    )
