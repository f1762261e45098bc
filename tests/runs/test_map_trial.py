"""Values of a trial as people read them."""

from decimal import Decimal

import pytest

from apatar.runs.map_trial import spoken
from apatar.sync.values import Lines, LineValue, RemoteLine


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, ""),
        ("", ""),
        ((), ""),
        (True, "Yes"),
        (Decimal("1234.50"), "1,234.50"),
        (Decimal("300.00"), "300.00"),
        (Decimal("3.00000"), "3"),
        (Decimal("0.12500"), "0.125"),
        (Decimal("0.1"), "0.10"),
        (("1 Main St", "Suite 4"), "1 Main St\nSuite 4"),
        ("80000001-1", "Consulting"),
        (
            (RemoteLine("", "EstimateLine", {"ItemRef.ListID": "80000001-1", "Amount": Decimal("5.00")}),),
            "Consulting · 5.00",
        ),
        (Lines((LineValue((("item", "80000001-1"), ("description", None))),)), "Consulting"),
    ],
)
def test_a_value_is_said_as_people_read_it(value: object, said: str) -> None:
    assert spoken(value, {"80000001-1": "Consulting"}) == said
