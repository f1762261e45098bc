"""Merges are followed: a link goes to the record that is left, and where both had one, a person is asked."""

from tests.runs.trading import Office, Sales
from tests.runs.world import World, nothing_was_written

LOSER, MASTER = "Kern Lighting", "Kern Lamps"


def merge_in_salesforce(world: World, kind: str = "Account", *, loser: str = LOSER, master: str = MASTER) -> None:
    ids = {row["Name"]: row["Id"] for row in Sales(world.org).all(kind, "Name")}
    world.org.merge(kind, master=ids[master], loser=ids[loser])
    world.clock.pass_by(minutes=10)


def merge_in_quickbooks(world: World, *, loser: str = LOSER, kept: str = MASTER) -> None:
    parts = ""
    for part, name in (("MergeFrom", loser), ("MergeTo", kept)):
        one = world.books.customer(name)
        identity = f"<ListID>{one['ListID']}</ListID><EditSequence>{one['EditSequence']}</EditSequence>"
        parts += f"<{part}>{identity}</{part}>"
    Office(world.books.path).do(f"<ListMergeRq><ListMergeType>Customer</ListMergeType>{parts}</ListMergeRq>")
    world.clock.pass_by(minutes=10)


def both_linked(world: World) -> None:
    for name in (LOSER, MASTER):
        world.books.add(name, "<Phone>555-0100</Phone>")
    world.sync_twice()
    world.clock.pass_by(minutes=10)


def only_the_loser_is_linked(world: World) -> None:
    """The other one is on the same side, and its pair of objects made nothing of it."""
    world.books.add(LOSER, "<Phone>555-0100</Phone>")
    world.sync_twice()
    world.save(direction="to-salesforce")
    world.people.add(MASTER, Fax="555-0900")
    world.clock.pass_by(minutes=10)
    world.run_well()
    assert len(world.links()) == 1


def test_the_link_follows_an_account_that_was_merged_into_one_without_counterpart(world: World) -> None:
    only_the_loser_is_linked(world)
    customer = world.links()[0].quickbooks_id

    merge_in_salesforce(world)
    world.sync_twice()

    [link] = world.links()
    account = world.people.account(world.people.names()[0])
    assert (link.salesforce_id, link.quickbooks_id) == (account["Id"], customer)
    assert account["QuickBooks_ListID__c"] == customer
    assert (account["Phone"], account["Fax"]) == ("555-0100", "555-0900"), "what was empty is filled, what stood stays"
    assert len(world.books.names()) == len(world.people.names()) == 1
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_what_differs_after_a_merge_is_a_conflict_and_not_overwritten_blindly(world: World) -> None:
    only_the_loser_is_linked(world)
    world.save(direction="both", conflict_policy="ask")
    world.people.change(MASTER, Phone="555-0777")
    merge_in_salesforce(world)

    world.sync_twice()

    assert {conflict.label for conflict in world.conflicts() if not conflict.winner} == {"Name", "Phone"}
    assert world.books.customer(LOSER)["Phone"] == "555-0100"
    assert world.people.account(MASTER)["Phone"] == "555-0777"


def test_where_both_were_linked_a_person_is_asked_and_nothing_is_made_or_deleted(world: World) -> None:
    both_linked(world)
    merge_in_salesforce(world)

    run = world.run_well()

    assert nothing_was_written(run)
    problem = world.problems()[0]
    assert problem.code == "merged_in_salesforce"
    assert "“Kern Lighting” was merged into “Kern Lamps” in Salesforce" in problem.sentence
    assert "Merge “Kern Lighting” in QuickBooks as well" in problem.remedy
    world.books.change(LOSER, "<Phone>555-0199</Phone>")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert (world.people.names(), world.books.names()) == ([MASTER], [MASTER, LOSER])

    merge_in_quickbooks(world)
    world.clock.pass_by(hours=25)  # the roll is called once a day
    world.sync_twice()
    assert world.problems() == []
    assert (world.people.names(), world.books.names()) == ([MASTER], [MASTER])
    assert world.agreement().agree


def test_who_merges_the_other_way_round_on_the_other_side_has_one_pair_in_the_end(world: World) -> None:
    both_linked(world)
    merge_in_salesforce(world)
    world.run_well()
    merge_in_quickbooks(world, loser=MASTER, kept=LOSER)
    world.clock.pass_by(hours=25)
    world.sync_twice()
    world.sync_twice()
    assert len(world.people.names()) == len(world.books.names()) == 1


def test_a_customer_that_vanished_is_missed_within_a_day_and_not_made_again(world: World) -> None:
    both_linked(world)
    merge_in_quickbooks(world)
    world.clock.pass_by(hours=25)

    world.run_well()

    problem = world.problems()[0]
    assert problem.code == "vanished_in_quickbooks"
    assert "is no longer in QuickBooks, and nobody deleted it there" in problem.sentence
    world.people.change(LOSER, Phone="555-0123")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())
    assert (world.people.names(), world.books.names()) == ([MASTER, LOSER], [MASTER])

    merge_in_salesforce(world)
    world.sync_twice()
    assert world.problems() == []
    assert world.agreement().agree
