"""The plan of the year: how much of everything, and its months. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta

CURRENCIES = {"USD": "1", "EUR": "0.92"}
"""The org's currencies, and what a dollar is worth in each; the first is the corporate one."""
MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything the year has."""

    customers: int = 500
    jobs: int = 60
    items: int = 200
    deals: int = 3000
    months: int = 12
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Month:
    """A month, counted from 1."""

    number: int
    first: date
    days: int = MONTH_DAYS


def months(plan: Plan, today: date) -> list[Month]:
    """Return the months, of thirty days each; the last one ends today, so that nothing is dated in the future."""
    start = today - timedelta(days=plan.months * MONTH_DAYS - 1)
    return [Month(number + 1, start + timedelta(days=MONTH_DAYS * number)) for number in range(plan.months)]


def share(plan: Plan, month: Month) -> int:
    """Return how many deals a month has; the months add up to the year's."""
    return plan.deals * month.number // plan.months - plan.deals * (month.number - 1) // plan.months
