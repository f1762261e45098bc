"""The promises, attacked by chance: edits on both sides, refusals, and runs killed between any two steps."""

import os

import pytest
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.change import Change, content
from apatar.sync.decision import Settings
from apatar.sync.fitting import NamePolicy
from apatar.sync.mapping import Mode
from apatar.sync.merge import ConflictPolicy, agree
from apatar.sync.reading import read
from apatar.sync.record import Side
from tests.sync.situations import LONG_NAME, NAMESPACE
from tests.sync.world import Fields, Refused, World, spell

NAMES = ["Acme", "ACME, Inc.", "Beta Works", "Łódź Trading", "North: East", LONG_NAME, LONG_NAME + " Ltd", "x" * 45]
STREETS = ["12 Main St", "12 Main St\nSuite 4", "a long line " * 9, "\n".join("123456"), None]
SHORT = [None, "", "one", "two  words", "Łódź", "+1 (415) 555-0100 ext. 1234"]

account_edits = st.one_of(
    st.builds(lambda value: {"Name": value}, st.sampled_from([*NAMES, None])),
    st.builds(
        lambda path, value: {path: value},
        st.sampled_from(["Phone", "BillingCity", "Description"]),
        st.sampled_from(SHORT),
    ),
    st.builds(lambda value: {"BillingStreet": value}, st.sampled_from(STREETS)),
    st.builds(lambda value: {"QuickBooks_Balance__c": value}, st.sampled_from([None, "1.00", "99"])),
)
customer_edits = st.one_of(
    st.builds(lambda value: {"Name": value}, st.sampled_from(["Acme", "Beta Works", "Gamma", LONG_NAME[:41].strip()])),
    st.builds(
        lambda path, value: {path: value},
        st.sampled_from(["Phone", "BillAddress.City", "Notes"]),
        st.sampled_from(["", "one", "three", "4" * 13]),
    ),
    st.builds(
        lambda one, two: {"BillAddress.Addr1": one, "BillAddress.Addr2": two},
        st.sampled_from(["", "12 Main St", "9 Elm"]),
        st.sampled_from(["", "Suite 4"]),
    ),
    st.builds(lambda value: {"Balance": value}, st.sampled_from(["0.00", "12.50"])),
)


def a_customer(name: str) -> Fields:
    return {"Name": name, "Sublevel": "0", "Balance": "0.00", "BillAddress.Note": "ring twice"}


def wanting(changes: list[Change], world: World) -> list[Change]:
    """The changes of a run that no side refused."""
    return [change for change in changes if change not in world.refused]


