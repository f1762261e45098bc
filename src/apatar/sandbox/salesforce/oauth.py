"""The OAuth 2.0 endpoints: authorize (it approves at once), token, revoke, introspect, userinfo."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import jwt
from jwt.types import Options

from apatar.sandbox.salesforce.access import Access, Credentials, same
from apatar.sandbox.salesforce.errors import JsonObject, OAuthRefused
from apatar.sandbox.salesforce.faults import FaultBook
from apatar.sandbox.salesforce.state import Actor, State
from apatar.sandbox.salesforce.wire import Request, Response, json_response

_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_LONGEST_ASSERTION = 300
_UNCACHED = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class OAuthDoor:
    """Answers /services/oauth2/…; an external client app with one client id, one secret and one certificate."""

    state: State
    access: Access
    book: FaultBook
    credentials: Credentials
    public_key: bytes

    def answer(self, request: Request) -> Response:
        handlers: dict[str, Callable[[Request], Response]] = {
            "authorize": self.authorize,
            "token": self.token,
            "revoke": self.revoke,
            "introspect": self.introspect,
            "userinfo": self.userinfo,
        }
        handler = handlers.get(request.segments[-1])
        if handler is None:
            return Response(404)
        try:
            return handler(request)
        except OAuthRefused as refusal:
            answer = {"error": refusal.error, "error_description": refusal.description}
            return json_response(answer, refusal.status, _UNCACHED)

    def authorize(self, request: Request) -> Response:
        """Redirect back with a code, as if someone had logged in and pressed Allow: whom `login_hint` names, if it is
        the administrator, else the integration user.
        """
        asked = request.query | (request.form if request.method == "POST" else {})
        if not same(asked.get("client_id", ""), self.credentials.client_id):
            raise OAuthRefused("invalid_client_id", "client identifier invalid")
        target = asked.get("redirect_uri", "")
        if urlsplit(target).scheme not in ("http", "https") or not urlsplit(target).netloc:
            raise OAuthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
        back = {"state": asked["state"]} if "state" in asked else {}
        fault = _wrong_with(asked)
        if fault:
            return _redirect(target, {"error": fault[0], "error_description": fault[1], **back})
        kept = ("redirect_uri", "code_challenge", "scope", "login_hint")
        code = self.access.new_code({name: asked.get(name, "") for name in kept})
        return _redirect(target, {"code": code, **back})

    def token(self, request: Request) -> Response:
        grants: dict[str, Callable[[dict[str, str], Request], JsonObject]] = {
            "authorization_code": self._by_code,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_client,
            _JWT_BEARER: self._by_assertion,
        }
        if request.method != "POST":
            raise OAuthRefused("invalid_request", "must use HTTP POST")
        form = _with_basic(request)
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            # Username-password is left out on purpose: an external client app cannot use it (facts 1.2).
            raise OAuthRefused("unsupported_grant_type", "grant type not supported")
        return json_response(grant(form, request), headers=_UNCACHED)

    def revoke(self, request: Request) -> Response:
        token = request.form.get("token") or request.query.get("token", "")
        if not self.access.revoke(token):
            raise OAuthRefused("unsupported_token_type", "this token type is not supported")
        return Response(200)

    def introspect(self, request: Request) -> Response:
        self._check_client(request.form)
        live = self.state.execute("SELECT 1 FROM sessions WHERE token = ?", (request.form.get("token", ""),)).fetchone()
        return json_response({"active": live is not None})

    def userinfo(self, request: Request) -> Response:
        actor = self.access.actor(request.headers.get("authorization"))
        user = self.state.row(self.state.object("User"), actor.user_id) or {}
        return json_response(
            {
                "sub": self._identity(request, actor),
                "user_id": actor.user_id,
                "organization_id": self.access.org_id,
                "preferred_username": user["Username"],
                "name": user["Name"],
                "email": user["Email"],
                "email_verified": True,
                "active": bool(user["IsActive"]),
                "user_type": "STANDARD",
            }
        )

    def _by_code(self, form: dict[str, str], request: Request) -> JsonObject:
        self._check_client(form)
        asked = self.access.spend_code(form.get("code", ""))
        if form.get("redirect_uri") != asked["redirect_uri"]:
            raise OAuthRefused("redirect_uri_mismatch", "redirect_uri must match configuration")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            raise OAuthRefused("invalid_grant", "invalid code verifier")
        self._check_user()
        is_admin = asked.get("login_hint", "").lower() == self.credentials.admin_user
        user = self.access.admin_id if is_admin else self.access.user_id
        scope = asked["scope"] or "api refresh_token"
        if "refresh_token" not in scope.split() and "offline_access" not in scope.split():
            return self._answer(request, self.access.open_session(user), scope)
        grant, refresh = self.access.new_grant(user, scope)
        session = self.access.open_session(user, grant=grant)
        return {**self._answer(request, session, scope), "refresh_token": refresh}

    def _by_refresh(self, form: dict[str, str], request: Request) -> JsonObject:
        self._check_client(form)
        rotates = self.book.in_force.token_rotation
        grant, user, scope, following = self.access.spend_refresh_token(form.get("refresh_token", ""), rotates=rotates)
        self._check_user()
        answer = self._answer(request, self.access.open_session(user, grant=grant), scope)
        return answer if following is None else {**answer, "refresh_token": following}

    def _by_client(self, form: dict[str, str], request: Request) -> JsonObject:
        self._check_client(form)
        if not self.book.in_force.run_as_user:
            raise OAuthRefused("invalid_grant", "no client credentials user enabled")
        self._check_user()
        return self._answer(request, self.access.open_session(self.access.user_id), "api")

    def _by_assertion(self, form: dict[str, str], request: Request) -> JsonObject:
        claims = self._claims(form.get("assertion", ""))
        if claims.get("aud") not in (*_AUDIENCES, request.base_url):
            raise OAuthRefused("invalid_grant", "audience is invalid")
        expires = claims.get("exp")
        now = self.state.now()
        if not isinstance(expires, int) or not now < expires <= now + _LONGEST_ASSERTION:
            raise OAuthRefused("invalid_grant", "expired authorization code")
        if str(claims.get("iss")) != self.credentials.client_id:
            raise OAuthRefused("invalid_client_id", "client identifier invalid")
        if str(claims.get("sub")) != self.credentials.user or not self.book.in_force.user_approved:
            raise OAuthRefused("invalid_grant", "user hasn't approved this consumer")
        self._check_user()
        return self._answer(request, self.access.open_session(self.access.user_id), "api")

    def _claims(self, assertion: str) -> JsonObject:
        """Return an assertion's claims once its signature fits; its times are checked against the org's own clock."""
        unchecked: Options = {
            "verify_exp": False,
            "verify_aud": False,
            "verify_iat": False,
            "verify_nbf": False,
            "verify_sub": False,
            "verify_iss": False,
        }
        try:
            claims: JsonObject = jwt.decode(assertion, self.public_key, algorithms=["RS256"], options=unchecked)
        except jwt.PyJWTError:
            raise OAuthRefused("invalid_grant", "invalid assertion") from None
        return claims

    def _check_client(self, form: dict[str, str]) -> None:
        if not same(form.get("client_id", ""), self.credentials.client_id):
            raise OAuthRefused("invalid_client_id", "client identifier invalid")
        if not same(form.get("client_secret", ""), self.credentials.client_secret):
            raise OAuthRefused("invalid_client", "invalid client credentials")

    def _check_user(self) -> None:
        if self.book.in_force.user_locked:
            raise OAuthRefused("inactive_user", "user is inactive")
        if not self.book.in_force.api_access:
            raise OAuthRefused("invalid_grant", "API is not enabled for this Organization or Partner")

    def _answer(self, request: Request, session: str, scope: str) -> JsonObject:
        identity = self._identity(request, self.access.actor(f"Bearer {session}"))
        issued = str(int(self.state.now() * 1000))
        signed = hmac.new(
            self.credentials.client_secret.encode(), f"{identity}{issued}".encode(), hashlib.sha256
        ).digest()
        return {
            "access_token": session,
            "signature": base64.b64encode(signed).decode(),
            "scope": scope,
            "instance_url": request.base_url,
            "id": identity,
            "token_type": "Bearer",
            "issued_at": issued,
        }

    def _identity(self, request: Request, actor: Actor) -> str:
        return f"{request.base_url}/id/{self.access.org_id}/{actor.user_id}"


def _wrong_with(asked: dict[str, str]) -> tuple[str, str] | None:
    if asked.get("response_type") != "code":
        return "unsupported_response_type", "response type not supported"
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        return "invalid_request", "missing required code challenge"
    return None


def _with_basic(request: Request) -> dict[str, str]:
    """Return the form of a token request, with the client's id and secret from a Basic header if they are there."""
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return request.form
    try:
        name, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except ValueError:
        raise OAuthRefused("invalid_client", "invalid client credentials", status=401) from None
    return {**request.form, "client_id": name, "client_secret": secret}


def _redirect(target: str, values: dict[str, str]) -> Response:
    joint = "&" if urlsplit(target).query else "?"
    return Response(302, b"", {"Location": f"{target}{joint}{urlencode(values)}"})
