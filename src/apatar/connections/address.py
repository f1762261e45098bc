"""The public address of the service, known to every process of it."""

from django.conf import settings

DEFAULT = "http://localhost:8000"


def remember_address(url: str) -> None:
    """Keep the address that `serve` uses, for the commands that run beside it."""
    (settings.HOME / "address").write_text(url + "\n", encoding="utf-8")
    settings.APATAR_URL = url


def public_address() -> str:
    """APATAR_URL; else where `serve` runs or last ran; else the default port on this machine."""
    if settings.APATAR_URL:
        return str(settings.APATAR_URL)
    kept = settings.HOME / "address"
    return kept.read_text(encoding="utf-8").strip() if kept.exists() else DEFAULT
