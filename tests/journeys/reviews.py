"""Reviews that pages are looked at in: likely and exact pairs, and records that stand alone, few or very many."""

from datetime import datetime

from apatar.connections.models import Connection
from apatar.runs.models import Link, Record, Side
from apatar.runs.proposal import Proposal, ProposalKind
from apatar.sandbox.names import business
from tests.journeys import situations

PAIR = "accounts_customers"


def salesforce_id(at: int) -> str:
    return f"001{at:012d}AAA"


def quickbooks_id(at: int) -> str:
    return f"{at:08X}-1"


def a_review(connection: Connection, *, now: datetime) -> list[Proposal]:
    """Two likely pairs, one exact one that is linked, and a record alone on each side; call in its scope."""
    likely = [
        a_pair(connection, 1, "Kern Lighting Group", "Kern Lighting", now=now, phone="555-0100"),
        a_pair(connection, 2, "Harbor Tool Co", "Harbor Tools", now=now),
    ]
    exact = a_pair(connection, 3, "Northern Pines", "Northern Pines", now=now, kind=ProposalKind.NAME)
    Link.objects.create(
        connection=connection, mapping=PAIR, salesforce_id=exact.salesforce_id, quickbooks_id=exact.quickbooks_id,
        linked_at=now, how="matched",
    )  # fmt: skip
    return [
        *likely,
        exact,
        *(alone(connection, at, side, now=now) for at, side in ((4, "salesforce"), (5, "quickbooks"))),
    ]


def a_pair(
    connection: Connection,
    at: int,
    ours: str,
    theirs: str,
    *,
    now: datetime,
    phone: str = "",
    kind: ProposalKind = ProposalKind.SUGGESTED,
) -> Proposal:
    situations.an_account(connection, ours, salesforce_id(at), Phone=phone, BillingCity="Boise")
    situations.a_customer(connection, theirs, quickbooks_id(at), phone)
    return Proposal.objects.create(
        connection=connection, mapping=PAIR, salesforce_id=salesforce_id(at), quickbooks_id=quickbooks_id(at),
        salesforce_name=ours, quickbooks_name=theirs, kind=kind, score=90 if phone else 82,
        reason="A similar name, the same phone" if phone else "A similar name", found_at=now,
    )  # fmt: skip


def alone(connection: Connection, at: int, side: str, *, now: datetime) -> Proposal:
    name = "Abel Bakery" if side == Side.QUICKBOOKS else "Zenith Holding"
    row = Proposal(connection=connection, mapping=PAIR, kind=ProposalKind.ALONE, found_at=now)
    if side == Side.SALESFORCE:
        situations.an_account(connection, name, salesforce_id(at))
        row.salesforce_id, row.salesforce_name, row.reason = salesforce_id(at), name, "Would be created in QuickBooks"
    else:
        situations.a_customer(connection, name, quickbooks_id(at))
        row.quickbooks_id, row.quickbooks_name, row.reason = quickbooks_id(at), name, "Would be created in Salesforce"
    row.save()
    return row


def very_many(connection: Connection, *, likely: int, linked: int, now: datetime) -> None:
    """Fill a connection with so many undecided pairs and so many linked ones; call in its scope."""
    Record.objects.bulk_create(
        (one for at in range(1, likely + linked + 1) for one in _both(connection, at)), batch_size=1_000
    )
    Proposal.objects.bulk_create(
        (
            Proposal(
                connection=connection, mapping=PAIR, salesforce_id=salesforce_id(at), quickbooks_id=quickbooks_id(at),
                salesforce_name=f"{business(at).name} Group", quickbooks_name=business(at).name,
                kind=ProposalKind.SUGGESTED, score=60 + at % 40, reason="A similar name, the same phone", found_at=now,
            )
            for at in range(1, likely + 1)
        ),
        batch_size=1_000,
    )  # fmt: skip
    Link.objects.bulk_create(
        (
            Link(
                connection=connection, mapping=PAIR, salesforce_id=salesforce_id(at), quickbooks_id=quickbooks_id(at),
                linked_at=now, how="matched",
            )
            for at in range(likely + 1, likely + linked + 1)
        ),
        batch_size=1_000,
    )  # fmt: skip


def _both(connection: Connection, at: int) -> tuple[Record, Record]:
    one = business(at)
    ours = situations.account_row(connection, f"{one.name} Group", salesforce_id(at), Phone=one.phone)
    theirs = situations.customer_row(connection, one.name, quickbooks_id(at), one.phone)
    for row in (ours, theirs):
        row.dirty = False
    return ours, theirs
