"""Names of tasks, and periods."""

from collections.abc import Iterator

import pytest

from apatar.jobs import registry
from apatar.jobs.errors import BadPeriod, TaskNameTaken, UnknownTask
from tests.jobs.queue import Journal, a_journal


@pytest.fixture(autouse=True)
def journal() -> Iterator[Journal]:
    with a_journal() as kept:
        yield kept


def test_a_name_belongs_to_one_function(journal: Journal) -> None:
    with pytest.raises(TaskNameTaken, match=r"tests\.note"):
        registry.task("tests.note")(lambda: None)


def test_registering_the_same_function_twice_is_no_mistake(journal: Journal) -> None:
    function = registry.find("tests.note")
    registry.task("tests.note")(function)
    assert registry.name_of(function) == "tests.note"


def test_a_function_that_is_no_task_is_refused() -> None:
    with pytest.raises(UnknownTask):
        registry.name_of(lambda: None)


@pytest.mark.parametrize(
    ("seconds", "cron"),
    [
        (1, "* * * * * */1"),
        (30, "* * * * * */30"),
        (60, "*/1 * * * *"),
        (300, "*/5 * * * *"),
        (3600, "0 */1 * * *"),
        (6 * 3600, "0 */6 * * *"),
        (86400, "0 0 * * *"),
    ],
)
def test_periods_are_written_for_both_engines(seconds: int, cron: str) -> None:
    registry.every(seconds, "tests.note")
    assert [(p.seconds, p.cron) for p in registry.all_periodic()] == [(seconds, cron)]


@pytest.mark.parametrize("seconds", [0, -60, 7, 90, 61, 420, 5 * 3600, 2 * 86400])
def test_periods_that_do_not_fit_evenly_are_refused(seconds: int) -> None:
    with pytest.raises(BadPeriod):
        registry.every(seconds, "tests.note")
