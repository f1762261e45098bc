"""OAuth 2.0 at Salesforce: client credentials, JWT bearer, web server with PKCE, refresh tokens, revocation."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt

from apatar.salesforce.credentials import ClientCredentials, JwtBearer, RefreshToken, Session, secrets_of
from apatar.salesforce.errors import LoginRefused, NotUnderstood
from apatar.salesforce.hosts import origin
from apatar.salesforce.ids import id18
from apatar.salesforce.refusals import oauth_refusal
from apatar.salesforce.transport import Answer, Transport

_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_ASSERTION_LIFETIME = timedelta(minutes=3)
_IDENTITY = re.compile(r"/id/([A-Za-z0-9]{15,18})/([A-Za-z0-9]{15,18})/?$")


@dataclass(frozen=True, slots=True)
class Pkce:
    """A verifier that stays with us, and the challenge that may be seen."""

    verifier: str = field(repr=False)
    challenge: str


def pkce_pair(chance: Callable[[int], bytes]) -> Pkce:
    """Make a pair from 32 bytes of chance (`secrets.token_bytes`), as RFC 7636 says."""
    verifier = _base64url(chance(32))
    return Pkce(verifier, _base64url(hashlib.sha256(verifier.encode()).digest()))


def authorize_url(*, login_url: str, client_id: str, redirect_uri: str, state: str, challenge: str) -> str:
    """The page at Salesforce that asks the person for permission."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "api refresh_token",
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{login_url.rstrip('/')}/services/oauth2/authorize?{urlencode(query)}"


def exchange_code(
    transport: Transport,
    *,
    login_url: str,
    client_id: str,
    client_secret: str | None,
    redirect_uri: str,
    code: str,
    verifier: str,
    now: datetime,
) -> Session:
    """Turn the code of the redirect into a session with a refresh token. Raises LoginRefused."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "code_verifier": verifier,
        **_secret(client_secret),
    }
    hidden = tuple(filter(None, (client_secret, verifier, code)))
    return _token(transport, login_url, form, now=now, secrets=hidden)


def client_credentials_log_in(credentials: ClientCredentials, transport: Transport, *, now: datetime) -> Session:
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
    }
    return _token(transport, credentials.login_url, form, now=now, secrets=secrets_of(credentials))


def jwt_log_in(credentials: JwtBearer, transport: Transport, *, now: datetime) -> Session:
    form = {"grant_type": _JWT_GRANT, "assertion": assertion(credentials, now=now)}
    return _token(transport, credentials.login_url, form, now=now, secrets=(form["assertion"],))


def assertion(credentials: JwtBearer, *, now: datetime) -> str:
    """Sign who we are and for whom we ask; Salesforce wants RS256 and a whole number of seconds."""
    claims = {
        "iss": credentials.client_id,
        "sub": credentials.user,
        "aud": credentials.audience or origin(credentials.login_url),
        "exp": int((now + _ASSERTION_LIFETIME).timestamp()),
    }
    try:
        return jwt.encode(claims, credentials.private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        raise LoginRefused(
            "The private key cannot be used. Paste the whole RSA key in PEM form, without a passphrase.",
            code="PRIVATE_KEY",
        ) from None


def refresh_log_in(credentials: RefreshToken, transport: Transport, *, refresh_token: str, now: datetime) -> Session:
    """Use the refresh token once; the session holds its successor, or the same one where the app does not rotate."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": credentials.client_id,
        **_secret(credentials.client_secret),
    }
    hidden = (refresh_token, *secrets_of(credentials))
    return _token(transport, credentials.login_url, form, now=now, secrets=hidden, refresh_token=refresh_token)


def revoke(transport: Transport, *, login_url: str, token: str) -> None:
    """Withdraw a token on disconnect. Raises LoginRefused where Salesforce does not know it any more."""
    answer = _post(transport, login_url, "revoke", {"token": token})
    if not answer.ok:
        raise oauth_refusal(answer, secrets=(token,))


def _token(
    transport: Transport,
    login_url: str,
    form: Mapping[str, str],
    *,
    now: datetime,
    secrets: tuple[str, ...],
    refresh_token: str | None = None,
) -> Session:
    answer = _post(transport, login_url, "token", form)
    if not answer.ok:
        raise oauth_refusal(answer, secrets=secrets)
    token = _granted(answer.json())
    instance_url = origin(transport.hosts.check(token["instance_url"]))
    org_id, user_id = _identity(transport, token, instance_url)
    return Session(
        access_token=token["access_token"],
        instance_url=instance_url,
        org_id=org_id,
        user_id=user_id,
        issued_at=now,
        refresh_token=token.get("refresh_token") or refresh_token,
    )


def _granted(token: Any) -> dict[str, str]:
    if not isinstance(token, dict) or not all(isinstance(token.get(k), str) for k in ("access_token", "instance_url")):
        raise NotUnderstood(code="OAUTH_ANSWER")
    return token


def _identity(transport: Transport, token: Mapping[str, str], instance_url: str) -> tuple[str, str]:
    """Org and user: from the `id` address, which is not fetched, or from userinfo where it says nothing."""
    found = _IDENTITY.search(urlsplit(token.get("id") or "").path)
    if found:
        return id18(found[1]), id18(found[2])
    answer = transport.send(
        "GET",
        f"{instance_url}/services/oauth2/userinfo",
        headers={"Authorization": f"Bearer {token['access_token']}", "Accept": "application/json"},
    )
    if not answer.ok:
        raise oauth_refusal(answer, secrets=(token["access_token"],))
    person = answer.json()
    if not isinstance(person, dict):
        raise NotUnderstood(code="USERINFO")
    return id18(str(person.get("organization_id"))), id18(str(person.get("user_id")))


def _post(transport: Transport, login_url: str, what: str, form: Mapping[str, str]) -> Answer:
    return transport.send(
        "POST",
        f"{login_url.rstrip('/')}/services/oauth2/{what}",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        content=urlencode(form).encode(),
    )


def _secret(client_secret: str | None) -> dict[str, str]:
    """Public clients must not send a secret, not even an empty one."""
    return {"client_secret": client_secret} if client_secret else {}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
