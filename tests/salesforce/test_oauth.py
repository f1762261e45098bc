"""The ways of OAuth 2.0 that Salesforce offers."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from apatar.salesforce.credentials import ClientCredentials, JwtBearer, RefreshToken
from apatar.salesforce.errors import HostRefused, LoginRefused, NotUnderstood
from apatar.salesforce.login import log_in
from apatar.salesforce.oauth import assertion, authorize_url, exchange_code, pkce_pair, revoke
from tests.salesforce.fake_org import (
    APP,
    MY_DOMAIN,
    NOON,
    ORG_ID,
    PERMISSION,
    USER_ID,
    FakeOrg,
    form,
    js,
    oauth_error,
    transport_to,
)
from tests.shared_folder import needs_shared, shared


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def granting(body: Any) -> Any:
    return transport_to(lambda _: js(body))


def test_client_credentials_open_a_session() -> None:
    org = FakeOrg()
    session = log_in(APP, transport_to(org), now=NOON)
    assert (session.org_id, session.user_id, session.instance_url) == (ORG_ID, USER_ID, MY_DOMAIN)
    assert session.refresh_token is None
    assert form(org.requests[0]) == {
        "grant_type": "client_credentials",
        "client_id": "consumer-key",
        "client_secret": "consumer-secret",
    }


def test_a_signed_login_names_app_user_and_audience_for_three_minutes(key: rsa.RSAPrivateKey) -> None:
    org = FakeOrg()
    credentials = JwtBearer("https://login.salesforce.com/", "consumer-key", "ann@acme.example", pem(key))
    log_in(credentials, transport_to(org), now=NOON)
    sent = form(org.requests[0])
    claims = jwt.decode(
        sent["assertion"], key.public_key(), ["RS256"], options={"verify_aud": False, "verify_exp": False}
    )
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert claims == {
        "iss": "consumer-key",
        "sub": "ann@acme.example",
        "aud": "https://login.salesforce.com",
        "exp": int(NOON.timestamp()) + 180,
    }


@pytest.mark.parametrize(
    "private_key", ["", "not a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_an_unusable_private_key_is_said_without_showing_it(private_key: str) -> None:
    with pytest.raises(LoginRefused, match="private key") as refused:
        assertion(JwtBearer(MY_DOMAIN, "consumer-key", "ann", private_key), now=NOON)
    assert refused.value.permanent
    assert refused.value.__cause__ is None


def test_a_pkce_challenge_is_the_digest_of_its_verifier() -> None:
    pair = pkce_pair(lambda count: b"\x01" * count)
    digest = hashlib.sha256(pair.verifier.encode()).digest()
    assert base64.urlsafe_b64decode(pair.challenge + "=") == digest
    assert 43 <= len(pair.verifier) <= 128
    assert pair.verifier not in repr(pair)


def test_the_page_of_permission_is_asked_for_an_offline_code() -> None:
    address = authorize_url(
        login_url=MY_DOMAIN + "/",
        client_id="key",
        redirect_uri="https://app.example/back?a=1",
        state="s&t",
        challenge="c",
    )
    assert address.startswith(f"{MY_DOMAIN}/services/oauth2/authorize?")
    assert parse_qs(urlsplit(address).query) == {
        "response_type": ["code"],
        "client_id": ["key"],
        "redirect_uri": ["https://app.example/back?a=1"],
        "scope": ["api refresh_token"],
        "state": ["s&t"],
        "code_challenge": ["c"],
        "code_challenge_method": ["S256"],
    }


@pytest.mark.parametrize("secret", [None, "", "consumer-secret"])
def test_a_code_becomes_a_session_and_public_clients_send_no_secret(secret: str | None) -> None:
    org = FakeOrg()
    session = exchange_code(
        transport_to(org),
        login_url=MY_DOMAIN,
        client_id="key",
        client_secret=secret,
        redirect_uri="https://app.example/back",
        code="the-code",
        verifier="the-verifier",
        now=NOON,
    )
    sent = form(org.requests[0])
    assert session.org_id == ORG_ID
    assert (sent["code"], sent["code_verifier"]) == ("the-code", "the-verifier")
    assert ("client_secret" in sent) is bool(secret)


def test_a_rotated_refresh_token_is_part_of_the_session() -> None:
    org = FakeOrg()
    org.rotating = True
    session = log_in(PERMISSION, transport_to(org), now=NOON)
    assert session.refresh_token == org.refresh_token != "refresh-0"
    assert session.refresh_token not in repr(session)


def test_a_refresh_token_that_is_not_rotated_stays() -> None:
    assert log_in(PERMISSION, transport_to(FakeOrg()), now=NOON).refresh_token == "refresh-0"


def test_a_withdrawn_permission_asks_for_connecting_again() -> None:
    credentials = RefreshToken(MY_DOMAIN, "key", "secret", "used-up")
    with pytest.raises(LoginRefused, match="Connect with Salesforce again") as refused:
        log_in(credentials, transport_to(FakeOrg()), now=NOON)
    assert refused.value.permanent


def test_an_app_without_a_run_as_user_is_explained() -> None:
    org = FakeOrg()
    org.login_breaks.append(lambda _: oauth_error("invalid_grant", "no client credentials user enabled"))
    with pytest.raises(LoginRefused, match="no user to run as"):
        log_in(APP, transport_to(org), now=NOON)


@needs_shared
def test_an_answer_whose_identity_says_nothing_is_completed_from_userinfo() -> None:
    recorded = shared("captures/salesforce/oauth_refresh_200.json").read_bytes()

    def org(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, content=recorded)
        assert request.url.host == "na1.salesforce.com"
        assert request.headers["Authorization"] == "Bearer refreshed_access_token"
        return js({"organization_id": ORG_ID[:15], "user_id": USER_ID})

    session = log_in(PERMISSION, transport_to(org), now=NOON)
    assert (session.org_id, session.user_id) == (ORG_ID, USER_ID)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"access_token": "t"},
        {"access_token": "t", "instance_url": None},
        {"access_token": "t", "instance_url": MY_DOMAIN, "id": ""},
    ],
)
def test_an_incomplete_grant_is_not_understood(body: Any) -> None:
    with pytest.raises(NotUnderstood):
        log_in(APP, granting(body), now=NOON)


def test_a_token_for_a_foreign_host_is_refused() -> None:
    body = {"access_token": "t", "instance_url": "https://evil.example", "id": f"/id/{ORG_ID}/{USER_ID}"}
    with pytest.raises(HostRefused):
        log_in(APP, granting(body), now=NOON)


def test_no_secret_is_sent_to_a_foreign_login_address() -> None:
    org = FakeOrg()
    with pytest.raises(HostRefused):
        log_in(ClientCredentials("https://evil.example", "key", "secret"), transport_to(org), now=NOON)
    assert not org.requests


def test_a_token_is_revoked_on_disconnect() -> None:
    seen: list[httpx2.Request] = []

    def org(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200) if len(seen) == 1 else oauth_error("invalid_token", "the-token is unknown")

    transport = transport_to(org)
    revoke(transport, login_url=MY_DOMAIN, token="the-token")
    assert form(seen[0]) == {"token": "the-token"}
    with pytest.raises(LoginRefused) as refused:
        revoke(transport, login_url=MY_DOMAIN, token="the-token")
    assert "the-token" not in refused.value.detail
