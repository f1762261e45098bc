"""User name, password and token over SOAP."""

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from apatar.salesforce.credentials import PasswordLogin
from apatar.salesforce.errors import HostRefused, LoginRefused, NotUnderstood, SalesforceError
from apatar.salesforce.login import log_in
from apatar.salesforce.soap_login import envelope
from tests.salesforce.fake_org import (
    MY_DOMAIN,
    NOON,
    ORG_ID,
    PASSWORD,
    USER_ID,
    FakeOrg,
    html,
    soap_fault,
    soap_session,
    transport_to,
)
from tests.shared_folder import needs_shared, shared

_TEXT = st.text(alphabet=st.characters(min_codepoint=32, exclude_categories=("Cs", "Cn")))


def answering(content: bytes, status: int = 200) -> SalesforceError | None:
    """Log in at an org that answers with this, and return what went wrong."""
    org = transport_to(lambda _: httpx2.Response(status, content=content))
    try:
        log_in(PASSWORD, org, now=NOON)
    except SalesforceError as error:
        return error
    return None


def sent_credentials(content: bytes) -> tuple[str | None, str | None]:
    root = etree.fromstring(content)
    return tuple(root.findtext(f".//{{urn:partner.soap.sforce.com}}{name}") for name in ("username", "password"))  # type: ignore[return-value]


def test_a_login_opens_a_session_at_the_orgs_own_instance() -> None:
    org = FakeOrg()
    session = log_in(PASSWORD, transport_to(org), now=NOON)
    assert (session.instance_url, session.org_id, session.user_id) == (MY_DOMAIN, ORG_ID, USER_ID)
    assert (session.org_name, session.person_accounts, session.multi_currency) == ("Acme", True, False)
    assert session.issued_at == NOON
    assert str(org.requests[0].url) == "https://login.salesforce.com/services/Soap/u/64.0"
    assert org.requests[0].headers["Content-Type"].startswith("text/xml")


@given(user=_TEXT, password=_TEXT, token=_TEXT)
def test_any_credentials_arrive_as_they_were_typed(user: str, password: str, token: str) -> None:
    sent = sent_credentials(envelope(PasswordLogin("https://login.salesforce.com", user, password, token)))
    assert sent == (user, password + token)


def test_a_password_that_xml_cannot_hold_is_refused_before_anything_is_sent() -> None:
    org = FakeOrg()
    with pytest.raises(LoginRefused, match="cannot be sent") as refused:
        log_in(PasswordLogin("https://login.salesforce.com", "ann", "bell\x07"), transport_to(org), now=NOON)
    assert not org.requests
    assert "bell" not in repr(refused.value)


@needs_shared
def test_the_recorded_session_is_understood() -> None:
    content = shared("captures/salesforce/soap_login_200.xml").read_bytes()
    session = log_in(PASSWORD, transport_to(lambda _: httpx2.Response(200, content=content)), now=NOON)
    assert session.instance_url == "https://foobar.my.salesforce.com"
    assert session.org_id == "0090909ACA00RnREAU"
    assert session.access_token == "00Dxx0000000000!REDACTED"


@needs_shared
@pytest.mark.parametrize(
    ("name", "code", "permanent"),
    [
        ("soap_login_500_INVALID_LOGIN.xml", "INVALID_LOGIN", True),
        ("soap_fault_500_REQUEST_LIMIT_EXCEEDED.xml", "REQUEST_LIMIT_EXCEEDED", False),
    ],
)
def test_a_recorded_fault_is_understood(name: str, code: str, permanent: bool) -> None:
    error = answering(shared(f"captures/salesforce/{name}").read_bytes(), status=500)
    assert isinstance(error, LoginRefused)
    assert (error.code, error.permanent) == (code, permanent)


def test_an_org_that_forbids_this_login_says_where_to_allow_it() -> None:
    org = FakeOrg()
    org.login_breaks.append(soap_fault("INVALID_OPERATION", "SOAP API login() is disabled by default in this org."))
    with pytest.raises(LoginRefused, match="Connect with Salesforce"):
        log_in(PASSWORD, transport_to(org), now=NOON)


def test_an_expired_password_opens_no_session() -> None:
    content = soap_session("token", MY_DOMAIN).replace(b"<passwordExpired>false", b"<passwordExpired>true")
    error = answering(content)
    assert isinstance(error, LoginRefused)
    assert error.code == "PASSWORD_EXPIRED"


def test_a_login_that_leads_to_a_foreign_host_is_refused() -> None:
    assert isinstance(answering(soap_session("token", "https://evil.example")), HostRefused)


def test_a_maintenance_page_is_no_verdict_about_the_password() -> None:
    org = FakeOrg()
    org.login_breaks.append(html(503))
    with pytest.raises(LoginRefused) as raised:
        log_in(PASSWORD, transport_to(org), now=NOON)
    assert not raised.value.permanent


@pytest.mark.parametrize(
    "content",
    [
        b"<html><body>portal</body></html>",
        b"",
        b"<x/>",
        b'<!DOCTYPE x [<!ENTITY e "boo">]>' + soap_session("&e;", MY_DOMAIN).split(b"?>")[1],
        soap_session("token", MY_DOMAIN).replace(b"sessionId", b"other"),
        soap_session("token", MY_DOMAIN).replace(b"loginResponse", b"other"),
    ],
)
def test_what_is_not_the_documented_answer_is_not_understood(content: bytes) -> None:
    assert isinstance(answering(content), NotUnderstood)


def test_a_login_version_that_no_org_offers_cannot_be_configured() -> None:
    with pytest.raises(ValueError, match=r"ends at version 64\.0"):
        PasswordLogin("https://login.salesforce.com", "ann", "pw", login_version="65.0")


def test_no_secret_shows_in_a_repr() -> None:
    session = log_in(PASSWORD, transport_to(FakeOrg()), now=NOON)
    assert PASSWORD.password not in repr(PASSWORD)
    assert PASSWORD.security_token not in repr(PASSWORD)
    assert session.access_token not in repr(session)
