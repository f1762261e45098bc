"""Counting decisions: what a plan or a run amounts to, per side."""

from dataclasses import dataclass, field, replace

from apatar.sync.change import Operation
from apatar.sync.decision import Decision
from apatar.sync.record import Side


@dataclass(frozen=True, slots=True)
class Tally:
    """Writes to one side, and the linked records of it that needed none."""

    created: int = 0
    updated: int = 0
    voided: int = 0
    deactivated: int = 0
    deleted: int = 0
    unchanged: int = 0

    def plus(self, operation: Operation | None) -> "Tally":
        """Return this tally with one more write, or, for None, one more record left as it is."""
        if operation is None:
            return replace(self, unchanged=self.unchanged + 1)
        name = _NAMES[operation]
        return replace(self, **{name: getattr(self, name) + 1})

    @property
    def writes(self) -> int:
        return self.created + self.updated + self.voided + self.deactivated + self.deleted


_NAMES = {
    Operation.CREATE: "created",
    Operation.UPDATE: "updated",
    Operation.VOID: "voided",
    Operation.DEACTIVATE: "deactivated",
    Operation.DELETE: "deleted",
}


@dataclass(frozen=True, slots=True)
class Counts:
    salesforce: Tally = field(default_factory=Tally)
    quickbooks: Tally = field(default_factory=Tally)
    conflicts: int = 0
    questions: int = 0
    holds: int = 0

    def on(self, side: Side) -> Tally:
        return self.salesforce if side is Side.SALESFORCE else self.quickbooks

    def plus(self, decision: Decision) -> "Counts":
        """Return these counts with one more decision."""
        tallies = {side: self.on(side) for side in Side}
        for change in decision.changes:
            tallies[change.side] = tallies[change.side].plus(change.operation)
        if decision.salesforce_id and decision.quickbooks_id and not decision.holds and not decision.questions:
            for side in {*Side} - {change.side for change in decision.changes}:
                tallies[side] = tallies[side].plus(None)
        return Counts(
            salesforce=tallies[Side.SALESFORCE],
            quickbooks=tallies[Side.QUICKBOOKS],
            conflicts=self.conflicts + len(decision.conflicts),
            questions=self.questions + len(decision.questions),
            holds=self.holds + len(decision.holds),
        )
