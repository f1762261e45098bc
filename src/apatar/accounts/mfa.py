"""Second factors, sealed: the database never holds a secret that a code could be made from."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from apatar import vault

ROW = "accounts:second-factor"
"""allauth hands over the text alone, so the seal is bound to the column, not to the person."""
SEALED_MEMBERS = ("secret", "seed")
"""What of an authenticator's data allauth hands over to be sealed."""


class SealedMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth has no types
    """Passes every secret through the vault on its way to and from the database."""

    def encrypt(self, text: str) -> str:
        return vault.seal(text, row=ROW)

    def decrypt(self, encrypted_text: str) -> str:
        return vault.unseal(encrypted_text, row=ROW)

    def get_totp_issuer(self) -> str:
        return "Apatar On-Demand"


def reseal_authenticators() -> int:
    """Seal every second factor with the current key, and return how many secrets that were."""
    resealed = 0
    for authenticator in Authenticator.objects.select_for_update():
        for name, held in authenticator.data.items():
            if name not in SEALED_MEMBERS or not isinstance(held, str):
                continue
            if vault.needs_rotation(held):
                authenticator.data[name] = vault.seal(vault.unseal(held, row=ROW), row=ROW)
                authenticator.save(update_fields=["data"])
            resealed += 1
    return resealed
