"""The password that the Web Connector gives: the owner's On-Demand password, or one made for this connection."""

import hmac
import secrets
import threading
from collections import OrderedDict
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache

MOST_FAILURES = 10
FAILURE_WINDOW = 15 * 60
"""Seconds. A wrong password may be tried so often from one address before the door stays shut for the window."""
MOST_PROOFS = 10_000

_process_key = secrets.token_bytes(32)
_proofs: OrderedDict[bytes, None] = OrderedDict()
_lock = threading.Lock()


def make_webconnector_password() -> tuple[str, str]:
    """Make a 128-bit password and its proof; only the proof is stored."""
    password = secrets.token_urlsafe(16)
    return password, proof_of(password)


def proof_of(password: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), b"webconnector:" + password.encode(), sha256).hexdigest()


def password_fits(password: str, *, proof: str, owner_hash: str) -> bool:
    """Check against the connection's own proof where it has one, else against its owner's password hash.

    argon2 takes half a second of CPU, and the Web Connector gives the password at every poll: a password that was
    right is remembered in this process (as a keyed digest that includes the hash, so that a changed password is
    forgotten at once), never a wrong one.
    """
    if proof:
        return hmac.compare_digest(proof, proof_of(password))
    mark = hmac.new(_process_key, f"{owner_hash}\0{password}".encode(), sha256).digest()
    if _remembered(mark):
        return True
    if not check_password(password, owner_hash):
        return False
    _remember(mark)
    return True


def waste_time(password: str) -> None:
    """Spend what a real check costs, so that a stranger cannot tell which user names exist."""
    make_password(password)


def too_many_failures(user: str, address: str) -> bool:
    return int(cache.get(_counter(user, address), 0)) >= MOST_FAILURES


def note_failure(user: str, address: str) -> None:
    key = _counter(user, address)
    cache.add(key, 0, FAILURE_WINDOW)
    cache.incr(key)


def _counter(user: str, address: str) -> str:
    return "webconnector-failures:" + sha256(f"{user}\0{address}".encode()).hexdigest()


def _remembered(mark: bytes) -> bool:
    with _lock:
        if mark not in _proofs:
            return False
        _proofs.move_to_end(mark)
        return True


def _remember(mark: bytes) -> None:
    with _lock:
        _proofs[mark] = None
        while len(_proofs) > MOST_PROOFS:
            _proofs.popitem(last=False)
