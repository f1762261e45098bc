"""Logs never show a secret."""

import pytest

from apatar.config.logs import HIDDEN, hide_secrets


@pytest.mark.parametrize(
    "name", ["password", "strPassword", "access_token", "client_secret", "wcTicket", "Authorization", "private_key"]
)
def test_whatever_is_called_a_secret_is_hidden(name: str) -> None:
    assert hide_secrets(None, "", {name: "hunter2", "event": "login"}) == {name: HIDDEN, "event": "login"}


def test_secrets_inside_of_mappings_are_hidden_and_the_original_stays() -> None:
    told = {"answer": {"access_token": "00D!x", "instance_url": "https://x"}}
    shown = hide_secrets(None, "", {"sent": told})
    assert shown == {"sent": {"answer": {"access_token": HIDDEN, "instance_url": "https://x"}}}
    assert told["answer"]["access_token"] == "00D!x"
