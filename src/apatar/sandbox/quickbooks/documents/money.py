"""How QuickBooks counts: amounts in cents, rates to five places, halves away from zero."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from apatar.sandbox.quickbooks.values import price_text, quantity_text

_CENT = Decimal("0.01")
_RATE = Decimal("0.00001")
ZERO = Decimal("0.00")
quantity = quantity_text


def cents(amount: Decimal) -> Decimal:
    """Round to cents, halves away from zero."""
    return amount.quantize(_CENT, ROUND_HALF_UP) + 0  # a negative nothing is nothing


def extended(quantity: Decimal | None, rate: Decimal) -> Decimal:
    """Return the amount of a line; without a quantity the rate stands for one."""
    return cents(rate if quantity is None else quantity * rate)


def rate_of(amount: Decimal, quantity: Decimal | None) -> Decimal:
    """Return the rate that an amount given by hand means, to five places."""
    if not quantity:
        return amount
    return (amount / quantity).quantize(_RATE, ROUND_HALF_UP)


def part(amount: Decimal, percent: Decimal) -> Decimal:
    return cents(amount * percent / 100)


def tax_of(taxable: Iterable[Decimal], percent: Decimal) -> Decimal:
    """Return the tax on the sum of the taxable amounts: it is rounded once."""
    return part(sum(taxable, ZERO), percent)


def marked(price: Decimal, percent: Decimal) -> Decimal:
    """Return a price with a percentage added or (below zero) taken off."""
    return (price * (100 + percent) / 100).quantize(_RATE, ROUND_HALF_UP)


def in_home(amount: Decimal, rate: Decimal) -> Decimal:
    return cents(amount * rate)


def money(amount: Decimal) -> str:
    return f"{cents(amount):.2f}"


def rate(value: Decimal) -> str:
    """Print a rate or a percentage: two to five places, as in the captures (103.00, 2.695)."""
    return price_text(value.quantize(_RATE, ROUND_HALF_UP) + 0)


def number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