class SyncMachine(RuleBasedStateMachine):
    """Edits, runs, refusals and kills in any order; whenever people pause, two runs must bring peace."""

    @initialize(
        names=st.sampled_from(NamePolicy),
        policy=st.sampled_from([policy for policy in ConflictPolicy if policy is not ConflictPolicy.ASK]),
        semantics=st.sampled_from(["replace", "patch"]),
    )
    def begin(self, names: NamePolicy, policy: ConflictPolicy, semantics: str) -> None:
        settings = Settings(namespace=NAMESPACE, name_policy=names, policy=policy, spell=spell)
        self.world = World(settings, "replace" if semantics == "replace" else "patch")
        self.world.new_account({"Name": "Delta", "BillingCity": "Reno", "BillingStreet": "1 Elm"})
        self.world.new_customer(a_customer("delta"))

    @rule(name=st.sampled_from(NAMES), edit=account_edits)
    def somebody_adds_an_account(self, name: str, edit: Fields) -> None:
        self.world.new_account({**edit, "Name": name})

    @rule(name=st.sampled_from(["Acme", "Beta Works", "Gamma", "Lodz Trading", "North - East", LONG_NAME[:41].strip()]))
    def somebody_adds_a_customer(self, name: str) -> None:
        try:
            self.world.new_customer(a_customer(name))
        except Refused:
            return

    @precondition(lambda self: self.world.accounts)
    @rule(data=st.data(), edit=account_edits)
    def somebody_edits_an_account(self, data: st.DataObject, edit: Fields) -> None:
        remote_id = data.draw(st.sampled_from(sorted(self.world.accounts)))
        self.world.type_in(Side.SALESFORCE, remote_id, edit)

    @precondition(lambda self: self.world.customers)
    @rule(data=st.data(), edit=customer_edits)
    def somebody_edits_a_customer(self, data: st.DataObject, edit: Fields) -> None:
        remote_id = data.draw(st.sampled_from(sorted(self.world.customers)))
        try:
            self.world.type_in(Side.QUICKBOOKS, remote_id, edit)
        except Refused:
            return

    @precondition(lambda self: len(self.world.accounts) > 2)
    @rule(data=st.data())
    def somebody_deletes_an_account(self, data: st.DataObject) -> None:
        self.world.deleted.add(data.draw(st.sampled_from(sorted(self.world.accounts))))

    @rule(refusing=st.sampled_from([None, *Side]))
    def a_run_ends_well_or_is_refused(self, refusing: Side | None) -> None:
        self.world.run(refusing=refusing)

    @rule(step=st.integers(min_value=0, max_value=20))
    def a_run_is_killed(self, step: int) -> None:
        self.world.run(killed_at=step)

    @rule()
    def people_pause_and_two_runs_bring_peace(self) -> None:
        self.world.run()
        self.world.run()
        assert wanting(self.world.run(), self.world) == []
        self._both_sides_agree()

    @invariant()
    def nothing_is_doubled(self) -> None:
        if hasattr(self, "world"):
            assert all(count == 1 for count in self.world.created.values())
            partners = [link.quickbooks_id for link in self.world.links.values()]
            assert len(partners) == len(set(partners))

    @invariant()
    def what_is_not_mapped_is_never_touched(self) -> None:
        if hasattr(self, "world"):
            noted = [held for held in self.world.customers.values() if "ExternalGUID" not in held]
            assert all(held.get("BillAddress.Note") == "ring twice" for held in noted)

    def _both_sides_agree(self) -> None:
        refused = {change.source_id for change in self.world.refused}
        for ours, theirs, _ in self.world.pairs():
            if {ours.remote_id, theirs.remote_id} & refused:
                continue
            here, there = read(MAPPING, ours), read(MAPPING, theirs)
            fitting = self.world.settings.fitting(ours.remote_id)
            for one in MAPPING.fields:
                assert one.mode is Mode.ONLY_CREATE or agree(one, here[one.name], there[one.name], fitting), one.name


TestSync = pytest.mark.filterwarnings("error")(SyncMachine.TestCase)
TestSync.settings = profile(
    max_examples=int(os.environ.get("SEEDS", "150")),
    stateful_step_count=30,
)


def a_busy_world() -> World:
    world = World(Settings(namespace=NAMESPACE, spell=spell))
    for name in NAMES:
        world.new_account({"Name": name, "Phone": "1"})
    for name in ("Gamma", "Beta Works"):
        world.new_customer({"Name": name, "Sublevel": "0", "Balance": "1.00"})
    return world


@pytest.mark.parametrize("step", range(40))
def test_a_run_killed_at_any_step_is_finished_by_the_next_ones(step: int) -> None:
    calm, killed = a_busy_world(), a_busy_world()
    killed.run(killed_at=step)
    for world in (calm, killed):
        world.run()
        world.run()
        assert wanting(world.run(), world) == []
    assert len(killed.customers) == len(calm.customers)
    assert len(killed.accounts) == len(calm.accounts)
    assert all(count == 1 for count in killed.created.values())


@pytest.mark.parametrize("step", range(40))
def test_a_counterpart_renamed_before_its_reply_arrived_is_still_known(step: int) -> None:
    world = a_busy_world()
    world.run(killed_at=step)
    for number, (remote_id, held) in enumerate(world.customers.items()):
        if "ExternalGUID" in held:
            world.type_in(Side.QUICKBOOKS, remote_id, {"Name": f"Renamed {number}"})
    world.run()
    assert all(count == 1 for count in world.created.values())
    assert len({link.quickbooks_id for link in world.links.values()}) == len(world.links)


def test_the_same_world_gives_the_same_plan() -> None:
    one, two = a_busy_world().run(), a_busy_world().run()
    assert sorted(content(MAPPING, each) for each in one) == sorted(content(MAPPING, each) for each in two)
    assert len(one) > 5
