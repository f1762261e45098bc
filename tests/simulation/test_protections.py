"""The simulation sees what it claims to see: without any one of the protections, its story breaks a promise."""

import pytest

from tests.simulation.play import play
from tests.simulation.protections import PROTECTIONS, Protection

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("protection", PROTECTIONS, ids=lambda one: one.name)
def test_without_it_a_promise_is_broken_and_with_it_none(
    protection: Protection, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = play(protection.schedule)
    assert report.broken is None, "\n".join([str(report.broken), *report.story])
    protection.off(monkeypatch)
    broken = play(protection.schedule).broken
    assert broken is not None
    assert broken.promise in protection.breaks, str(broken)
