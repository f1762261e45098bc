"""Reading a .qwc file and refusing it where Intuit's does (Programmer's Guide, chapter 4 and appendix A)."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from lxml import etree

from apatar.sandbox.webconnector.errors import Refused

REQUIRED = ("AppName", "AppID", "AppURL", "AppSupport", "AppDescription", "UserName", "OwnerID", "FileID", "QBType")
MAY_BE_EMPTY = frozenset({"AppID", "AppDescription"})
CHOICES: Mapping[str, frozenset[str]] = {
    "QBType": frozenset({"QBFS", "QBPOS"}),
    "Style": frozenset({"Document", "DocWrapped", "RPC"}),
    "UnattendedModePref": frozenset({"umpRequired", "umpOptional"}),
    "PersonalDataPref": frozenset({"pdpNotNeeded", "pdpOptional", "pdpRequired"}),
    "IsReadOnly": frozenset({"true", "false", "1", "0"}),
    "Notify": frozenset({"true", "false", "1", "0"}),
}
SECONDS_PER = {"RunEveryNMinutes": 60, "RunEveryNSeconds": 1}
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")


@dataclass(frozen=True, slots=True)
class Application:
    """One application as its .qwc describes it; `every_seconds` is None where the schedule is left to the user."""

    app_name: str
    app_url: str
    app_support: str
    description: str
    user_name: str
    owner_id: str
    file_id: str
    qb_type: str = "QBFS"
    app_id: str = ""
    auth_flags: int = 0
    read_only: bool = False
    unique_name: str = ""
    display_name: str = ""
    cert_url: str = ""
    every_seconds: int | None = None

    @property
    def label(self) -> str:
        """The name the user sees in the window of the Web Connector."""
        return self.display_name or self.app_name


def read_qwc(content: bytes) -> Application:
    """Read and judge a .qwc by itself; what needs the network is judged by `reachability`. Raises Refused."""
    elements = _elements(content)
    _check_presence(elements)
    _check_values(elements)
    _check_addresses(urlsplit(elements["AppURL"]), urlsplit(elements["AppSupport"]))
    return Application(
        app_name=elements["AppName"],
        app_url=elements["AppURL"],
        app_support=elements["AppSupport"],
        description=elements["AppDescription"],
        user_name=elements["UserName"],
        owner_id=elements["OwnerID"],
        file_id=elements["FileID"],
        qb_type=elements["QBType"],
        app_id=elements["AppID"],
        auth_flags=int(elements.get("AuthFlags") or "0", 16),
        read_only=elements.get("IsReadOnly", "false") in {"true", "1"},
        unique_name=elements.get("AppUniqueName", ""),
        display_name=elements.get("AppDisplayName", ""),
        cert_url=elements.get("CertURL", ""),
        every_seconds=_every_seconds(elements),
    )


def _elements(content: bytes) -> dict[str, str]:
    """Return element name → text, the schedule's own element lifted out of Scheduler; unknown elements do no harm.

    Misspelt ones are shipped in the wild (PersonalDataPrep) and are taken, so they are taken here.
    """
    root = _root(content)
    elements: dict[str, str] = {}
    for child in root.iterchildren(etree.Element):
        elements.setdefault(child.tag, (child.text or "").strip())
        if child.tag == "Scheduler":
            elements |= _schedule(child)
    return elements


def _root(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _not_added(f"the file is not well-formed XML ({error.msg})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _not_added("the file contains a document type declaration")
    if root.tag != "QBWCXML":
        raise _not_added(f"the root element is {root.tag}, not QBWCXML")
    return root


def _schedule(scheduler: etree._Element) -> dict[str, str]:
    """Where both intervals are present the first one wins (Guide, page 37)."""
    for child in scheduler.iterchildren(etree.Element):
        if child.tag in SECONDS_PER:
            return {child.tag: (child.text or "").strip()}
    return {}


def _every_seconds(elements: Mapping[str, str]) -> int | None:
    for name, seconds in SECONDS_PER.items():
        if name in elements:
            return int(elements[name]) * seconds
    return None


def _check_presence(elements: Mapping[str, str]) -> None:
    for name in REQUIRED:
        if name not in elements:
            raise _not_added(f"the element {name} is missing")
        if not elements[name] and name not in MAY_BE_EMPTY:
            raise _not_added(f"the element {name} is empty")


def _check_values(elements: Mapping[str, str]) -> None:
    for name, choices in CHOICES.items():
        if elements.get(name) and elements[name] not in choices:
            raise _not_added(f"{name} is “{elements[name]}”; it must be one of {', '.join(sorted(choices))}")
    if elements.get("Style") == "RPC":
        raise _not_added("Style RPC is not spoken by this Web Connector; use Document")
    for name in ("OwnerID", "FileID"):
        if not _GUID.fullmatch(elements[name]):
            raise _not_added(f"{name} must be a GUID in braces")
    if not re.fullmatch(r"(0[xX])?[0-9A-Fa-f]+|", elements.get("AuthFlags", "")):
        raise _not_added("AuthFlags must be a hexadecimal number such as 0xF")
    for name in SECONDS_PER:
        if not re.fullmatch(r"[1-9]\d{0,6}", elements.get(name, "1")):
            raise _not_added(f"{name} must be a whole number of at least 1")


def _check_addresses(url: SplitResult, support: SplitResult) -> None:
    for name, address in (("AppURL", url), ("AppSupport", support)):
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise _not_added(f"{name} is not a web address")
    if _is_ip(url):
        raise Refused("QBWC1001", "AppURL contains an IP address. Use a host name (localhost, not 127.0.0.1).")
    if _is_ip(support):
        raise Refused("QBWC1002", "AppSupport contains an IP address. Use a host name (localhost, not 127.0.0.1).")
    if url.scheme != "https" and url.hostname != "localhost":
        raise Refused("QBWC1010", "AppURL is not on a secure (https) server. Only localhost may be reached over http.")
    if url.hostname != support.hostname:
        raise Refused(
            "QBWC1000", f"AppURL ({url.hostname}) and AppSupport ({support.hostname}) must name the same machine."
        )


def _is_ip(address: SplitResult) -> bool:
    try:
        ipaddress.ip_address(address.hostname or "")
    except ValueError:
        return False
    return True


def _not_added(reason: str) -> Refused:
    return Refused("QBWC1039", f"There was a problem adding the application: {reason}.")
