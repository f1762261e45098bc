"""The mail server, from one address: `smtp://user:password@host:587`, `smtps://…` or nothing at all."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from apatar.config.environment import SettingError

SMTP = "django.core.mail.backends.smtp.EmailBackend"
CONSOLE = "django.core.mail.backends.console.EmailBackend"
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}


@dataclass(frozen=True, slots=True)
class Mail:
    """Django's mail settings; without a server mails are written to the log's stream."""

    backend: str = CONSOLE
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    ssl: bool = False


def mail_settings(url: str) -> Mail:
    """Read EMAIL_URL. `smtp` uses STARTTLS, `smtps` TLS from the start, `smtp+plain` neither."""
    if not url:
        return Mail()
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise SettingError("EMAIL_URL must look like smtp://user:password@mail.example.com:587 (or smtps://…).")
    return Mail(
        backend=SMTP,
        host=parts.hostname,
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp",
        ssl=parts.scheme == "smtps",
    )
