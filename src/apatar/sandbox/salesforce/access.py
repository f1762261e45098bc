"""Who may come in: the org's people, their secrets, sessions, and the grants behind refresh tokens."""

import hmac
import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from apatar.sandbox.salesforce.errors import OAuthRefused, Refused
from apatar.sandbox.salesforce.state import Actor, State

_IDLE = 7_200.0  # sessions end after two idle hours by default (facts 1.2)
_LOCK_AFTER = 10
_LOCKED_FOR = 900.0
_CODE_LIFE = 900.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every secret of the org, made at its first start and kept beside its rows."""

    user: str = "integration@sandbox.example"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    security_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)
    client_id: str = field(default_factory=lambda: f"3MVG9{secrets.token_urlsafe(48)}")
    client_secret: str = field(default_factory=lambda: secrets.token_hex(32).upper(), repr=False)
    admin_user: str = "admin@sandbox.example"
    admin_password: str = field(default_factory=lambda: secrets.token_urlsafe(12), repr=False)
    admin_security_token: str = field(default_factory=lambda: secrets.token_hex(12), repr=False)


def keep_credentials(home: Path) -> Credentials:
    """Return the credentials in a folder; those it lacks are made there, readable by the owner only."""
    path = home / "credentials.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    made = Credentials(**known)
    if known == asdict(made):
        return made
    _write_secret(path, json.dumps(asdict(made), indent=1).encode())
    return made


def keep_key(home: Path) -> tuple[Path, bytes]:
    """Return where the private key of the JWT bearer flow lies, and the public half that the org has registered."""
    path = home / "jwt_key.pem"
    if not path.exists():
        made = generate_private_key(public_exponent=65_537, key_size=2_048)
        _write_secret(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    # The key is this program's own: proving it anew at every start would take a tenth of a second.
    key = load_pem_private_key(path.read_bytes(), password=None, unsafe_skip_rsa_key_validation=True)
    return path, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def same(given: str, expected: str) -> bool:
    """Compare two secrets without telling by the time it takes how much of them agrees."""
    return hmac.compare_digest(given.encode(), expected.encode())


class Access:
    """Sessions and grants of one org."""

    def __init__(self, state: State, *, org_id: str, user_id: str, admin_id: str) -> None:
        self._state = state
        self.org_id = org_id
        self.user_id = user_id
        self.admin_id = admin_id
        self._failures: list[float] = []

    def open_session(self, user_id: str, *, grant: str | None = None, restricted: bool = False) -> str:
        """Return a new session id; a restricted session may only set a password."""
        token = f"{self.org_id[:15]}!AQ{secrets.token_urlsafe(72)}"
        self._state.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (token, user_id, self._state.now(), grant, int(restricted))
        )
        return token

    def actor(self, authorization: str | None) -> Actor:
        """Return who asks, by the Authorization header; raises INVALID_AUTH_HEADER or INVALID_SESSION_ID (401)."""
        kind, _, token = (authorization or "").partition(" ")
        if authorization and kind.lower() not in ("bearer", "oauth"):
            raise Refused("INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE", status=401)
        found = self._state.execute("SELECT * FROM sessions WHERE token = ?", (token.strip(),)).fetchone()
        now = self._state.now()
        if found is None or found["last_used"] + _IDLE <= now:
            raise Refused("INVALID_SESSION_ID", "Session expired or invalid", status=401)
        if found["restricted"]:
            message = (
                "The users password has expired, you must call SetPassword before attempting any other API operations"
            )
            raise Refused("INVALID_OPERATION_WITH_EXPIRED_PASSWORD", message, status=403)
        self._state.execute("UPDATE sessions SET last_used = ? WHERE token = ?", (now, token.strip()))
        return Actor(found["user_id"], is_operator=found["user_id"] == self.admin_id)

    def expire_sessions(self) -> None:
        """End every session but the operator's own."""
        self._state.execute("DELETE FROM sessions WHERE user_id <> ?", (self.admin_id,))

    @property
    def is_locked(self) -> bool:
        """Whether ten wrong passwords in a row have locked the user out (for a quarter of an hour)."""
        return len(self._failures) >= _LOCK_AFTER and self._failures[-1] + _LOCKED_FOR > self._state.now()

    def note_login(self, *, ok: bool) -> None:
        if ok or (len(self._failures) >= _LOCK_AFTER and not self.is_locked):
            self._failures = []
        if not ok:
            self._failures.append(self._state.now())

    def new_code(self, asked: dict[str, str]) -> str:
        """Return an authorization code for what was asked: client, redirect, challenge, scope."""
        code = f"aPrx{secrets.token_urlsafe(40)}"
        self._state.execute(
            "INSERT INTO codes VALUES (?, ?, ?)", (code, json.dumps(asked), self._state.now() + _CODE_LIFE)
        )
        return code

    def spend_code(self, code: str) -> dict[str, str]:
        """Return what a code was asked for; a code works once."""
        found = self._state.execute("SELECT * FROM codes WHERE code = ?", (code,)).fetchone()
        self._state.execute("DELETE FROM codes WHERE code = ?", (code,))
        if found is None or found["expires_at"] <= self._state.now():
            raise OAuthRefused("invalid_grant", "expired authorization code")
        asked: dict[str, str] = json.loads(found["asked"])
        return asked

    def new_grant(self, user_id: str, scope: str) -> tuple[str, str]:
        """Return a new grant and its first refresh token."""
        grant = secrets.token_hex(12)
        self._state.execute("INSERT INTO grants VALUES (?, ?, ?, 0)", (grant, user_id, scope))
        return grant, self.new_refresh_token(grant)

    def new_refresh_token(self, grant: str) -> str:
        token = f"5Aep861{secrets.token_urlsafe(56)}"
        self._state.execute("INSERT INTO refresh_tokens VALUES (?, ?, 0)", (token, grant))
        return token

    def spend_refresh_token(self, token: str, *, rotates: bool) -> tuple[str, str, str, str | None]:
        """Return (grant, user, scope, next refresh token); a spent token that comes back revokes its whole grant."""
        found = self._state.execute(
            "SELECT r.spent, g.* FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id WHERE r.token = ?", (token,)
        ).fetchone()
        if found is not None and found["spent"]:
            self.revoke_grant(found["id"])
        if found is None or found["spent"] or found["revoked"]:
            raise OAuthRefused("invalid_grant", "expired access/refresh token")
        if not rotates:
            return found["id"], found["user_id"], found["scope"], None
        self._state.execute("UPDATE refresh_tokens SET spent = 1 WHERE token = ?", (token,))
        return found["id"], found["user_id"], found["scope"], self.new_refresh_token(found["id"])

    def revoke(self, token: str) -> bool:
        """End a session, or the whole grant of a refresh token; tells whether there was any."""
        found = self._state.execute("SELECT grant_id FROM refresh_tokens WHERE token = ?", (token,)).fetchone()
        if found is not None:
            self.revoke_grant(found["grant_id"])
            return True
        return self._state.execute("DELETE FROM sessions WHERE token = ?", (token,)).rowcount > 0

    def revoke_grant(self, grant: str) -> None:
        self._state.execute("UPDATE grants SET revoked = 1 WHERE id = ?", (grant,))
        self._state.execute("DELETE FROM sessions WHERE grant_id = ?", (grant,))


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)
