"""ApatarQBW.qwc: the file that tells the Web Connector where we are."""

from uuid import UUID

from lxml import etree

from apatar.connections.models import Connection

FILE_NAME = "ApatarQBW.qwc"
APP_NAME = "QuickBooks and SalesForce synchronization"
OWNER_ID = "{6B1C3A52-0F0B-4B0E-9C55-2C0D6C9E7A41}"
"""Fixed for the product, for ever: QuickBooks files the data of an application under it (QBWC.md, section 2)."""
DESCRIPTION = "Keeps this company file and Salesforce in step."


EVERY_MINUTE = "1"
"""The file is never downloaded again, but the frequency may change. Each authenticate answers with the frequency as the
lower limit of the timer (QBWC.md, section 1.3), so only the shortest interval here leaves every frequency possible."""


def braced(value: UUID) -> str:
    """Write a GUID the way QuickBooks writes it: upper case, in braces."""
    return f"{{{str(value).upper()}}}"


def qwc_file(connection: Connection, base_url: str) -> bytes:
    """Return the .qwc of a connection; `base_url` is the public address without a slash at its end.

    Nothing in it ever changes meaning: company file, direction and frequency are given at each run, so that the
    file has to be downloaded only once (PRODUCT.md, the journey, step 3).
    """
    root = etree.Element("QBWCXML")
    for name, text in _elements(connection, base_url):
        etree.SubElement(root, name).text = text
    if connection.frequency_minutes:
        scheduler = etree.SubElement(root, "Scheduler")
        etree.SubElement(scheduler, "RunEveryNMinutes").text = EVERY_MINUTE
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _elements(connection: Connection, base_url: str) -> list[tuple[str, str]]:
    return [
        ("AppName", APP_NAME),
        ("AppID", ""),
        ("AppURL", f"{base_url}/webconnector/"),
        ("AppDescription", DESCRIPTION),
        ("AppSupport", f"{base_url}/support/"),
        ("UserName", connection.webconnector_user),
        ("OwnerID", OWNER_ID),
        ("FileID", braced(connection.file_id)),
        ("QBType", "QBFS"),
        ("IsReadOnly", "false"),
        ("Style", "Document"),
        ("UnattendedModePref", "umpOptional"),
        ("PersonalDataPref", "pdpNotNeeded"),
    ]
