"""What the Web Connector needs of QuickBooks, and where it finds the sandbox's own."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from lxml import etree


class RequestProcessor(Protocol):
    """QuickBooks' request processor; whatever it raises carries `hresult` ("0x8004…") and a text."""

    def open_connection(self, app_name: str) -> None: ...

    def begin_session(self, company: str) -> str: ...

    def process(self, ticket: str, text: str) -> str: ...

    def host_company_preferences(self, owner_id: str, file_id: str, machine: str) -> str: ...

    def company_file_name(self, ticket: str) -> str: ...

    def end_session(self, ticket: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Host:
    """What the Host query says of the QuickBooks that answers; `edition` is its AuthFlags bit, 0 where unknown."""

    product: str
    country: str
    version: tuple[int, int]
    edition: int


EDITIONS = {"Simple Start": 0x1, "Pro": 0x2, "Premier": 0x4, "Enterprise": 0x8}


def read_host(hcp: str) -> Host:
    """Read product, country and the highest supported qbXML version from the Host, Company, Preferences answer."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    root = etree.fromstring(hcp.encode(), parser)
    product = root.findtext(".//HostRet/ProductName") or ""
    versions = [_version(found.text or "0") for found in root.iterfind(".//HostRet/SupportedQBXMLVersion")]
    country = root.findtext(".//HostRet/Country") or "US"
    edition = next((bit for name, bit in EDITIONS.items() if f" {name}" in product), 0)
    return Host(product, country, max(versions, default=(0, 0)), edition)


def _version(text: str) -> tuple[int, int]:
    """Canadian and British editions prefix theirs with a country ("CA3.0")."""
    major, _, minor = text.lstrip("ACKU").partition(".")
    return int(major), int(minor or 0)


def failure(error: Exception) -> tuple[str, str]:
    """Return the HRESULT and the text of what QuickBooks raised; an error without one is a bug and stays one."""
    hresult = getattr(error, "hresult", None)
    if not isinstance(hresult, str):
        raise error
    return hresult, str(getattr(error, "text", "") or error)


def open_request_processor(company: Path | None) -> RequestProcessor:
    """Return the sandbox's QuickBooks with this company file open, or with none."""
    from apatar.sandbox.quickbooks.access import RequestProcessor as Sandbox  # noqa: PLC0415

    processor: RequestProcessor = Sandbox(company)
    return processor
