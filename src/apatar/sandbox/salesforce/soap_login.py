"""The SOAP login() of the partner and enterprise APIs, with the faults of the recordings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from lxml import etree

from apatar.sandbox.salesforce.access import Access, Credentials, same
from apatar.sandbox.salesforce.errors import LoginFault
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.state import State
from apatar.sandbox.salesforce.wire import Request, Response

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_WSDLS = {"u": "partner", "c": "enterprise"}
_PATH = re.compile(r"/services/Soap/([uc])/(\d+(?:\.\d)?)(?:/\w*)?/?")
_LAST_VERSION = 64.0
_RETIRED = 30.0
_WRONG = "Invalid username, password, security token; or user locked out."
_NEEDS_TOKEN = (
    f"{_WRONG} Are you at a new location? When accessing Salesforce--either via a desktop client or the API--from "
    "outside of your company's trusted networks, you must add a security token to your password to log in. To get your "
    "new security token, log in to Salesforce. From your personal settings, enter Reset My Security Token in the Quick "
    "Find box, then select Reset My Security Token."
)


@dataclass(frozen=True, slots=True)
class SoapDoor:
    """Answers POSTs to /services/Soap; `version` and `kind` (u or c) come from the path."""

    state: State
    access: Access
    book: FaultBook
    credentials: Credentials

    def answer(self, request: Request) -> Response:
        match = _PATH.fullmatch(request.path)
        if match is None:
            return Response(404, b"", {"Content-Type": "text/html"})
        kind, version = match.group(1), match.group(2)
        version = version if "." in version else f"{version}.0"
        try:
            user, password = _read_login(request.body, f"urn:{_WSDLS[kind]}.soap.sforce.com")
            self._check_switches(version, user)
            return _xml(200, self._result(request, kind, version, self._authenticate(user, password)))
        except LoginFault as fault:
            return _xml(500, _fault(fault, f"urn:fault.{_WSDLS[kind]}.soap.sforce.com", version))

    def _check_switches(self, version: str, user: str) -> None:
        if float(version) > _LAST_VERSION:
            message = (
                f"The SOAP Login operation is not available in the API version specified ({version}). "
                "Refer to the documentation for supported versions."
            )
            raise LoginFault("INVALID_OPERATION", message, kind="UnexpectedErrorFault")
        if float(version) <= _RETIRED:
            message = "UNSUPPORTED_API_VERSION: this version of the API is retired"  # unverified text; facts 0
            raise LoginFault("UNSUPPORTED_API_VERSION", message, kind="UnexpectedErrorFault")
        if user == self.credentials.admin_user:
            return
        if not self.book.in_force.soap_login:
            message = "SOAP API login() is disabled by default in this org. Contact the org administrator to enable "
            raise LoginFault("INVALID_OPERATION", f"{message}SOAP API login().", kind="UnexpectedErrorFault")
        if not self.book.in_force.api_access:
            raise LoginFault("API_DISABLED_FOR_ORG", "API is not enabled for this Organization or Partner")
        if self.book.in_force.request_limit:
            message = "TotalRequests Limit exceeded."
            raise LoginFault("REQUEST_LIMIT_EXCEEDED", message, kind="UnexpectedErrorFault")
        if self.book.in_force.concurrent_limit:
            message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
            raise LoginFault("REQUEST_LIMIT_EXCEEDED", message, kind="UnexpectedErrorFault")

    def _authenticate(self, user: str, given: str) -> str:
        """Return the user's id; the operator's own user comes from a trusted address and may leave its token out."""
        known = self.credentials
        if user.lower() == known.admin_user:
            if given not in (known.admin_password, known.admin_password + known.admin_security_token):
                raise LoginFault("INVALID_LOGIN", _WRONG)
            return self.access.admin_id
        right = user.lower() == known.user and same(given, known.password + known.security_token)
        if self.book.in_force.user_locked or self.access.is_locked:
            raise LoginFault("INVALID_LOGIN", _WRONG)
        if user.lower() == known.user:
            self.access.note_login(ok=right)
        if user.lower() == known.user and same(given, known.password):
            raise LoginFault("LOGIN_MUST_USE_SECURITY_TOKEN", _NEEDS_TOKEN)
        if not right:
            raise LoginFault("INVALID_LOGIN", _WRONG)
        return self.access.user_id

    def _result(self, request: Request, kind: str, version: str, user_id: str) -> str:
        expired = self.book.in_force.password_expired and user_id == self.access.user_id
        token = self.access.open_session(user_id, restricted=expired)
        org = self.state.row(self.state.object("Organization"), self.access.org_id) or {}
        user = self.state.row(self.state.object("User"), user_id) or {}
        base = f"{request.base_url}/services/Soap/{{}}/{version}/{self.access.org_id[:15]}"
        parts = {
            "metadataServerUrl": base.format("m"),
            "passwordExpired": str(expired).lower(),
            "sandbox": "false",
            "serverUrl": base.format(kind),
            "sessionId": token,
            "userId": user_id,
        }
        about = {
            "accessibilityMode": "false",
            "currencySymbol": "$",
            "orgAttachmentFileSizeLimit": "5242880",
            "orgDefaultCurrencyIsoCode": "USD",
            "orgDefaultCurrencyLocale": "en_US",
            "orgDisallowHtmlAttachments": "false",
            "orgHasPersonAccounts": "false",
            "organizationId": self.access.org_id,
            "organizationMultiCurrency": str(bool(self.book.in_force.currencies)).lower(),
            "organizationName": str(org["Name"]),
            "profileId": "00eAx000000000BAAQ",
            "roleId": None,
            "sessionSecondsValid": "7200",
            "userDefaultCurrencyIsoCode": None,
            "userEmail": str(user["Email"]),
            "userFullName": str(user["Name"]),
            "userId": user_id,
            "userLanguage": "en_US",
            "userLocale": "en_US",
            "userName": str(user["Username"]),
            "userTimeZone": str(user["TimeZoneSidKey"]),
            "userType": "Standard",
            "userUiSkin": "Theme3",
        }
        result = f"{_elements(parts)}<userInfo>{_elements(about)}</userInfo>"
        return _envelope(
            f"<loginResponse><result>{result}</result></loginResponse>", f' xmlns="urn:{_WSDLS[kind]}.soap.sforce.com"'
        )


def _read_login(body: bytes, namespace: str) -> tuple[str, str]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise LoginFault("soapenv:Client", f"XML is not well formed: {error}", kind="") from None
    if b"<!DOCTYPE" in body:
        raise LoginFault("soapenv:Client", "A document type declaration is not allowed.", kind="")
    call = root.find(f"{{{_SOAP}}}Body/*")
    if root.tag != f"{{{_SOAP}}}Envelope" or call is None or call.tag != f"{{{namespace}}}login":
        name = "" if call is None else str(call.tag)
        raise LoginFault("soapenv:Client", f"No operation available for request {name}", kind="")
    return call.findtext(f"{{{namespace}}}username") or "", call.findtext(f"{{{namespace}}}password") or ""


def _elements(values: Mapping[str, str | None]) -> str:
    return "".join(
        f'<{name} xsi:nil="true"/>' if value is None else f"<{name}>{escape(value, quote=False)}</{name}>"
        for name, value in values.items()
    )


def _fault(fault: LoginFault, namespace: str, version: str) -> str:
    """Return the fault's body; the code got its prefix some time after API 37.0, where the recording has none."""
    if not fault.kind:
        text = escape(fault.message, quote=False)
        return _envelope(
            f"<soapenv:Fault><faultcode>{fault.code}</faultcode><faultstring>{text}</faultstring></soapenv:Fault>", ""
        )
    code = fault.code if float(version) <= 37.0 and fault.kind == "LoginFault" else f"sf:{fault.code}"
    message = escape(fault.message, quote=False)
    detail = (
        f'<sf:{fault.kind} xsi:type="sf:{fault.kind}"><sf:exceptionCode>{fault.code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{message}</sf:exceptionMessage></sf:{fault.kind}>"
    )
    text = f"<faultcode>{code}</faultcode><faultstring>{fault.code}: {message}</faultstring><detail>{detail}</detail>"
    return _envelope(f"<soapenv:Fault>{text}</soapenv:Fault>", f' xmlns:sf="{namespace}"')


def _envelope(inner: str, namespaces: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="{_SOAP}"{namespaces}'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<soapenv:Body>{inner}</soapenv:Body></soapenv:Envelope>"
    )


def _xml(status: int, text: str) -> Response:
    return Response(status, text.encode(), {"Content-Type": "text/xml;charset=UTF-8"})
