"""Floor 2: secrets at rest. Only sealed strings reach the database."""

from apatar.vault.errors import NoKeyRing
from apatar.vault.keyring import KeyRing

_configured: list[KeyRing] = []


def use(ring: KeyRing) -> None:
    """Make `ring` the one that this process seals and opens with; the settings do it at the start."""
    _configured[:] = [ring]


def ring() -> KeyRing:
    """Return the configured ring. Raises NoKeyRing."""
    if not _configured:
        raise NoKeyRing
    return _configured[0]


def seal(plain: str, *, row: str) -> str:
    """Seal with the configured ring; `row` names the row and column that will hold the secret."""
    return ring().seal(plain, row=row)


def unseal(sealed: str, *, row: str) -> str:
    """Open with the configured ring. Raises CannotUnseal."""
    return ring().unseal(sealed, row=row)


def needs_rotation(sealed: str) -> bool:
    """Whether the configured ring has a newer key than the one that sealed this."""
    return ring().needs_rotation(sealed)
