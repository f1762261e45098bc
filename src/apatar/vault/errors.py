"""What can go wrong with secrets at rest.

VaultError
├── NoKeyRing
├── BadKeyRing
└── CannotUnseal
    ├── UnknownKey
    ├── WrongRow
    └── Damaged
"""


class VaultError(Exception):
    """A secret could not be sealed or opened."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or type(self).__doc__ or "")


class NoKeyRing(VaultError):
    """No keys are configured for secrets. Start the service through its settings, or call vault.use first."""


class BadKeyRing(VaultError):
    """The list of keys cannot be read. Each line must hold a key's name and its 32 bytes in base64."""


class CannotUnseal(VaultError):
    """A stored secret cannot be opened. Type the secret again in the connection's form."""


class UnknownKey(CannotUnseal):
    """A stored secret was sealed with a key that is not on the ring. Put the old key back, or type the secret again."""


class WrongRow(CannotUnseal):
    """A stored secret belongs to another row than the one it was found in. Type the secret again there."""


class Damaged(CannotUnseal):
    """A stored secret was altered or cut short. Restore it from a backup, or type the secret again."""
