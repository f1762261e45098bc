"""The mail server, from one address."""

import pytest

from apatar.config.environment import SettingError
from apatar.config.mail import CONSOLE, SMTP, mail_settings


def test_without_a_server_mails_are_shown_in_the_log() -> None:
    assert mail_settings("").backend == CONSOLE


@pytest.mark.parametrize(
    ("url", "port", "starttls", "tls"),
    [
        ("smtp://mail.example.com", 587, True, False),
        ("smtps://mail.example.com", 465, False, True),
        ("smtp+plain://mail.example.com:2525", 2525, False, False),
    ],
)
def test_each_kind_of_server_has_its_port_and_its_encryption(url: str, port: int, starttls: bool, tls: bool) -> None:
    mail = mail_settings(url)
    assert (mail.backend, mail.host, mail.port) == (SMTP, "mail.example.com", port)
    assert (mail.starttls, mail.ssl) == (starttls, tls)


def test_user_and_password_may_hold_any_character_and_are_not_shown() -> None:
    mail = mail_settings("smtp://ada%40example.com:p%3Ass%2F@mail.example.com")
    assert (mail.user, mail.password) == ("ada@example.com", "p:ss/")
    assert "p:ss/" not in repr(mail)


@pytest.mark.parametrize("url", ["mail.example.com", "http://mail.example.com", "smtp://", "smtp:mail"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(SettingError, match="EMAIL_URL must look like"):
        mail_settings(url)
