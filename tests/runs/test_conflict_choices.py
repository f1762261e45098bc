"""A person decides about conflicts, in a whole world: the next run writes it, and later runs leave it alone."""

from datetime import UTC, datetime

from django_scopes import scope

from apatar.connections.glance import glance
from apatar.runs import conflict_choices as choices
from apatar.runs.models import Conflict, Outcome
from apatar.sync.record import Side
from tests.runs.situations import in_step, settle
from tests.runs.test_dry_runs import dry_run, released
from tests.runs.world import World, nothing_was_written

ADA = "ada@bayshore.example"


def both_edit(world: World, **salesforce: str) -> Conflict:
    """Both sides change the phone number, and a person wants to be asked; return what waits."""
    in_step(world)
    world.save(conflict_policy="ask")
    world.people.change("Kern Lighting", Phone="555-0111", **salesforce)
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")
    return waiting_after_a_run(world)[0]


def waiting_after_a_run(world: World) -> list[Conflict]:
    world.run_well()
    world.clock.pass_by(minutes=10)
    return [one for one in world.conflicts() if one.resolved_at is None]


def phones(world: World) -> tuple[str | None, str | None]:
    return world.people.account("Kern Lighting")["Phone"], world.books.customer("Kern Lighting").get("Phone")


def choose(world: World, one: Conflict, side: Side) -> int:
    with scope(connection=world.connection):
        return choices.choose(Conflict.objects.filter(pk=one.pk), side, by=ADA, now=world.clock.now())


def bring_back(world: World, one: Conflict) -> str:
    with scope(connection=world.connection):
        return choices.bring_back(one.pk, by=ADA, now=world.clock.now())


def the(world: World, one: Conflict) -> Conflict:
    return next(found for found in world.conflicts() if found.pk == one.pk)


def test_a_conflict_says_who_changed_what_and_when_and_what_stood_there_before(world: World) -> None:
    waiting = both_edit(world)
    assert (waiting.salesforce_value, waiting.quickbooks_value, waiting.base_value) == (
        "555-0111",
        "555-0122",
        "555-0100",
    )
    assert waiting.salesforce_by
    assert waiting.salesforce_at is not None
    assert waiting.salesforce_at > datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert waiting.quickbooks_at is not None
    assert waiting.values["salesforce"] == "555-0111"


def test_what_a_person_chose_is_written_by_the_next_run_and_stays(world: World) -> None:
    waiting = both_edit(world)
    assert choose(world, waiting, Side.SALESFORCE) == 1
    run = world.run_well()
    assert phones(world) == ("555-0111", "555-0111")
    done = the(world, waiting)
    assert (done.winner, done.chosen_by, done.reason) == ("salesforce", ADA, "You chose the value of Salesforce.")
    assert done.resolved_at is not None
    assert run.outcome == Outcome.OK
    settle(world)
    assert len(world.conflicts()) == 1


def test_the_other_side_can_be_chosen_as_well(world: World) -> None:
    choose(world, both_edit(world), Side.QUICKBOOKS)
    world.run_well()
    assert phones(world) == ("555-0122", "555-0122")
    settle(world)


def test_a_choice_can_be_changed_and_taken_back_until_it_is_written(world: World) -> None:
    waiting = both_edit(world)
    choose(world, waiting, Side.SALESFORCE)
    choose(world, waiting, Side.QUICKBOOKS)
    with scope(connection=world.connection):
        assert choices.withdraw(waiting.pk, now=world.clock.now())
    world.run_well()
    assert phones(world) == ("555-0111", "555-0122")
    assert the(world, waiting).resolved_at is None


def test_an_edit_after_the_choice_is_not_overwritten_but_asked_about_anew(world: World) -> None:
    waiting = both_edit(world)
    choose(world, waiting, Side.SALESFORCE)
    world.books.change("Kern Lighting", "<Phone>555-0133</Phone>")
    [anew] = waiting_after_a_run(world)
    assert phones(world) == ("555-0111", "555-0133")
    assert (anew.quickbooks_value, anew.chosen) == ("555-0133", "")
    assert "changed since you chose" in anew.values["note"]
    choose(world, anew, Side.QUICKBOOKS)
    world.run_well()
    assert phones(world) == ("555-0133", "555-0133")
    settle(world)


