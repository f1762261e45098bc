"""SOAP `login()` of the partner API: the envelope out, the session or the fault back.

Source: Partner WSDL, recorded answers of 2016 to 2026 (with and without the `sf:` prefix of the fault code).
"""

from datetime import datetime

from lxml import etree

from apatar.salesforce.credentials import PasswordLogin, Session
from apatar.salesforce.errors import LoginRefused, NotUnderstood
from apatar.salesforce.hosts import origin
from apatar.salesforce.ids import id18
from apatar.salesforce.refusals import login_refusal
from apatar.salesforce.soap import SOAP, fault_in, read_body
from apatar.salesforce.transport import Transport

_PARTNER = "urn:partner.soap.sforce.com"
_FAULT = "urn:fault.partner.soap.sforce.com"


def soap_log_in(credentials: PasswordLogin, transport: Transport, *, now: datetime) -> Session:
    """Log in once. Raises LoginRefused and the transport's errors; never tries again by itself."""
    answer = transport.send(
        "POST",
        f"{credentials.login_url.rstrip('/')}/services/Soap/u/{credentials.login_version}",
        headers={"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": '"login"'},
        content=envelope(credentials),
    )
    body = _body(answer.body, status=answer.status)
    fault = fault_in(body)
    if fault is not None:
        raise login_refusal(*_fault(fault), status=answer.status)
    return _session(body, transport, now=now)


def envelope(credentials: PasswordLogin) -> bytes:
    """Write the request; the token follows the password without a gap."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soapenv": SOAP, "urn": _PARTNER})
    header = etree.SubElement(root, f"{{{SOAP}}}Header")
    options = etree.SubElement(header, f"{{{_PARTNER}}}CallOptions")
    etree.SubElement(options, f"{{{_PARTNER}}}client").text = "ApatarOnDemand"
    login = etree.SubElement(etree.SubElement(root, f"{{{SOAP}}}Body"), f"{{{_PARTNER}}}login")
    try:
        etree.SubElement(login, f"{{{_PARTNER}}}username").text = credentials.user
        etree.SubElement(login, f"{{{_PARTNER}}}password").text = credentials.password + credentials.security_token
    except ValueError:
        raise LoginRefused(
            "The user name, password or security token contains a character that cannot be sent. Enter them again.",
            code="UNSENDABLE_CHARACTER",
        ) from None
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _body(content: bytes, *, status: int) -> etree._Element:
    try:
        return read_body(content)
    except NotUnderstood as error:
        raise _not_soap(status) from error


def _fault(fault: etree._Element) -> tuple[str, str]:
    """Code and text; the detail is the better source, the fault code may carry a prefix."""
    code = fault.findtext(f".//{{{_FAULT}}}exceptionCode") or fault.findtext("faultcode") or ""
    text = fault.findtext(f".//{{{_FAULT}}}exceptionMessage") or fault.findtext("faultstring") or ""
    return code.rpartition(":")[2], text


def _session(body: etree._Element, transport: Transport, *, now: datetime) -> Session:
    result = body.find(f"{{{_PARTNER}}}loginResponse/{{{_PARTNER}}}result")
    if result is None:
        raise _not_soap(200)
    if _text(result, "passwordExpired") == "true":
        raise login_refusal("PASSWORD_EXPIRED", "")
    return Session(
        access_token=_text(result, "sessionId"),
        instance_url=origin(transport.hosts.check(_text(result, "serverUrl"))),
        org_id=id18(_text(result, "userInfo/organizationId")),
        user_id=id18(_text(result, "userId")),
        issued_at=now,
        org_name=_text(result, "userInfo/organizationName"),
        person_accounts=_text(result, "userInfo/orgHasPersonAccounts") == "true",
        multi_currency=_text(result, "userInfo/organizationMultiCurrency") == "true",
    )


def _text(result: etree._Element, path: str) -> str:
    qualified = "/".join(f"{{{_PARTNER}}}{part}" for part in path.split("/"))
    text = result.findtext(qualified)
    if not text:
        raise NotUnderstood(code="LOGIN_RESULT", detail=f"no {path}")
    return text


def _not_soap(status: int) -> Exception:
    """5xx pages of a proxy or a maintenance notice are no verdict about the credentials."""
    return login_refusal("SERVER_UNAVAILABLE", "", status=status) if status >= 500 else NotUnderstood(code="NOT_SOAP")
