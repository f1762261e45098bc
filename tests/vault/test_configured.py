"""The ring that the settings configure for the process."""

from collections.abc import Iterator

import pytest

from apatar import vault
from apatar.vault.errors import NoKeyRing
from apatar.vault.keyring import KeyRing, new_key


@pytest.fixture
def no_ring() -> Iterator[None]:
    kept = list(vault._configured)
    vault._configured.clear()
    yield
    vault._configured[:] = kept


def test_nothing_is_sealed_before_a_ring_is_configured(no_ring: None) -> None:
    with pytest.raises(NoKeyRing, match=r"vault\.use"):
        vault.seal("x", row="connection:1:salesforce")


def test_the_configured_ring_seals_opens_and_tells_old_keys(no_ring: None) -> None:
    old = new_key()
    vault.use(KeyRing.parse(old))
    sealed = vault.seal("x", row="connection:1:salesforce")
    vault.use(KeyRing.parse(f"{new_key()}\n{old}"))
    assert vault.unseal(sealed, row="connection:1:salesforce") == "x"
    assert vault.needs_rotation(sealed)
