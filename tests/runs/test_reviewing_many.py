"""Many decisions at once come to the same as one after the other, and take a few statements only."""

from collections.abc import Iterator
from random import Random

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope

from apatar.connections.models import Connection
from apatar.runs import reviewing_many
from apatar.runs.models import Link, Record
from apatar.runs.proposal import Ignored, Proposal, ProposalKind
from apatar.runs.review_file import ReviewFileError, taken_in
from tests.accounts.people import owner_of_a_workspace
from tests.journeys import reviews, situations
from tests.runs.test_review_file import table, who, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection() -> Iterator[Connection]:
    owner = owner_of_a_workspace()
    made = situations.a_connection_in_step(owner.workspace, owner.person, now=timezone.now())
    with scope(connection=made):
        yield made


def a_tangle(connection: Connection, random: Random) -> None:
    """Likely pairs, some of them rivals, decided ones, a linked one, one whose record is gone, and who stands alone."""
    now = timezone.now()
    pairs = [reviews.a_pair(connection, at, f"Northern {at} Ltd", f"Northern {at}", now=now) for at in range(1, 7)]
    for row in random.sample(pairs, 2):
        other = random.choice(pairs)
        if other is not row:
            Proposal.objects.create(
                connection=connection,
                mapping=reviews.PAIR,
                salesforce_id=row.salesforce_id,
                quickbooks_id=other.quickbooks_id,
                salesforce_name=row.salesforce_name,
                quickbooks_name=other.quickbooks_name,
                kind=random.choice((ProposalKind.SUGGESTED, ProposalKind.HAND, ProposalKind.PARTED)),
                found_at=now,
            )
    reviews.alone(connection, 7, "salesforce", now=now)
    taken = reviews.alone(connection, 8, "quickbooks", now=now)
    Proposal.objects.filter(pk=taken.pk).update(kind=random.choice((ProposalKind.TAKEN, ProposalKind.ALONE)))
    for row in random.sample(pairs, 2):
        Proposal.objects.filter(pk=row.pk).update(choice=random.choice(("apart", "link")))
    gone = [row.quickbooks_id for row in random.sample(pairs, 2)]
    Record.objects.filter(remote_id__in=gone).update(deleted_at=now)
    if random.random() < 0.5:
        linked = random.choice(pairs)
        ids = {"salesforce_id": linked.salesforce_id, "quickbooks_id": linked.quickbooks_id}
        Link.objects.create(connection=connection, mapping=reviews.PAIR, linked_at=now, how="matched", **ids)
    left = random.choice(pairs)
    about = {"side": "salesforce", "remote_id": left.salesforce_id, "name": left.salesforce_name}
    Ignored.objects.create(connection=connection, mapping=reviews.PAIR, since=now, **about)
    Record.objects.update(dirty=False)


def what_came_of(connection: Connection, text: str) -> object:
    """Take a file in, tell what stands then, and take it all back."""
    with transaction.atomic():
        try:
            told: object = taken_in(connection, text, who())
        except ReviewFileError as error:
            told = error.sentences
        rows = Proposal.objects.values_list("salesforce_id", "quickbooks_id", "kind", "choice", "decided_by")
        ignored = Ignored.objects.values_list("side", "remote_id", "name", "why", "by")
        dirty = Record.objects.filter(dirty=True).values_list("side", "remote_id")
        seen = told, sorted(rows), sorted(ignored), sorted(dirty)
        transaction.set_rollback(True)
    return seen


def decisions_that_make_sense(line: dict[str, str]) -> list[str]:
    """Anything else is refused before it is looked at."""
    ours, theirs = bool(line["salesforce_id"]), bool(line["quickbooks_id"])
    fits = {"": True, "new": True, "link": ours and theirs, "ignore-salesforce": ours, "ignore-quickbooks": theirs}
    return [decision for decision, does in fits.items() if does]


def nothing_is_plain(connection: Connection, keys: object) -> dict[object, Proposal]:
    del connection, keys
    return {}


@pytest.mark.parametrize("seed", range(100))
def test_at_once_or_one_after_the_other_is_the_same(
    connection: Connection, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = Random(seed)
    a_tangle(connection, random)
    lines = table(connection)
    for line in random.sample(lines, random.randint(1, 3)):
        line["decision"] = random.choice(decisions_that_make_sense(line))
    at_once = what_came_of(connection, written(lines))
    monkeypatch.setattr(reviewing_many, "plain_rows", nothing_is_plain)
    assert at_once == what_came_of(connection, written(lines))


@pytest.mark.parametrize("word", ["link", "new", "ignore-salesforce", "ignore-quickbooks"])
def test_many_decisions_take_a_few_statements(connection: Connection, word: str) -> None:
    reviews.very_many(connection, likely=1_200, linked=10, now=timezone.now())
    lines = [{**line, "decision": word} for line in table(connection)]
    with CaptureQueriesContext(database) as asked:
        assert taken_in(connection, written(lines), who()) == 1_200
    assert len(asked) < 60
