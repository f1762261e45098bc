"""The quota is read from a header, and we stop before it ends."""

from decimal import Decimal

import pytest

from apatar.salesforce.errors import LimitReached
from apatar.salesforce.limits import Budget, Usage, parse_usage


@pytest.mark.parametrize(
    ("header", "usage"),
    [
        ("api-usage=18/5000", Usage(18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-app)", Usage(25, 5000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=25/5000", Usage(25, 5000)),
        ("per-app-api-usage=17/250(appName=x)", None),
        ("", None),
        (None, None),
    ],
)
def test_the_orgs_own_usage_is_read(header: str | None, usage: Usage | None) -> None:
    assert parse_usage(header) == usage


def test_calls_stop_at_nine_tenths_of_the_quota() -> None:
    budget = Budget()
    budget.check(Usage(4499, 5000))
    with pytest.raises(LimitReached, match=r"4500 of the 5000 daily API calls.*90%") as raised:
        budget.check(Usage(4500, 5000))
    assert not raised.value.permanent
    assert raised.value.retry_after


def test_several_calls_need_room_for_all_of_them() -> None:
    assert Budget().allows(Usage(4490, 5000), calls=10)
    assert not Budget().allows(Usage(4491, 5000), calls=10)


def test_an_unknown_usage_allows_the_call_that_makes_it_known() -> None:
    assert Budget().allows(None)


def test_an_operator_may_choose_another_mark() -> None:
    assert Budget(stop_at=Decimal("0.5")).left(Usage(2400, 5000)) == 100


def test_an_org_without_a_quota_counts_as_used_up() -> None:
    assert Usage(0, 0).share == 1
    assert not Budget().allows(Usage(0, 0))
