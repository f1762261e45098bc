"""The people at both ends: what they typed, in their own ledger, and what stands on both sides as they see it.

Every customer has a number that is part of its name for ever. By it, and by nothing that the service says, people know
which account and which customer are one.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from apatar.sandbox.quickbooks.markup import escaped
from apatar.sandbox.story_agreement import name_key
from apatar.sync.record import Side
from tests.runs.ends import OURS, SHOWN
from tests.runs.trading import Declined, Office, Sales, named
from tests.simulation.steps import Act, Delete, Edit, Make, Typed

NUMBER = re.compile(r"\d{3}")
IN_SALESFORCE = {Typed.PHONE: "Phone", Typed.FAX: "Fax", Typed.CITY: "BillingCity", Typed.NAME: "Name"}
IN_QUICKBOOKS = {Typed.PHONE: "Phone", Typed.FAX: "Fax", Typed.CITY: "BillAddress.City", Typed.NAME: "Name"}
LEFT = 2
"""So many records stay on a side, whatever is deleted."""
CANNOT_DELETE = "3160"
"""QuickBooks' status where what is asked for is in use (QBWC.md, section 4.9)."""
UNMAPPED = {Side.SALESFORCE: ("Website", "https://town.example"), Side.QUICKBOOKS: ("AltPhone", "555-9999")}
"""Written by people beside what is kept in step; whatever happens, it must stay."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as people see it."""

    side: Side
    remote_id: str
    number: int
    version: str
    values: Mapping[Typed, str]
    whole: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """Both sides at one moment."""

    entries: tuple[Entry, ...]

    def on(self, side: Side) -> list[Entry]:
        return [one for one in self.entries if one.side is side]

    def of(self, number: int) -> list[Entry]:
        return [one for one in self.entries if one.number == number]

    def versions(self) -> dict[tuple[Side, str], str]:
        """Return the stamp of each record: they all stay only where nothing at all was written."""
        return {(one.side, one.remote_id): one.version for one in self.entries}


@dataclass(frozen=True, slots=True)
class Word:
    """One value that somebody typed."""

    serial: int
    number: int
    side: Side
    field: Typed
    value: str
    typed_at: datetime
    shown_at: datetime | None = None
    """When others see it, if that is later than it was typed."""


