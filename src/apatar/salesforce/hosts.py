"""Which addresses we may talk to: Salesforce's own domains, and what the operator allows beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

import httpx2

from apatar.salesforce.errors import HostRefused

SALESFORCE_DOMAINS = ("salesforce.com", "force.com")
"""login.salesforce.com, test.salesforce.com, <MyDomain>.my.salesforce.com, <MyDomain>--<box>.sandbox.my.salesforce.com
(facts: OAuth 2.0 endpoints). Clouds on domains of
their own, such as government ones, are for the operator to allow."""


@dataclass(frozen=True, slots=True)
class HostRule:
    """The list of allowed hosts; `extra` holds `host` (any port) or `host:port`, lower case."""

    extra: frozenset[str] = frozenset()

    @classmethod
    def allowing(cls, extra: Iterable[str] = ()) -> "HostRule":
        return cls(frozenset(entry.strip().lower() for entry in extra if entry.strip()))

    def check(self, address: str) -> httpx2.URL:
        """Return the parsed address, or raise HostRefused before anything is sent there."""
        url = _parsed(address)
        if url.userinfo or not url.host or url.scheme not in ("https", "http"):
            raise _refused(url)
        if self._allowed_by_operator(url):
            return url
        if url.scheme != "https":
            raise HostRefused(
                f"The address of {url.host} must begin with https://. Correct it, or ask the operator to allow "
                "the host.",
                code="HTTPS_REQUIRED",
            )
        if url.port is not None or not _is_salesforce(url.host):
            raise _refused(url)
        return url

    def _allowed_by_operator(self, url: httpx2.URL) -> bool:
        host = f"[{url.host}]" if ":" in url.host else url.host
        port = url.port or (443 if url.scheme == "https" else 80)
        return not self.extra.isdisjoint({host, url.host, f"{host}:{port}"})


def origin(address: str | httpx2.URL) -> str:
    """Scheme, host and port of an address, without a trailing slash."""
    url = httpx2.URL(address)
    return str(url.copy_with(raw_path=b"/", fragment=None)).rstrip("/")


def _parsed(address: str) -> httpx2.URL:
    try:
        return httpx2.URL(address)
    except (httpx2.InvalidURL, ValueError) as error:
        raise HostRefused(
            "This is not an internet address. It should look like https://example.my.salesforce.com.", code="HOST"
        ) from error


def _is_salesforce(host: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in SALESFORCE_DOMAINS)


def _refused(url: httpx2.URL) -> HostRefused:
    host = url.host or "This address"
    return HostRefused(
        f"{host} does not belong to Salesforce. Correct the address, or ask the operator to allow the host in "
        "APATAR_SALESFORCE_HOSTS.",
        code="HOST",
    )
