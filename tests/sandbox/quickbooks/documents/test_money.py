from decimal import Decimal

import pytest

from apatar.sandbox.quickbooks.documents import money


@pytest.mark.parametrize(
    ("quantity", "rate", "amount"),
    [
        ("3", "33.335", "100.01"),
        ("1", "0.005", "0.01"),
        ("1", "0.0049", "0.00"),
        ("-1", "0.005", "-0.01"),
        ("0.5", "10.01", "5.01"),
        ("1000", "0.12345", "123.45"),
        (None, "7.125", "7.13"),
        ("0", "7.125", "0.00"),
        ("-2", "0.001", "0.00"),
    ],
)
def test_a_line_is_quantity_times_rate_in_cents_halves_away_from_nothing(
    quantity: str | None, rate: str, amount: str
) -> None:
    counted = money.extended(None if quantity is None else Decimal(quantity), Decimal(rate))
    assert money.money(counted) == amount


@pytest.mark.parametrize(
    ("amount", "quantity", "rate"),
    [("10.00", "3", "3.33333"), ("10.00", "4", "2.50"), ("10.00", None, "10.00"), ("10.00", "0", "10.00")],
)
def test_an_amount_given_by_hand_makes_the_rate(amount: str, quantity: str | None, rate: str) -> None:
    counted = money.rate_of(Decimal(amount), None if quantity is None else Decimal(quantity))
    assert money.rate(counted) == rate


@pytest.mark.parametrize(
    ("amounts", "percent", "tax"),
    [
        (["0.10", "0.10", "0.10"], "5", "0.02"),
        (["183.00"], "6", "10.98"),
        (["100.00", "-10.00"], "8.25", "7.43"),
        ([], "8.25", "0.00"),
    ],
)
def test_tax_is_rounded_once_on_the_taxable_sum(amounts: list[str], percent: str, tax: str) -> None:
    assert money.money(money.tax_of([Decimal(amount) for amount in amounts], Decimal(percent))) == tax
