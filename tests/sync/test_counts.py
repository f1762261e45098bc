"""Counting decisions per side."""

from dataclasses import replace

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import Operation
from apatar.sync.counts import Counts, Tally
from apatar.sync.plan import decide_linked, decide_unlinked
from apatar.sync.record import Side
from tests.sync.situations import account, agreed, customer, settings


def test_a_pair_counts_on_the_side_it_writes_and_as_unchanged_on_the_other() -> None:
    ours, theirs = account(foreign_key="80-1"), customer()
    link = agreed(ours, theirs)
    still = decide_linked(MAPPING, link, ours, theirs, settings())
    moved = decide_linked(MAPPING, link, account(foreign_key="80-1", Phone="1"), theirs, settings())
    counts = Counts().plus(still).plus(moved)
    assert counts.salesforce == Tally(unchanged=2)
    assert counts.quickbooks == Tally(updated=1, unchanged=1)


def test_creates_questions_holds_and_conflicts_are_counted() -> None:
    (created,) = decide_unlinked(MAPPING, [account()], [], settings())
    (asked,) = decide_unlinked(MAPPING, [account()], [customer("80-1"), customer("80-2")], settings())
    held = decide_linked(MAPPING, agreed(account(), customer()), None, customer(), settings())
    clash = decide_linked(MAPPING, agreed(account(), customer()), account(Phone="1"), customer(Phone="2"), settings())
    counts = Counts()
    for decision in (created, asked, held, clash):
        counts = counts.plus(decision)
    assert counts.on(Side.QUICKBOOKS).created == 1
    assert (counts.questions, counts.holds, counts.conflicts) == (1, 1, 1)


def test_voids_and_deactivations_are_writes() -> None:
    tally = Tally().plus(Operation.VOID).plus(Operation.DEACTIVATE).plus(None)
    assert tally == Tally(voided=1, deactivated=1, unchanged=1)
    assert tally.writes == 2
    assert replace(tally, created=1).writes == 3
