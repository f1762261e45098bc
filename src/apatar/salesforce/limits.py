"""How much of the org's daily quota is used, and where we stop."""

import re
from dataclasses import dataclass
from decimal import Decimal

from apatar.salesforce.errors import LimitReached

_API_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Usage:
    """API calls of the whole org in the last 24 hours: used, of how many."""

    used: int
    maximum: int

    @property
    def share(self) -> Decimal:
        return Decimal(self.used) / self.maximum if self.maximum else Decimal(1)


@dataclass(frozen=True, slots=True)
class Budget:
    """Our promise to leave the org's other programs enough: stop at this share of the daily quota (invariant I7)."""

    stop_at: Decimal = Decimal("0.90")

    def allows(self, usage: Usage | None, *, calls: int = 1) -> bool:
        """Judge the next calls; an unknown usage allows them, because one answer makes it known."""
        return usage is None or calls <= self.left(usage)

    def left(self, usage: Usage) -> int:
        return max(0, int(usage.maximum * self.stop_at) - usage.used)

    def check(self, usage: Usage | None, *, calls: int = 1) -> None:
        """Raise LimitReached where the next calls would pass the mark."""
        if usage is None or self.allows(usage, calls=calls):
            return
        raise LimitReached(
            f"{usage.used} of the {usage.maximum} daily API calls of this Salesforce org are used up. We stop at "
            f"{self.stop_at:.0%} to leave some for others, and go on when they free up.",
            code="BUDGET",
        )


def parse_usage(header: str | None) -> Usage | None:
    """Read `Sforce-Limit-Info: api-usage=18/5000; per-app-api-usage=17/250(appName=x)`; None where it says nothing."""
    found = _API_USAGE.search(header or "")
    return Usage(used=int(found[1]), maximum=int(found[2])) if found else None
