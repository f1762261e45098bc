"""The plan of the year: its months and their parts."""

from datetime import date, timedelta
from itertools import pairwise

from apatar.sandbox.story_year import company_words
from apatar.sandbox.story_year_plan import Plan, months, share

TODAY = date(2026, 11, 25)


def test_the_last_month_ends_today() -> None:
    last = months(Plan(), TODAY)[-1]
    assert last.first + timedelta(days=last.days - 1) == TODAY


def test_months_follow_each_other_without_a_gap() -> None:
    every = months(Plan(months=4), TODAY)
    assert [one.number for one in every] == [1, 2, 3, 4]
    assert all(one.first + timedelta(days=one.days) == after.first for one, after in pairwise(every))


def test_the_deals_of_the_months_add_up() -> None:
    plan = Plan(deals=1000)
    assert sum(share(plan, one) for one in months(plan, TODAY)) == 1000


def test_the_company_trades_in_two_currencies_and_pays_tax() -> None:
    words = company_words(Plan(customers=5, jobs=1, items=12))
    assert words[:6] == ("--customers", "5", "--jobs", "1", "--items", "12")
    assert {"--multicurrency", "--sales-tax"} <= set(words)
