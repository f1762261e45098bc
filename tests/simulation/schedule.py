"""Drawing a schedule from a seed: the same seed gives the same schedule, for ever as long as this file stays."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from apatar.sandbox.webconnector.faults import Mishap
from apatar.sync.record import Side
from tests.simulation.steps import (
    Act,
    Befalls,
    Deal,
    Delete,
    Edit,
    Elsewhere,
    Kill,
    Make,
    Meanwhile,
    Moment,
    Refuse,
    Rehearse,
    Run,
    Schedule,
    Sell,
    Step,
    TakeBack,
    Trouble,
    Typed,
    Wait,
    WireFault,
    Wrong,
)

STARTS: Mapping[str, datetime] = {
    "an ordinary Monday": datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    "half an hour before clocks go forward": datetime(2026, 3, 8, 6, 30, tzinfo=UTC),
    "half an hour before clocks go back": datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
    "a summer evening at the end of the month": datetime(2026, 7, 31, 23, 40, tzinfo=UTC),
}
"""The PC is in New York, where clocks change at 7:00 UTC in March and at 6:00 UTC in November."""
LISTS = ("accounts_customers",)
TRADE = (
    "accounts_customers", "products_items", "prices_items", "opportunity_estimate", "invoices", "credit_memos",
    "payments",
)  # fmt: skip
TRADING = 0.08
"""The share of the schedules in which people trade besides: a run of those takes three times as long."""
WORDS = (
    "Kern Lighting", "Abel & Sons", "Łódź Trading", "O'Neil <North>", "The Honourable Company of Lighthouse Keepers",
    "North: East",
)  # fmt: skip
LENGTHS, HOW_OFTEN = (2, 3, 4, 6, 9), (3, 3, 3, 2, 1)
"""Steps between the opening and the end: most of what can go wrong goes wrong in short stories, and more of them fit
into an hour."""
MISHAPS = tuple(one for one in Mishap if not one.startswith("kill"))
CALLS = (None, None, "authenticate", "sendRequestXML", "receiveResponseXML", "receiveResponseXML", "closeConnection")
MOST_PICKS = 8
LAST_STATEMENT = 420
"""About as many statements as a run with work to do makes."""
Draw = Callable[[Random], Step]


def draw(seed: int) -> Schedule:
    """Draw the schedule of a seed."""
    random = Random(seed)
    trades = random.random() < TRADING
    begins = _some(random, _make, 1, 3)
    middle = [_step(random, trades=trades) for _ in range(random.choices(LENGTHS, HOW_OFTEN)[0])]
    season = random.choice(tuple(STARTS))
    prepared = trades or random.random() < 0.85
    # Something must have been in step before anything can go wrong with it.
    opening = [*begins, _calm_run(random)] if trades or random.random() < 0.6 else begins
    ends = (_calm_run(random),) if not isinstance(middle[-1], Run) else ()
    return Schedule(seed, season, TRADE if trades else LISTS, prepared, (*opening, *middle, *ends))


def _some(random: Random, one: Draw, least: int, most: int) -> list[Step]:
    return [one(random) for _ in range(random.randint(least, most))]


def _step(random: Random, *, trades: bool) -> Step:
    kinds, weights = zip(*(KINDS + (MARKET if trades else ())), strict=True)
    chosen: Draw = random.choices(kinds, weights)[0]
    return chosen(random)


def _side(random: Random) -> Side:
    return random.choice(tuple(Side))


def _make(random: Random) -> Make:
    at: Sequence[tuple[Side, ...]] = [(Side.SALESFORCE,), (Side.QUICKBOOKS,), (Side.SALESFORCE, Side.QUICKBOOKS)]
    return Make(random.choices(at, (4, 4, 1))[0], random.choice(WORDS))


def _edit(random: Random) -> Edit:
    field = random.choices(tuple(Typed), (4, 3, 3, 2))[0]
    empties = field is not Typed.NAME and random.random() < 0.1
    return Edit(_side(random), random.randrange(MOST_PICKS), field, empties)


def _delete(random: Random) -> Delete:
    return Delete(_side(random), random.randrange(MOST_PICKS))


def _refuse(random: Random) -> Refuse:
    return Refuse(_side(random), random.randrange(MOST_PICKS))


def _wait(random: Random) -> Wait:
    return Wait(random.choice((1, 4, 10, 25, 70)))


def _act(random: Random) -> Act:
    return random.choices((_make, _edit, _delete), (2, 8, 1))[0](random)


def _calm_run(random: Random) -> Run:
    return Run(meanwhile=_meanwhile(random) if random.random() < 0.3 else None)


def _run(random: Random) -> Run:
    """A run to which something happens: mostly one thing, now and then several."""
    happens = random.choices((_with_wire, _with_trouble, _with_kill), (3, 4, 3), k=random.choice((1, 1, 1, 2, 3)))
    run = _calm_run(random)
    for one in happens:
        run = one(random, run)
    return run


def _with_wire(random: Random, run: Run) -> Run:
    operation = random.choice(CALLS)
    fault = WireFault(random.choice(MISHAPS), operation, random.randint(1, 4 if operation else 12))
    return Run((*run.wire, fault), run.troubles, run.kill, run.meanwhile)


def _with_trouble(random: Random, run: Run) -> Run:
    befalls = Befalls(random.choice(tuple(Trouble)), random.randint(1, 6), random.randint(1, 4))
    return Run(run.wire, (*run.troubles, befalls), run.kill, run.meanwhile)


def _with_kill(random: Random, run: Run) -> Run:
    kill = Kill(random.randint(1, LAST_STATEMENT), at_once=random.random() < 0.5)
    return Run(run.wire, run.troubles, kill, run.meanwhile)


def _meanwhile(random: Random) -> Meanwhile:
    moment, nth = random.choice(tuple(Moment)), random.choice((1, 1, 2, 3))
    return Meanwhile(moment, _act(random), 1 if moment is Moment.AFTER_QUERY else nth)


def _rehearse(random: Random) -> Rehearse:
    return Rehearse(_act(random) if random.random() < 0.4 else None)


def _take_back(random: Random) -> TakeBack:
    return TakeBack(_act(random) if random.random() < 0.4 else None)


def _wrong(random: Random) -> Wrong:
    return Wrong(random.choice(tuple(Elsewhere)))


def _sell(random: Random) -> Sell:
    act = random.choices(("write", "change", "pay", "void", "delete"), (6, 3, 4, 1, 1))[0]
    return Sell(act, random.randrange(MOST_PICKS), random.randint(1, 9))


def _deal(random: Random) -> Deal:
    act = random.choices(("open", "change", "win"), (4, 3, 4))[0]
    return Deal(act, random.randrange(MOST_PICKS), random.randint(1, 9))


MARKET: tuple[tuple[Draw, int], ...] = ((_sell, 24), (_deal, 24))
KINDS: tuple[tuple[Draw, int], ...] = (
    (_make, 8), (_edit, 22), (_delete, 2), (_refuse, 2), (_wait, 8),
    (_run, 34), (_calm_run, 6), (_rehearse, 3), (_take_back, 3), (_wrong, 2),
)  # fmt: skip
