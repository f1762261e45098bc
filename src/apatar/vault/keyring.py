"""The key ring: AES-256-GCM, the newest key seals, every key opens, each secret bound to its row."""

import base64
import binascii
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apatar.vault.errors import BadKeyRing, Damaged, UnknownKey, WrongRow

FORMAT = "1"
KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D: 96 random bits are safe for 2^32 secrets under one key
KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")


def new_key() -> str:
    """Return one line of a key ring: a new key's name and the key. Put it first to make it the current key."""
    return f"{secrets.token_hex(4)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by name, newest first; the first one seals."""

    current: str
    # Never printed: a ring that lands in a log must not show its keys.
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read a ring from lines of `<name> <base64 key>`, newest first; commas stand for line ends.

        Raises BadKeyRing, which tells the number of the line and never its content.
        """
        lines = [line for line in re.split(r"[\n,]", text) if line.strip()]
        keys: dict[str, bytes] = {}
        for number, line in enumerate(lines, start=1):
            name, key = _read_line(line, number)
            if name in keys:
                raise BadKeyRing(
                    f"Line {number} of the key list repeats the name of an earlier key. Give each key its own name."
                )
            keys[name] = key
        if not keys:
            raise BadKeyRing("The list of keys is empty. Remove the setting, and a key is made at the next start.")
        return cls(current=next(iter(keys)), keys=keys)

    def seal(self, plain: str, *, row: str) -> str:
        """Return `plain` sealed under the current key; only the same row (say `connection:7:salesforce`) opens it."""
        nonce = os.urandom(NONCE_BYTES)
        box = AESGCM(self.keys[self.current]).encrypt(
            nonce, plain.encode("utf-8", "surrogatepass"), _bound(self.current, row)
        )
        return ".".join((FORMAT, self.current, _row_mark(row), _to_text(nonce + box)))

    def unseal(self, sealed: str, *, row: str) -> str:
        """Return what was sealed. Raises UnknownKey, WrongRow or Damaged."""
        parts = _parts(sealed)
        key = self.keys.get(parts.key)
        if key is None:
            raise UnknownKey
        if not hmac.compare_digest(parts.row_mark, _row_mark(row)):
            raise WrongRow
        try:
            plain = AESGCM(key).decrypt(parts.box[:NONCE_BYTES], parts.box[NONCE_BYTES:], _bound(parts.key, row))
        except (InvalidTag, ValueError) as error:
            raise Damaged from error
        return plain.decode("utf-8", "surrogatepass")

    def needs_rotation(self, sealed: str) -> bool:
        """Whether `sealed` was sealed by another key than the current one. Raises Damaged."""
        return _parts(sealed).key != self.current


class _Parts(NamedTuple):
    key: str
    row_mark: str
    box: bytes


def _parts(sealed: str) -> _Parts:
    """Take a sealed string apart: format, key name, row mark, nonce + ciphertext + tag."""
    parts = sealed.split(".")
    if len(parts) != 4 or parts[0] != FORMAT or not sealed.isascii():
        raise Damaged
    try:
        box = base64.b64decode(parts[3], altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise Damaged from error
    if _to_text(box) != parts[3]:  # base64 has several spellings of its last character; we write only one
        raise Damaged
    return _Parts(parts[1], parts[2], box)


def _to_text(box: bytes) -> str:
    return base64.urlsafe_b64encode(box).decode()


def _bound(key: str, row: str) -> bytes:
    """The associated data: what the tag vouches for besides the secret."""
    return f"{FORMAT}.{key}.{row}".encode()


def _row_mark(row: str) -> str:
    """A short mark of the row, so that a secret in the wrong row is told apart from a damaged one. Not a secret."""
    return hashlib.sha256(row.encode()).hexdigest()[:12]


def _read_line(line: str, number: int) -> tuple[str, bytes]:
    name, _, encoded = line.strip().partition(" ")
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadKeyRing(
            f"The key in line {number} of the key list is not base64. Copy the line again, whole."
        ) from error
    if not KEY_NAME.fullmatch(name) or len(key) != KEY_BYTES:
        raise BadKeyRing(f"Line {number} of the key list must hold a name, a space and {KEY_BYTES} bytes in base64.")
    return name, key
