"""Which company file a connection belongs to, and whether the one that is open is it. Pure."""

import ntpath
from dataclasses import dataclass

from apatar.connections.errors import WrongCompany


@dataclass(frozen=True, slots=True)
class OpenCompany:
    """What QuickBooks says of the file that is open.

    `file_id` is empty where it holds none of ours; `taken` tells that it is the one of another connection of ours. A
    FileID that no connection has was left by one that was deleted: the Web Connector never replaces it.
    """

    name: str
    legal_name: str
    path: str
    file_id: str
    machine: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What the form says, and what was bound at the first run (empty before it)."""

    form: str
    file_id: str
    bound_name: str = ""
    bound_path: str = ""


TAKEN = (
    "The company file open in QuickBooks, “{name}”, belongs to another connection of Apatar On-Demand, and one company "
    "file is kept in step with one Salesforce org only. Nothing was read and nothing was changed. Use that connection, "
    "or delete it first."
)


def is_path(company: str) -> bool:
    return "\\" in company or "/" in company or company.lower().endswith(".qbw")


def selector_of(company: str) -> str:
    """Return what authenticate answers: the path to open, or nothing for the file that is open."""
    return company if is_path(company) else ""


def check_company(expected: Expected, company: OpenCompany) -> None:
    """Raise WrongCompany where the open file is not the one of this connection (SYNC.md, I6).

    The FileID alone does not tell: the Web Connector writes it into any file in which the application is allowed.
    A full path in the form has been opened by QuickBooks itself, so it needs no comparison before the first run.
    """
    if company.taken:
        raise WrongCompany(TAKEN.format(name=company.name or company.path))
    if expected.bound_name:
        _check_bound(expected, company)
    elif not is_path(expected.form) and not _named(expected.form, company):
        raise WrongCompany(_another_file(company, f"the form says “{expected.form}”"))


def _check_bound(expected: Expected, company: OpenCompany) -> None:
    if folded(company.name) == folded(expected.bound_name):
        return
    renamed = company.file_id and folded(company.path) == folded(expected.bound_path)
    if not renamed:
        other = ", or make a new connection for the other company file"
        raise WrongCompany(_another_file(company, f"this connection belongs to “{expected.bound_name}”", other))


def _named(form: str, company: OpenCompany) -> bool:
    stem = ntpath.splitext(ntpath.basename(company.path))[0]
    return folded(form) in {folded(company.name), folded(company.legal_name), folded(stem)} - {""}


def _another_file(company: OpenCompany, why: str, other: str = ", or correct Company/Organization in the form") -> str:
    return (
        f"The company file open in QuickBooks is “{company.name or company.path}”, but {why}. Nothing was read and "
        f"nothing was changed. Open the right company file and click Update Selected{other}."
    )


def folded(text: str) -> str:
    """Return a name or path as it is compared: case and spacing do not count."""
    return " ".join(text.split()).casefold()
