"""One door to every way of logging in."""

from datetime import datetime

from apatar.salesforce.credentials import (
    ClientCredentials,
    Credentials,
    JwtBearer,
    PasswordLogin,
    RefreshToken,
    Session,
)
from apatar.salesforce.oauth import client_credentials_log_in, jwt_log_in, refresh_log_in
from apatar.salesforce.soap_login import soap_log_in
from apatar.salesforce.transport import Transport


def log_in(
    credentials: Credentials, transport: Transport, *, now: datetime, refresh_token: str | None = None
) -> Session:
    """Log in once, whatever the credentials are; a kept `refresh_token` beats the one in the credentials.

    Raises LoginRefused, HostRefused, NotReached, NotAnswered, NotUnderstood. Callers who log in more than once want
    `sessions.SessionKeeper`, which neither hammers nor loses a rotated refresh token.
    """
    match credentials:
        case PasswordLogin():
            return soap_log_in(credentials, transport, now=now)
        case ClientCredentials():
            return client_credentials_log_in(credentials, transport, now=now)
        case JwtBearer():
            return jwt_log_in(credentials, transport, now=now)
        case RefreshToken():
            token = refresh_token or credentials.refresh_token
            return refresh_log_in(credentials, transport, refresh_token=token, now=now)
