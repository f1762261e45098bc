"""Who calls: the address that rate limits count by. Pure."""

from collections.abc import Mapping


def caller_of(environ: Mapping[str, object], *, proxies: int) -> str:
    """Return the caller's address; behind `proxies` of our own, what the outermost of them saw.

    Only so many entries of X-Forwarded-For were written by our proxies: anything before them is the caller's own word.
    """
    seen = str(environ.get("REMOTE_ADDR", ""))
    if proxies < 1:
        return seen
    chain = [entry.strip() for entry in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",") if entry.strip()]
    return chain[-proxies] if len(chain) >= proxies else seen
