"""The ways in: SOAP login and OAuth."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from lxml import etree

from tests.sandbox.salesforce.visitor import BASE, Visitor
from tests.shared_folder import needs_shared, shared

_PARTNER = "urn:partner.soap.sforce.com"
_DISABLED = (
    "SOAP API login() is disabled by default in this org. Contact the org administrator to enable SOAP API login()."
)
_TOO_NEW = (
    "The SOAP Login operation is not available in the API version specified (65.0). "
    "Refer to the documentation for supported versions."
)
_WRONG = "Invalid username, password, security token; or user locked out."


def soap_login(visitor: Visitor, password: str | None = None, *, version: str = "64.0", user: str | None = None) -> Any:
    """Return status and the parsed answer of a login with the right password, unless told otherwise."""
    known = visitor.org.credentials
    secret = known.password + known.security_token if password is None else password
    body = (
        '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
        f'<login xmlns="{_PARTNER}"><username>{user or known.user}</username><password>{secret}</password></login>'
        "</e:Body></e:Envelope>"
    )
    answer = visitor.ask("POST", f"/services/Soap/u/{version}", body.encode(), soapaction='""')
    return answer.status, etree.fromstring(answer.body)


def fault(visitor: Visitor, *args: Any, **kwargs: Any) -> tuple[str, str]:
    status, root = soap_login(visitor, *args, **kwargs)
    assert status == 500
    return root.findtext(".//{*}exceptionCode"), root.findtext(".//{*}exceptionMessage")


def test_a_login_opens_a_session_for_any_version(visitor: Visitor) -> None:
    status, root = soap_login(visitor)

    assert status == 200
    assert root.findtext(f".//{{{_PARTNER}}}organizationId") == visitor.org.access.org_id
    server = root.findtext(f".//{{{_PARTNER}}}serverUrl")
    assert server == f"{BASE}/services/Soap/u/64.0/{visitor.org.access.org_id[:15]}"
    visitor.token = root.findtext(f".//{{{_PARTNER}}}sessionId")
    assert visitor.get("limits")["DailyApiRequests"]["Max"] == 15_000


@needs_shared
def test_the_result_has_the_elements_of_the_recording(visitor: Visitor) -> None:
    recorded = etree.fromstring(shared("captures/salesforce/soap_login_200.xml").read_bytes())
    _, root = soap_login(visitor)

    missing = {str(one.tag) for one in recorded.iter()} - {str(one.tag) for one in root.iter()}
    assert missing == set()


@needs_shared
def test_a_wrong_password_is_answered_as_recorded(visitor: Visitor) -> None:
    _, root = soap_login(visitor, "wrong", version="37.0")

    recorded = etree.fromstring(shared("captures/salesforce/soap_login_500_INVALID_LOGIN.xml").read_bytes())
    assert etree.tostring(root) == etree.tostring(recorded)
    _, newer = soap_login(visitor, "wrong")
    assert newer.findtext(".//faultcode") == "sf:INVALID_LOGIN"


def test_each_obstacle_has_its_own_fault(visitor: Visitor) -> None:
    assert fault(visitor, "wrong") == ("INVALID_LOGIN", _WRONG)
    assert fault(visitor, visitor.org.credentials.password)[0] == "LOGIN_MUST_USE_SECURITY_TOKEN"
    assert fault(visitor, version="65.0") == ("INVALID_OPERATION", _TOO_NEW)
    assert fault(visitor, version="30.0")[0] == "UNSUPPORTED_API_VERSION"
    visitor.org.faults.set(soap_login=False)
    assert fault(visitor) == ("INVALID_OPERATION", _DISABLED)
    visitor.org.faults.set(soap_login=True, user_locked=True)
    assert fault(visitor) == ("INVALID_LOGIN", _WRONG)


def test_ten_wrong_passwords_lock_the_user_for_a_while(visitor: Visitor) -> None:
    for _ in range(10):
        fault(visitor, "wrong")

    assert fault(visitor) == ("INVALID_LOGIN", _WRONG)
    visitor.clock.at += 900
    assert soap_login(visitor)[0] == 200


def test_an_expired_password_logs_in_and_can_do_nothing(visitor: Visitor) -> None:
    visitor.org.faults.set(password_expired=True)
    _, root = soap_login(visitor)

    assert root.findtext(f".//{{{_PARTNER}}}passwordExpired") == "true"
    visitor.token = root.findtext(f".//{{{_PARTNER}}}sessionId")
    assert visitor.error(visitor.data("GET", "limits"))[1] == "INVALID_OPERATION_WITH_EXPIRED_PASSWORD"


def test_a_document_type_is_refused(visitor: Visitor) -> None:
    body = b'<!DOCTYPE x [<!ENTITY e "x">]><x>&e;</x>'

    answer = visitor.ask("POST", "/services/Soap/u/64.0", body)

    assert answer.status == 500
    assert b"document type" in answer.body


def test_sessions_end_after_two_idle_hours(visitor: Visitor) -> None:
    visitor.clock.at += 7_000
    visitor.get("limits")
    visitor.clock.at += 7_200

    answer = visitor.data("GET", "limits")

    assert visitor.error(answer) == (401, "INVALID_SESSION_ID", "Session expired or invalid")


def test_the_old_word_for_a_bearer_is_understood(visitor: Visitor) -> None:
    good = visitor.ask("GET", "/services/data/v68.0/limits", authorization=f"OAuth {visitor.token}")
    odd = visitor.ask("GET", "/services/data/v68.0/limits", authorization="Basic x")

    assert good.status == 200
    assert visitor.error(odd)[:2] == (401, "INVALID_AUTH_HEADER")


def test_client_credentials_give_a_session_and_no_refresh_token(visitor: Visitor) -> None:
    known = visitor.org.credentials
    client = {"client_id": known.client_id, "client_secret": known.client_secret}
    status, answer = visitor.token_request(grant_type="client_credentials", **client)

    assert status == 200
    assert answer["instance_url"] == BASE
    assert answer["id"].endswith(f"/id/{visitor.org.access.org_id}/{visitor.org.access.user_id}")
    assert {"expires_in", "refresh_token"}.isdisjoint(answer)
    assert (
        visitor.token_request(grant_type="client_credentials", client_id=known.client_id)[1]["error"]
        == "invalid_client"
    )
    visitor.org.faults.set(run_as_user=False)
    refused = visitor.token_request(grant_type="client_credentials", **client)
    assert refused == (400, {"error": "invalid_grant", "error_description": "no client credentials user enabled"})


def granted(visitor: Visitor) -> dict[str, Any]:
    """Walk the web server flow with PKCE and return the token answer."""
    known, verifier = visitor.org.credentials, "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": known.client_id,
        "redirect_uri": "http://localhost:8000/back/",
        "scope": "api refresh_token",
        "state": "s&1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = visitor.ask("GET", f"/services/oauth2/authorize?{urlencode(asked)}")
    assert answer.status == 302
    back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert back["state"] == ["s&1"]
    form = {"redirect_uri": asked["redirect_uri"], "client_id": known.client_id, "client_secret": known.client_secret}
    form |= {"grant_type": "authorization_code", "code": back["code"][0]}
    status, token = visitor.token_request(**form, code_verifier=verifier)
    assert status == 200
    assert visitor.token_request(**form, code_verifier=verifier)[1]["error"] == "invalid_grant"
    return token


def refreshed(visitor: Visitor, token: str) -> tuple[int, dict[str, Any]]:
    known = visitor.org.credentials
    client = {"client_id": known.client_id, "client_secret": known.client_secret}
    return visitor.token_request(grant_type="refresh_token", refresh_token=token, **client)


def test_a_spent_refresh_token_revokes_the_whole_grant(visitor: Visitor) -> None:
    first = granted(visitor)["refresh_token"]
    status, second = refreshed(visitor, first)
    assert status == 200
    assert second["refresh_token"] != first

    expired = (400, {"error": "invalid_grant", "error_description": "expired access/refresh token"})
    assert refreshed(visitor, first) == expired
    assert refreshed(visitor, second["refresh_token"]) == expired
    visitor.token = second["access_token"]
    assert visitor.data("GET", "limits").status == 401


def test_without_rotation_a_refresh_token_stays(visitor: Visitor) -> None:
    visitor.org.faults.set(token_rotation=False)
    first = granted(visitor)["refresh_token"]

    assert "refresh_token" not in refreshed(visitor, first)[1]
    assert refreshed(visitor, first)[0] == 200


def test_revoking_ends_a_grant(visitor: Visitor) -> None:
    first = granted(visitor)["refresh_token"]

    assert visitor.ask("POST", "/services/oauth2/revoke", urlencode({"token": first}).encode()).status == 200
    assert refreshed(visitor, first)[0] == 400


def test_authorizing_needs_a_code_challenge(visitor: Visitor) -> None:
    asked = {
        "response_type": "code",
        "client_id": visitor.org.credentials.client_id,
        "redirect_uri": "http://localhost/x",
    }

    answer = visitor.ask("GET", f"/services/oauth2/authorize?{urlencode(asked)}")

    assert "error=invalid_request" in answer.headers["Location"]


def assertion(visitor: Visitor, **changes: Any) -> str:
    known = visitor.org.credentials
    claims: dict[str, Any] = {"iss": known.client_id, "sub": known.user, "aud": "https://login.salesforce.com"}
    claims |= {"exp": int(visitor.clock.at) + 180}
    key = Path(visitor.org.jwt_key).read_text()
    return jwt.encode({**claims, **changes}, key, algorithm="RS256")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({}, ""),
        ({"aud": "http://elsewhere"}, "invalid_grant"),
        ({"exp": 1}, "invalid_grant"),
        ({"exp": "1795348900"}, "invalid_grant"),
        ({"iss": "someone"}, "invalid_client_id"),
        ({"sub": "someone@else.example"}, "invalid_grant"),
    ],
)
def test_a_signed_assertion_gives_a_session(visitor: Visitor, changes: dict[str, Any], error: str) -> None:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    _, answer = visitor.token_request(grant_type=grant, assertion=assertion(visitor, **changes))

    assert answer.get("error", "") == error


def test_userinfo_tells_who_asks(visitor: Visitor) -> None:
    answer = json.loads(visitor.ask("GET", "/services/oauth2/userinfo").body)

    assert answer["organization_id"] == visitor.org.access.org_id
    assert answer["preferred_username"] == visitor.org.credentials.user


@needs_shared
def test_a_busy_org_refuses_a_login_as_recorded(visitor: Visitor) -> None:
    visitor.org.faults.set(concurrent_limit=1)
    _, root = soap_login(visitor)

    recorded = shared("captures/salesforce/soap_fault_500_REQUEST_LIMIT_EXCEEDED.xml").read_bytes()
    assert etree.tostring(root) == etree.tostring(etree.fromstring(recorded))