@dataclass
class Town:
    """The people, their ledger, and what they have agreed to ignore."""

    sales: Sales
    office: Office
    numbers: list[int] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    standing: set[tuple[int, Typed, str]] = field(default_factory=set)
    """What was seen on both sides at once: it was carried over, so a later word of either side may replace it."""
    deleted: dict[int, set[Side]] = field(default_factory=dict)
    paired: set[int] = field(default_factory=set)
    """Entered on both sides by people who did not know of each other: told by the name alone, so it keeps its name."""
    unseen: set[int] = field(default_factory=set)
    """The serials of words that a write went over while Salesforce did not show them yet: nobody could know."""
    parted: set[tuple[int, Typed]] = field(default_factory=set)
    """What was taken back differs from then on, until somebody edits it again."""
    alone: set[int] = field(default_factory=set)
    """Whose counterpart was taken back: it stays without one until somebody says otherwise."""
    made: set[tuple[Side, str]] = field(default_factory=set)
    """The records that people made themselves; all others are the service's work."""
    late_by: float = 0.0
    """So many seconds later others see in Salesforce what people save there."""
    serial: int = 0

    def do(self, act: Act) -> None:
        """Have somebody do something; what stands on both sides by then is noted before."""
        self.look()
        # Whose account cannot be seen yet when its customer is read gets a second one: nobody could know.
        is_pair = isinstance(act, Make) and len(act.at) > 1
        if not self.late_by or is_pair:
            self._do(act)
            return
        faults = self.sales.org.faults
        faults.set(visibility_delay=self.late_by)
        spoken, shown_at = len(self.words), datetime.now(UTC) + timedelta(seconds=self.late_by)
        try:
            self._do(act)
        finally:
            faults.set(visibility_delay=0.0)
        self.words[spoken:] = [replace(word, shown_at=shown_at) for word in self.words[spoken:]]

    def _do(self, act: Act) -> None:
        match act:
            case Make():
                self._make(act)
            case Edit():
                self._edit(act)
            case Delete():
                self._delete(act)
            case _:
                raise NotImplementedError(act)

    def view(self) -> View:
        return View((*self._accounts(), *self._customers()))

    def look(self) -> View:
        """Look at both sides and note what stands on both."""
        view = self.view()
        both: dict[tuple[int, Typed, str], set[Side]] = {}
        for one in view.entries:
            for name, value in one.values.items():
                both.setdefault((one.number, name, told(name, value)), set()).add(one.side)
        self.standing |= {key for key, sides in both.items() if len(sides) == 2}
        return view

    def chosen(self, side: Side, pick: int) -> Entry | None:
        entries = sorted(self.view().on(side), key=lambda one: (one.number, one.remote_id))
        return entries[pick % len(entries)] if entries else None

    def _make(self, make: Make) -> None:
        number = len(self.numbers) + 101
        self.numbers.append(number)
        name = f"{number} {make.word}"
        if len(make.at) > 1:
            self.paired.add(number)
        for side in make.at:
            phone = self._fresh(Typed.PHONE)
            self._note(number, side, Typed.NAME, fitted(name, side))
            self._note(number, side, Typed.PHONE, phone)
            if side is Side.SALESFORCE:
                self._own(side, self.sales.add("Account", Name=name, Phone=phone, Website=UNMAPPED[side][1]))
            else:
                inside = f"<Phone>{phone}</Phone><AltPhone>{UNMAPPED[side][1]}</AltPhone>"
                self._own(side, self.office.add("Customer", f"{named(fitted(name, side))}{inside}"))

    def _own(self, side: Side, remote_id: str) -> None:
        self.made.add((side, remote_id))

    def _edit(self, edit: Edit) -> None:
        one = self.chosen(edit.side, edit.pick)
        if one is None or (edit.field is Typed.NAME and one.number in self.paired):
            return
        value = "" if edit.empties else self._fresh(edit.field, one.number)
        value = fitted(value, edit.side) if edit.field is Typed.NAME else value
        self.put(one, edit.field, value)
        self._note(one.number, edit.side, edit.field, value)
        self.parted.discard((one.number, edit.field))

    def part(self, numbers: set[int]) -> None:
        """Note what differs now that something of these customers was taken back; earlier words count no more."""
        view = self.look()
        self.words = [word for word in self.words if word.number not in numbers]
        for number in numbers:
            sides = view.of(number)
            if len(sides) < 2:
                self.alone.add(number)
                continue
            first, second = sides[0].values, sides[1].values
            self.parted |= {(number, name) for name in Typed if told(name, first[name]) != told(name, second[name])}

    def put(self, one: Entry, name: Typed, value: str) -> None:
        """Write a value where people see it, without a word in the ledger."""
        if one.side is Side.SALESFORCE:
            self.sales.change("Account", one.remote_id, **{IN_SALESFORCE[name]: value or None})
            return
        path = IN_QUICKBOOKS[name]
        text = f"<{path.rpartition('.')[2]}>{escaped(value)}</{path.rpartition('.')[2]}>"
        self.office.change("Customer", one.remote_id, _whole_address(one, value) if "." in path else text)

    def _delete(self, delete: Delete) -> None:
        one = self.chosen(delete.side, delete.pick)
        # A side without any record looks like a wrong one, and the run stops: that has its own tests.
        if one is None or one.number in self.paired or len(self.view().on(delete.side)) <= LEFT:
            return
        if delete.side is Side.SALESFORCE:
            self.sales.delete("Account", one.remote_id)
        elif not self._is_struck(one):
            return
        self.deleted.setdefault(one.number, set()).add(delete.side)

    def _is_struck(self, customer: Entry) -> bool:
        """Delete a customer from the company file; False where that stays because it has documents."""
        try:
            self.office.delete_list("Customer", customer.remote_id)
        except Declined as declined:
            if declined.code != CANNOT_DELETE:
                raise
            return False
        return True

    def _fresh(self, name: Typed, number: int = 0) -> str:
        self.serial += 1
        if name is Typed.NAME:
            return f"{number} Renamed {self.serial:03d}".replace(f"{self.serial:03d}", _letters(self.serial))
        return f"Town {self.serial}" if name is Typed.CITY else f"555-{self.serial:04d}"

    def _note(self, number: int, side: Side, name: Typed, value: str) -> None:
        self.serial += 1
        self.words.append(Word(self.serial, number, side, name, value, datetime.now(UTC)))

    def _accounts(self) -> Iterator[Entry]:
        for row in self.sales.all("Account", *SHOWN[1:], "SystemModstamp", "Website", *_ours(self.sales)):
            values = {name: str(row[path] or "") for name, path in IN_SALESFORCE.items()}
            yield Entry(Side.SALESFORCE, row["Id"], number_in(row["Name"]), row["SystemModstamp"], values, row)

    def _customers(self) -> Iterator[Entry]:
        for row in self.office.all("Customer"):
            values = {name: str(row.get(path) or "") for name, path in IN_QUICKBOOKS.items()}
            yield Entry(Side.QUICKBOOKS, row["ListID"], number_in(row["Name"]), row["EditSequence"], values, row)


def number_in(name: str) -> int:
    found = NUMBER.search(name)
    assert found, name
    return int(found[0])


def fitted(name: str, side: Side) -> str:
    """What a bookkeeper types for this name: no colons, no letters that are not there, 41 characters."""
    if side is Side.SALESFORCE:
        return name
    return name.replace("Łódź", "Lódz").replace(":", " -")[:41].strip()


def told(name: Typed, value: str) -> str:
    """Return what a value says: the same for each way in which a name is spelled and cut."""
    if name is not Typed.NAME:
        return " ".join(value.split())
    return name_key(fitted(value, Side.QUICKBOOKS))


def _ours(sales: Sales) -> tuple[str, ...]:
    return OURS if sales.org.state.setting("prepared") else ()


def _letters(serial: int) -> str:
    """A serial number in letters: digits belong to the customer's own number."""
    return "".join("abcdefghij"[int(digit)] for digit in str(serial))


def _whole_address(one: Entry, city: str) -> str:
    """An address is replaced as a whole (QBWC.md, section 4.7)."""
    kept = [
        f"<{part}>{escaped(str(one.whole[path]))}</{part}>"
        for part in ("Addr1", "Addr2", "Addr3", "Addr4", "Addr5")
        if (path := f"BillAddress.{part}") in one.whole
    ]
    return f"<BillAddress>{''.join(kept)}<City>{escaped(city)}</City></BillAddress>"
