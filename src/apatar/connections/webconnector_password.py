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
MOST_FAILURES_OF_ADDRESS = 50
"""Several people may sit behind one address; somebody who tries names does not."""
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


def password_known(password: str, proof: str, owner_hash: str) -> bool:
    """Tell cheaply whether a password is right; False may also mean that `password_fits` has yet to look.

    argon2 takes half a second of CPU, and the Web Connector gives the password at every poll: a password that was
    right is remembered in this process (as a keyed digest that includes the hash, so that a changed password is
    forgotten at once), never a wrong one.
    """
    if proof:
        return hmac.compare_digest(proof, proof_of(password))
    return _remembered(_mark(password, owner_hash))


def password_fits(password: str, *, proof: str, owner_hash: str) -> bool:
    """Check against the connection's own proof where it has one, else against its owner's password hash."""
    if password_known(password, proof, owner_hash):
        return True
    if proof or not check_password(password, owner_hash):
        return False
    _remember(_mark(password, owner_hash))
    return True


def _mark(password: str, owner_hash: str) -> bytes:
    return hmac.new(_process_key, f"{owner_hash}\0{password}".encode(), sha256).digest()


def waste_time(password: str) -> None:
    """Spend what a real check costs, so that a stranger cannot tell which user names exist."""
    make_password(password)


def too_many_failures(user: str, address: str) -> bool:
    """Tell whether this door is shut: for this user name from this address, or for this address altogether."""
    counted = cache.get_many([_counter(user, address), _counter("", address)])
    of_user, of_address = counted.get(_counter(user, address), 0), counted.get(_counter("", address), 0)
    return int(of_user) >= MOST_FAILURES or int(of_address) >= MOST_FAILURES_OF_ADDRESS


def note_failure(user: str, address: str) -> None:
    for key in (_counter(user, address), _counter("", address)):
        cache.set(key, int(cache.get(key, 0)) + 1, FAILURE_WINDOW)


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
