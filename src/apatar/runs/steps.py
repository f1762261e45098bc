"""What the Web Connector is told next."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Ask:
    """Give this qbXML to QuickBooks; `asked` is kept with the session until the answer comes."""

    text: str
    asked: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Salesforce's side is still at work: the Web Connector pauses and comes again."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The run is over; the sentence goes into the Web Connector's Status column."""

    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The conversation ends here; the sentence says why, and what to do."""

    message: str


@dataclass(frozen=True, slots=True)
class GoOn:
    """The answer was taken in; there is more to do."""


Step = Ask | Wait | Finished | Refused
Taken = GoOn | Finished | Refused
