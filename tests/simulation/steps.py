"""What can happen in a schedule, as values: what people do, runs and what befalls them, and the passing of time.

A step never names a record: `pick` chooses one of those that are there when the step's turn comes, so that a schedule
from which steps were taken away is still a schedule.
"""

from dataclasses import dataclass
from enum import StrEnum

from apatar.sandbox.webconnector.faults import Mishap
from apatar.sync.record import Side


class Typed(StrEnum):
    """The fields that people type into, as both sides have them."""

    PHONE = "phone"
    FAX = "fax"
    CITY = "city"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Make:
    """Somebody enters a new customer: as an account, as a customer, or, not knowing of each other, as both."""

    at: tuple[Side, ...]
    word: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Somebody types a new value into a field of a record, or empties it."""

    side: Side
    pick: int
    field: Typed
    empties: bool = False


@dataclass(frozen=True, slots=True)
class Delete:
    """Somebody deletes a record."""

    side: Side
    pick: int


@dataclass(frozen=True, slots=True)
class Sell:
    """The bookkeeper writes an invoice for a customer, changes one, has it paid, or voids it."""

    act: str
    pick: int
    amount: int


@dataclass(frozen=True, slots=True)
class Deal:
    """Somebody enters a deal with one product for an account, changes one, or wins it."""

    act: str
    pick: int
    amount: int


Act = Make | Edit | Delete | Sell | Deal
"""What people do."""


class Trouble(StrEnum):
    """What befalls a run, apart from what happens on the Web Connector's wire and from the death of the service."""

    ORG_UNAVAILABLE = "Salesforce answers 503"
    ORG_LOSES_REQUEST = "a request to Salesforce is lost"
    ORG_LOSES_REPLY = "a reply of Salesforce is lost"
    SESSION_EXPIRED = "the Salesforce session expires"
    ROW_LOCK = "a row in Salesforce is locked"
    QUOTA = "the org's daily calls are used up"
    LATE_ROWS = "rows in Salesforce become visible late"
    ORG_CLOCK = "Salesforce's clock is off"
    PC_CLOCK = "the PC's clock is off"
    LIST_LOCK = "a list in QuickBooks is locked"
    CLOSED = "QuickBooks is closed"
    CRASH_BEFORE = "QuickBooks dies before it has done a set"
    CRASH_AFTER = "QuickBooks dies after it has done a set"
    FORGETS = "QuickBooks forgets the outcomes of message sets"
    JOB_TWICE = "a job is delivered twice"
    WORKER_LATE = "the worker is late"
    PAUSED = "somebody pauses the connection and resumes it"
    RETURNS = "the Web Connector comes back while the worker is at work"


class Moment(StrEnum):
    """When people act in the middle of a run."""

    BEFORE_READ = "before QuickBooks is read"
    BEFORE_WRITE = "before QuickBooks is written"
    AFTER_WRITE = "after QuickBooks is written"
    BEFORE_QUERY = "before Salesforce is read"
    AFTER_QUERY = "after Salesforce is read"
    """The first time, and of a run that began just now: what people save between the last look and the save of the
    service is the one thing that Salesforce lets nobody notice (SALESFORCE.md, section 2)."""
    AFTER_SAVE = "after Salesforce is written"


@dataclass(frozen=True, slots=True)
class Befalls:
    """A trouble, and two numbers that say where and how much; each trouble reads them in its own way.

    What strikes at a call strikes at the `nth` one; where `much` is even, at the `nth` of those that write.
    """

    trouble: Trouble
    nth: int = 1
    much: int = 1


@dataclass(frozen=True, slots=True)
class WireFault:
    """Something that happens at the `nth` call of the Web Connector: of an operation, or of all."""

    mishap: Mishap
    operation: str | None
    nth: int


@dataclass(frozen=True, slots=True)
class Kill:
    """The service dies at its n-th statement; `at_once`: it is started again before the Web Connector's next call."""

    statement: int
    at_once: bool


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody does something in the middle of a run, at the `nth` time that the moment comes."""

    moment: Moment
    act: Act
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Run:
    """Update Selected, and what befalls it."""

    wire: tuple[WireFault, ...] = ()
    troubles: tuple[Befalls, ...] = ()
    kill: Kill | None = None
    meanwhile: Meanwhile | None = None

    @property
    def is_calm(self) -> bool:
        return not (self.wire or self.troubles or self.kill)


@dataclass(frozen=True, slots=True)
class Rehearse:
    """A dry run, whose plan is released and carried out; meanwhile somebody may act."""

    act: Act | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A run that is then taken back; meanwhile somebody may act."""

    act: Act | None = None


class Elsewhere(StrEnum):
    """What stands in the right one's place."""

    FILE = "another company file is open"
    ORG = "the login leads to another org"


@dataclass(frozen=True, slots=True)
class Wrong:
    """Update Selected with the wrong thing at one end."""

    what: Elsewhere


@dataclass(frozen=True, slots=True)
class Refuse:
    """One side begins to refuse a record: a validation rule in Salesforce, a record that somebody keeps open."""

    side: Side
    pick: int


@dataclass(frozen=True, slots=True)
class Wait:
    minutes: int


Step = Make | Edit | Delete | Sell | Deal | Run | Rehearse | TakeBack | Wrong | Refuse | Wait


@dataclass(frozen=True, slots=True)
class Schedule:
    """A story: when it begins (`season` of `schedule.STARTS`), what is kept in step, and the steps."""

    seed: int
    season: str
    pairs: tuple[str, ...]
    prepared: bool
    steps: tuple[Step, ...]

    @property
    def trades(self) -> bool:
        return len(self.pairs) > 1

    @property
    def objects(self) -> int:
        """How many objects of Salesforce are kept in step; the lines of a deal are one of their own."""
        return len(self.pairs) + self.trades