def test_a_choice_that_quickbooks_refuses_is_kept_until_it_is_written(world: World) -> None:
    waiting = both_edit(world)
    choose(world, waiting, Side.SALESFORCE)
    world.desk.when("CustomerModRq", lambda: world.books.change("Kern Lighting", "<Fax>555-0933</Fax>"))  # stale by now
    world.run_well()
    settle(world)
    assert phones(world) == ("555-0111", "555-0111")
    assert the(world, waiting).winner == "salesforce"


def test_the_fields_of_one_record_are_decided_together(world: World) -> None:
    in_step(world)
    world.save(conflict_policy="ask")
    world.people.change("Kern Lighting", Phone="555-0111", Fax="555-0911")
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone><Fax>555-0922</Fax>")
    assert len(waiting_after_a_run(world)) == 2
    with scope(connection=world.connection):
        assert choices.choose(choices.waiting(world.connection), Side.SALESFORCE, by=ADA, now=world.clock.now()) == 2
    world.run_well()
    customer = world.books.customer("Kern Lighting")
    assert (customer["Phone"], customer["Fax"]) == ("555-0111", "555-0911")
    settle(world)


def test_all_of_one_kind_are_decided_together_and_no_other_field(world: World) -> None:
    world.books.add("Harbor Tools", "<Phone>555-0200</Phone><Fax>555-0800</Fax>")
    in_step(world)
    world.save(conflict_policy="ask")
    for name in ("Kern Lighting", "Harbor Tools"):
        world.people.change(name, Phone="555-0111")
        world.books.change(name, "<Phone>555-0122</Phone>")
    world.people.change("Harbor Tools", Fax="555-0911")
    world.books.change("Harbor Tools", "<Fax>555-0922</Fax>")
    assert len(waiting_after_a_run(world)) == 3
    with scope(connection=world.connection):
        phones_of_all = choices.of_kind(world.connection, pair="accounts_customers", field="phone")
        assert choices.choose(phones_of_all, Side.QUICKBOOKS, by=ADA, now=world.clock.now()) == 2
    [left] = waiting_after_a_run(world)
    assert left.field == "fax"
    assert {world.people.account(name)["Phone"] for name in ("Kern Lighting", "Harbor Tools")} == {"555-0122"}


def lost(world: World) -> Conflict:
    """The newer change has won, and the older value was kept."""
    in_step(world)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.clock.pass_by(minutes=2)
    world.books.change("Kern Lighting", "<Phone>555-0122</Phone>")
    world.run_well()
    world.clock.pass_by(minutes=10)
    return world.conflicts()[0]


def test_a_lost_value_comes_back_to_both_sides_and_later_runs_leave_it_there(world: World) -> None:
    kept = lost(world)
    assert bring_back(world, kept) == ""
    run = world.run_well()
    assert phones(world) == ("555-0111", "555-0111")
    assert {(one.side, one.state) for one in world.changes(run)} == {
        ("salesforce", "confirmed"),
        ("quickbooks", "confirmed"),
    }
    assert the(world, kept).resolved_at is not None
    settle(world)
    assert phones(world) == ("555-0111", "555-0111")


def test_what_it_replaced_is_kept_and_can_come_back_in_turn(world: World) -> None:
    kept = lost(world)
    bring_back(world, kept)
    world.run_well()
    world.clock.pass_by(minutes=10)
    replaced = world.conflicts()[-1]
    assert (replaced.winner, replaced.quickbooks_value) == ("salesforce", "555-0122")
    assert bring_back(world, replaced) == ""
    world.run_well()
    assert phones(world) == ("555-0122", "555-0122")
    settle(world)


