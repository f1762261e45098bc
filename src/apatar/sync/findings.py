"""What is wrong, or worth knowing, about a map: sentences that know which field they are about."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apatar.sync.errors import MappingError


class Severity(StrEnum):
    """An ERROR keeps a map from being saved, a WARNING is to be read once, a NOTE stands beside its field."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about a map; `pair`, `field` and `attribute` are names, "" where it is about the whole.

    `where` names pair and field in people's words: `str()` begins with it; beside the field, `sentence` is enough.
    A field of the lines of a document is called "lines.amount".
    """

    sentence: str
    where: str = ""
    pair: str = ""
    field: str = ""
    attribute: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}" if self.where else self.sentence

    @property
    def alone(self) -> str:
        """The sentence as it stands beside its field."""
        return self.sentence[:1].upper() + self.sentence[1:]


class MapError(MappingError):
    """A map cannot be used; `findings` say why, field by field."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(" ".join(str(one) for one in self.findings))

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(str(one) for one in self.findings)
