"""What a login needs, and what it yields; secrets never show in a repr."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

NEWEST_LOGIN_VERSION = Decimal("64.0")
"""SOAP login() does not exist at 65.0 and above (Salesforce help 005132110)."""


@dataclass(frozen=True, slots=True)
class PasswordLogin:
    """User name, password and security token; the token may be empty where the network is trusted.

    Refused by many orgs today, retired for every version in Summer '27.
    """

    login_url: str
    user: str
    password: str = field(repr=False)
    security_token: str = field(default="", repr=False)
    login_version: str = "64.0"

    def __post_init__(self) -> None:
        if Decimal(self.login_version) > NEWEST_LOGIN_VERSION:
            raise ValueError(f"SOAP login() ends at version {NEWEST_LOGIN_VERSION}")


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An External Client App with a run-as user; works at the org's My Domain address only."""

    login_url: str
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """A pre-authorised user, vouched for by the app's private key (PEM).

    `audience` is login.salesforce.com, test.salesforce.com or the My Domain; left out, it is the login address itself.
    """

    login_url: str
    client_id: str
    user: str
    private_key: str = field(repr=False)
    audience: str = ""


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What *Connect with Salesforce* left us; public clients have no secret."""

    login_url: str
    client_id: str
    client_secret: str | None = field(repr=False)
    refresh_token: str = field(repr=False)


Credentials = PasswordLogin | ClientCredentials | JwtBearer | RefreshToken


@dataclass(frozen=True, slots=True)
class Session:
    """An open session; it works at every REST version, so the version of the login is not part of it.

    `instance_url` is scheme and host, `org_id` and `user_id` have 18 characters, `issued_at` is our own clock. The
    last three are told by SOAP logins only.
    """

    access_token: str = field(repr=False)
    instance_url: str
    org_id: str
    user_id: str
    issued_at: datetime
    refresh_token: str | None = field(default=None, repr=False)
    org_name: str | None = None
    person_accounts: bool | None = None
    multi_currency: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The session as plain values, secrets included: seal it before it is stored."""
        return {**asdict(self), "issued_at": self.issued_at.isoformat()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Session":
        return cls(**{**values, "issued_at": datetime.fromisoformat(values["issued_at"])})


def secrets_of(credentials: Credentials) -> tuple[str, ...]:
    """Every secret in the credentials, for taking them out of texts."""
    held: tuple[str, ...]
    match credentials:
        case PasswordLogin():
            held = (credentials.password, credentials.security_token, credentials.password + credentials.security_token)
        case ClientCredentials():
            held = (credentials.client_secret,)
        case JwtBearer():
            held = (credentials.private_key,)
        case RefreshToken():
            held = (credentials.refresh_token, credentials.client_secret or "")
    return tuple(sorted(filter(None, held), key=len, reverse=True))
