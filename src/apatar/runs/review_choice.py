"""Which proposals a person asked to see: by what is to be decided, pair of objects, name, and how sure they are."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import Q

from apatar.connections.models import Connection
from apatar.runs import proposals
from apatar.runs.proposal import Proposal, ProposalChoice, ProposalKind

LIKELY, EXACT, SALESFORCE, QUICKBOOKS, TAKEN, DECIDED = (
    "likely",
    "exact",
    "salesforce",
    "quickbooks",
    "taken",
    "decided",
)
VIEWS: Mapping[str, str] = {
    LIKELY: "Likely",
    EXACT: "Exact",
    SALESFORCE: "Only in Salesforce",
    QUICKBOOKS: "Only in QuickBooks",
    TAKEN: "Names taken",
    DECIDED: "Decided",
}
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewChoice:
    """A choice; what is empty does not narrow it. `least` is a score."""

    show: str = LIKELY
    pair: str = ""
    name: str = ""
    least: int = 0

    @property
    def narrows(self) -> bool:
        return bool(self.pair or self.name or self.least)

    @property
    def fields(self) -> dict[str, str]:
        """The choice as fields of a form; what is empty is left out."""
        given = {"show": self.show, "pair": self.pair, "name": self.name, "least": str(self.least or "")}
        return {field: value for field, value in given.items() if value}

    @property
    def query(self) -> str:
        return f"?{urlencode(self.fields)}"

    def of(self, show: str) -> "ReviewChoice":
        return replace(self, show=show)


def choice_of(asked: Mapping[str, str], *, default: str = LIKELY) -> ReviewChoice:
    """Read a choice out of a query string or a form; what makes no sense there counts as not asked for."""
    show, least = asked.get("show", ""), asked.get("least", "")
    return ReviewChoice(
        show=show if show in VIEWS else default,
        pair=_text(asked.get("pair", ""))[:40],
        name=_text(asked.get("name", ""))[:LONGEST_NAME],
        least=min(int(least), 100) if least.isdecimal() and len(least) < 4 else 0,
    )


def chosen_rows(connection: Connection, choice: ReviewChoice) -> "proposals.Rows":
    """Return the proposals that were chosen, the surest first."""
    found = _shown(connection, choice.show)
    if choice.pair:
        found = found.filter(mapping=choice.pair)
    if choice.name:
        found = found.filter(Q(salesforce_name__icontains=choice.name) | Q(quickbooks_name__icontains=choice.name))
    if choice.least:
        found = found.filter(score__gte=choice.least)
    return found.order_by("-decided_at", "id") if choice.show == DECIDED else found.order_by("kind", "-score", "id")


def _shown(connection: Connection, show: str) -> "proposals.Rows":
    rows = Proposal.objects.filter(connection=connection)
    if show == DECIDED:
        return rows.filter(choice__in=(ProposalChoice.LINK, ProposalChoice.APART))
    undecided = rows.filter(choice=ProposalChoice.NONE)
    if show == EXACT:
        return undecided.filter(kind__in=proposals.EXACT)
    if show == SALESFORCE:
        return undecided.filter(kind=ProposalKind.ALONE, quickbooks_id="")
    if show == QUICKBOOKS:
        return undecided.filter(kind=ProposalKind.ALONE, salesforce_id="")
    return undecided.filter(kind__in=proposals.LIKELY if show == LIKELY else (ProposalKind.TAKEN,))


def _text(value: str) -> str:
    """Leave out what no database takes as text."""
    return value.replace("\0", "").strip()
