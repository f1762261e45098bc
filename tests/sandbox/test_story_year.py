"""What a year shows and prints; and a small one told with the real service, in processes of its own."""

import io
import json
import os
import subprocess
import sys
from typing import Any

import pytest
from rich.console import Console

from apatar.sandbox import story
from apatar.sandbox.story_agreement import Agreement
from apatar.sandbox.story_year import Year, year_summary
from apatar.sandbox.story_year_deals import DealsAgreement
from apatar.sandbox.story_year_ledgers import LedgerAgreement
from apatar.sandbox.story_year_screen import show_year

FIGURES: dict[str, Any] = {
    "customers": 40, "jobs": 6, "items": 40, "deals": 120, "documents": {"Invoice": 80, "SalesOrder": 9},
    "payments": 30, "credits": 4, "voids": 3, "currencies": ["Euro", "US Dollar"],
}  # fmt: skip
SUMS = {"invoices": "10.00", "credits": "1.00", "payments": "2.00", "open": "7.00"}


def a_year(*differences: str, quiet: bool = True, wrong_deals: tuple[str, ...] = ()) -> Year:
    ledgers = LedgerAgreement(114, differences, {"Euro": SUMS})
    return Year(FIGURES, ledgers, DealsAgreement(118, wrong_deals), quiet=quiet)


def shown(year: Year) -> str:
    file = io.StringIO()
    show_year(Console(file=file, width=100), year)
    return file.getvalue()


def test_the_summary_holds_figures_and_ledgers() -> None:
    assert year_summary(a_year()) == {
        "year": FIGURES,
        "ledgers": {"agree": True, "differences": [], "documents_compared": 114, "totals": {"Euro": SUMS}},
    }


def test_the_first_twenty_differences_are_printed() -> None:
    told = year_summary(a_year(*(f"invoice {number}" for number in range(30))))
    assert (told["ledgers"]["agree"], len(told["ledgers"]["differences"])) == (False, 20)


@pytest.mark.parametrize("year", [a_year("a cent"), a_year(wrong_deals=("no document",)), a_year(quiet=False)])
def test_a_year_agrees_only_where_nothing_is_wrong(year: Year) -> None:
    assert a_year().agree
    assert not year.agree


def test_a_year_that_does_not_agree_ends_with_one() -> None:
    told = story.Told("u", "p", [], [], Agreement(40, ()), a_year("a cent"))
    assert not told.agree
    assert story.summary(told)["agree"] is False


def test_people_see_what_was_traded_and_that_it_agrees() -> None:
    said = shown(a_year())
    assert all(word in said for word in ("Sales orders", "80", "Euro", "7.00", "114 documents", "118 deals"))


def test_people_see_what_is_wrong() -> None:
    assert "Harbor: [a] cent" in shown(a_year("Harbor: [a] cent"))
    assert "the last run wrote something" in shown(a_year(quiet=False))


@pytest.mark.service
def test_a_small_year_ends_with_two_ledgers_that_agree() -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    sizes = ("--customers", "25", "--items", "30", "--jobs", "4", "--deals", "60", "--months", "2")
    done = subprocess.run(
        [sys.executable, "-m", "apatar", "demo", "--year", "--once", "--json", "--port", "0", *sizes],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, f"{done.stderr}\n{done.stdout[-4000:]}"
    told = json.loads(done.stdout)
    year, ledgers, last = told["year"], told["ledgers"], told["runs"][-1]
    assert (told["agree"], told["links"], ledgers["agree"]) == (True, 27, True)
    assert year["deals"] == 65, "60, two of newcomers, one without products, one with an inactive item, a long number"
    assert all(year["documents"].values())
    assert all(year[name] for name in ("payments", "credits", "voids"))
    assert year["currencies"] == ["Euro", "US Dollar"]
    assert [last[side][word] for side in ("quickbooks", "salesforce") for word in ("created", "updated")] == [0] * 4
    assert last["problems"] == 2, "what cannot be done waits, and holds nothing up"
