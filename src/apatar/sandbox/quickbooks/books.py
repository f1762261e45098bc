"""What the parts of a company share: the store, the clock, and how a record is numbered."""

from dataclasses import dataclass

from apatar.sandbox.quickbooks.clock import Clock
from apatar.sandbox.quickbooks.kinds import Kind
from apatar.sandbox.quickbooks.store import Store

# Newer lists number their records from here (captures: 8000001B-1405768916).
_FIRST_SERIAL = 0x80000000


@dataclass(frozen=True, slots=True)
class Books:
    """The store and the clock of one open company."""

    store: Store
    clock: Clock

    def new_list_id(self, kind: Kind) -> str:
        """An ID says when its record was made (QBWC section 4.3); it is unique within its list of names only."""
        return f"{_FIRST_SERIAL + self.store.next_serial(kind.namespace):X}-{self.clock.epoch()}"

    def new_contact_id(self) -> str:
        """Contacts have IDs of their own form: 16 characters, as in 0000000000000owb."""
        number, digits = self.store.next_serial("Contact"), ""
        while number:
            number, digit = divmod(number, 36)
            digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        return digits.rjust(16, "0")

    def next_edit(self, edit: int) -> int:
        """The EditSequence after `edit`: the time of the change, but never the same twice."""
        return max(self.clock.epoch(), edit + 1)
