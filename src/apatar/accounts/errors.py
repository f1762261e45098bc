"""What can go wrong between people and workspaces.

AccountsError
├── NobodyWithThatAddress
└── LastOwner
"""


class AccountsError(Exception):
    """Something about people or workspaces was refused. Try again, or ask an owner of the workspace."""

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or type(self).__doc__ or "")


class NobodyWithThatAddress(AccountsError):
    """Nobody has registered with this address yet. Ask them to register first, then add them here."""


class LastOwner(AccountsError):
    """A workspace needs an owner. Make someone else an owner first."""