def test_a_value_comes_back_long_after_on_what_stands_there_now(world: World) -> None:
    kept = lost(world)
    world.clock.pass_by(days=20)
    world.people.change("Kern Lighting", Phone="555-0144")
    world.run_well()
    world.clock.pass_by(days=20)
    assert bring_back(world, kept) == ""
    world.run_well()
    assert phones(world) == ("555-0111", "555-0111")
    assert world.conflicts()[-1].quickbooks_value == "555-0144"
    settle(world)


def test_an_edit_after_the_wish_is_not_overwritten(world: World) -> None:
    kept = lost(world)
    bring_back(world, kept)
    world.people.change("Kern Lighting", Phone="555-0155")
    world.run_well()
    assert phones(world) == ("555-0155", "555-0155")
    told = the(world, kept)
    assert (told.chosen, told.resolved_at is None) == ("", False)
    assert "changed since you chose" in told.values["note"]


def test_a_value_that_came_back_to_one_side_only_comes_back_to_the_other_later(world: World) -> None:
    kept = lost(world)
    bring_back(world, kept)
    account = world.people.account("Kern Lighting")["Id"]
    world.org.faults.set(locked_rows={account: -1})
    world.sync()
    assert phones(world) == ("555-0122", "555-0111")
    world.org.faults.reset()
    world.clock.pass_by(hours=12)
    world.run_well()
    assert phones(world) == ("555-0111", "555-0111")
    settle(world)
    assert the(world, kept).resolved_at is not None
    with scope(connection=world.connection):
        assert Conflict.objects.filter(quickbooks_value="555-0122", winner="salesforce").count() == 1


def test_what_stands_on_both_sides_already_is_not_brought_back(world: World) -> None:
    kept = lost(world)
    world.people.change("Kern Lighting", Phone="555-0111")
    world.run_well()
    world.clock.pass_by(minutes=10)
    assert bring_back(world, kept) == choices.THERE


def test_a_side_that_is_never_written_keeps_its_value_and_the_person_is_told(world: World) -> None:
    kept = lost(world)
    world.save(direction="to-salesforce")
    assert bring_back(world, kept) == ""
    world.run_well()
    assert phones(world) == ("555-0111", "555-0122")
    world.clock.pass_by(minutes=10)
    assert nothing_was_written(world.run_well())


def test_a_wish_is_refused_while_the_field_waits_for_a_decision(world: World) -> None:
    kept = lost(world)
    world.save(conflict_policy="ask")
    world.people.change("Kern Lighting", Phone="555-0166")
    world.books.change("Kern Lighting", "<Phone>555-0177</Phone>")
    world.run_well()
    assert bring_back(world, kept) == choices.WAITS


def test_a_conflict_of_an_earlier_version_can_be_decided_and_its_loser_brought_back(world: World) -> None:
    waiting = both_edit(world)
    with scope(connection=world.connection):
        Conflict.objects.filter(pk=waiting.pk).update(values={})
    assert choose(world, waiting, Side.SALESFORCE) == 1
    world.run_well()
    world.clock.pass_by(minutes=10)
    with scope(connection=world.connection):
        Conflict.objects.filter(pk=waiting.pk).update(values={})
    assert bring_back(world, waiting) == ""
    world.run_well()
    assert phones(world) == ("555-0122", "555-0122")
    settle(world)


def test_a_dry_run_shows_what_a_choice_would_write_and_leaves_it_to_the_run_after_the_release(world: World) -> None:
    waiting = both_edit(world)
    choose(world, waiting, Side.SALESFORCE)
    shown = dry_run(world)
    assert [(one.side, one.state) for one in world.changes(shown)] == [("quickbooks", "shown")]
    assert the(world, waiting).resolved_at is None
    released(world, shown)
    assert phones(world) == ("555-0111", "555-0111")
    assert the(world, waiting).winner == "salesforce"


def test_what_was_chosen_waits_for_nobody(world: World) -> None:
    waiting = both_edit(world)
    assert state_of_the_connection(world) == 1
    choose(world, waiting, Side.SALESFORCE)
    assert state_of_the_connection(world) == 0


def state_of_the_connection(world: World) -> int:
    with scope(connection=world.connection):
        return glance(world.connection, now=world.clock.now()).conflicts
