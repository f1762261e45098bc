"""The decisions of a review as a CSV file: out, to be worked through elsewhere, and in again, all of it or nothing."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from django.db import transaction

from apatar.connections.models import Connection
from apatar.runs import reviewing, reviewing_many
from apatar.runs.proposal import Ignored, Proposal, ProposalChoice
from apatar.runs.proposals import EXACT
from apatar.runs.reviewing import NotDecidedError, Reviewer
from apatar.sync.pairs import PAIRS
from apatar.sync.record import Side

COLUMNS = (
    "objects", "salesforce_id", "salesforce_name", "quickbooks_id", "quickbooks_name", "kind", "reason", "score",
    "decision",
)  # fmt: skip
LINK, NEW, IGNORE_SALESFORCE, IGNORE_QUICKBOOKS, OPEN = "link", "new", "ignore-salesforce", "ignore-quickbooks", ""
DECISIONS = (LINK, NEW, IGNORE_SALESFORCE, IGNORE_QUICKBOOKS)
MOST_LINES = 100_000
MOST_SAID = 25
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_OF_CHOICE = {ProposalChoice.LINK: LINK, ProposalChoice.APART: NEW, ProposalChoice.NONE: OPEN}
_CHOICES = {decision: choice for choice, decision in _OF_CHOICE.items()}
_IGNORED = {Side.SALESFORCE: IGNORE_SALESFORCE, Side.QUICKBOOKS: IGNORE_QUICKBOOKS}
_SIDES = {decision: side for side, decision in _IGNORED.items()}


class ReviewFileError(Exception):
    """A file that cannot be taken in; `sentences` say what is wrong, line by line."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(self.sentences))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file: what is decided about which records."""

    number: int
    pair: str
    salesforce_id: str
    quickbooks_id: str
    decision: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.pair, self.salesforce_id, self.quickbooks_id


def exported(connection: Connection) -> Iterator[str]:
    """Yield the lines of the file: everything proposed or decided, and what is ignored."""
    yield _written(COLUMNS)
    rows = Proposal.objects.filter(connection=connection).order_by("mapping", "kind", "-score", "id")
    for row in rows.iterator(chunk_size=1_000):
        yield _written(
            (
                row.mapping, row.salesforce_id, row.salesforce_name, row.quickbooks_id, row.quickbooks_name, row.kind,
                row.reason, str(row.score), _OF_CHOICE[ProposalChoice(row.choice)],
            )
        )  # fmt: skip
    for one in Ignored.objects.filter(connection=connection).order_by("mapping", "id").iterator(chunk_size=1_000):
        ours = one.side == Side.SALESFORCE
        ends = (one.remote_id, one.name, "", "") if ours else ("", "", one.remote_id, one.name)
        yield _written((one.mapping, *ends, "ignored", one.why, "0", _IGNORED[Side(one.side)]))


def taken_in(connection: Connection, text: str, who: Reviewer) -> int:
    """Carry the decisions of a file out, those that differ from what stands here; return how many.

    Raises ReviewFileError, and then nothing is decided.
    """
    lines = list(_read(text))
    stands = _standing(connection)
    different = [line for line in lines if stands.get(line.key, OPEN) != line.decision]
    wrong: list[str] = []
    with transaction.atomic():
        for line in _not_plain(connection, different, who):
            try:
                with transaction.atomic():
                    _carry_out(connection, line, stands.get(line.key, OPEN), who)
            except NotDecidedError as error:
                wrong.append(f"Line {line.number}: {error}")
        if wrong:
            transaction.set_rollback(True)
    if wrong:
        raise ReviewFileError(_few(wrong))
    return len(different)


def _not_plain(connection: Connection, lines: Sequence[Line], who: Reviewer) -> list[Line]:
    """Carry out at once what concerns nobody else; return the lines that are left to be looked at one by one."""
    plain = reviewing_many.plain_rows(connection, {line.key for line in lines})
    rows: dict[str, list[Proposal]] = {}
    left = []
    for line in lines:
        row = plain.get(line.key)
        if row is None or (line.decision in _IGNORED.values() and row.choice != ProposalChoice.NONE):
            left.append(line)
        else:
            rows.setdefault(line.decision, []).append(row)
    for decision, mine in rows.items():
        if decision in _CHOICES:
            reviewing_many.choose(mine, _CHOICES[decision], who)
        else:
            reviewing_many.ignore(mine, _SIDES[decision], who)
    return left


def _written(cells: Iterable[str]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_guarded(cell) for cell in cells])
    return out.getvalue()


def _guarded(cell: str) -> str:
    """Keep a spreadsheet from taking a name for a formula; `_plain` takes the sign away again."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell.strip().removeprefix("'")


def _read(text: str) -> Iterator[Line]:
    """Read a file; raises ReviewFileError with a sentence for each line that makes no sense."""
    rows = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    if missing := [one for one in COLUMNS if one not in (rows.fieldnames or ()) and one in _NEEDED]:
        raise ReviewFileError([f"The first line must name the columns; {', '.join(missing)} is missing."])
    try:
        held = [(number, row) for number, row in enumerate(rows, start=2) if any(row.values())]
    except csv.Error as error:
        raise ReviewFileError([f"This is no CSV file: {error}."]) from error
    if len(held) > MOST_LINES:
        raise ReviewFileError([f"There are more than {MOST_LINES:,} lines. Split the file."])
    lines = [_line(number, row) for number, row in held]
    wrong = [sentence for line in lines if (sentence := _wrong(line))] + list(_contradictions(lines))
    if wrong:
        raise ReviewFileError(_few(wrong))
    yield from lines


_NEEDED = ("objects", "salesforce_id", "quickbooks_id", "decision")


def _line(number: int, row: Mapping[str, str | None]) -> Line:
    pair, ours, theirs, decision = (_plain(row.get(name) or "") for name in _NEEDED)
    return Line(number, pair, ours, theirs, decision.casefold())


def _wrong(line: Line) -> str:
    """Say in a sentence what is wrong with one line by itself, or nothing."""
    ours, theirs, decision = line.salesforce_id, line.quickbooks_id, line.decision
    checks = (
        (line.pair not in {one.name for one in PAIRS}, f"“{line.pair[:40]}” is no pair of objects, see the export."),
        (decision not in (OPEN, *DECISIONS), f"“{decision[:40]}” is no decision: {', '.join(DECISIONS)}, or empty."),
        (not (ours or theirs), "it names no record. Fill in salesforce_id, quickbooks_id, or both."),
        (decision == LINK and not (ours and theirs), "to link, it must name a record of both sides."),
        (decision == IGNORE_SALESFORCE and not ours, "it names no record of Salesforce to ignore."),
        (decision == IGNORE_QUICKBOOKS and not theirs, "it names no record of QuickBooks to ignore."),
    )
    return next((f"Line {line.number}: {sentence}" for is_wrong, sentence in checks if is_wrong), "")


def _contradictions(lines: list[Line]) -> Iterator[str]:
    """Say which records would be linked twice."""
    links = [line for line in lines if line.decision == LINK]
    for side in Side:
        counts = Counter((line.pair, getattr(line, f"{side.value}_id")) for line in links)
        for line in links:
            remote_id = getattr(line, f"{side.value}_id")
            if counts[line.pair, remote_id] > 1:
                yield f"Line {line.number}: {remote_id} in {side.label} is linked more than once."


def _standing(connection: Connection) -> dict[tuple[str, str, str], str]:
    rows = Proposal.objects.filter(connection=connection)
    stands = {
        (pair, ours, theirs): _OF_CHOICE[ProposalChoice(choice)]
        for pair, ours, theirs, choice in rows.values_list("mapping", "salesforce_id", "quickbooks_id", "choice")
    }
    ignored = Ignored.objects.filter(connection=connection).values_list("mapping", "side", "remote_id")
    for pair, side, remote_id in ignored:
        ends = (remote_id, "") if side == Side.SALESFORCE else ("", remote_id)
        stands[pair, *ends] = _IGNORED[Side(side)]
    return stands


def _carry_out(connection: Connection, line: Line, stands: str, who: Reviewer) -> None:
    """Do what one line says. Raises NotDecidedError."""
    if stands in (IGNORE_SALESFORCE, IGNORE_QUICKBOOKS):
        reviewing.no_longer_ignore(connection, line.pair, *_end(line, stands))
        if line.decision in (OPEN, NEW):
            return
    row = Proposal.objects.filter(
        connection=connection, mapping=line.pair, salesforce_id=line.salesforce_id, quickbooks_id=line.quickbooks_id
    ).first()
    if line.decision in (IGNORE_SALESFORCE, IGNORE_QUICKBOOKS):
        reviewing.ignore(connection, line.pair, *_end(line, line.decision), who)
    elif line.decision == LINK and row and row.kind in EXACT and row.choice == ProposalChoice.NONE:
        reviewing.accept_exact(Proposal.objects.filter(pk=row.pk), who)
    elif line.decision == LINK:
        reviewing.link(connection, line.pair, line.salesforce_id, line.quickbooks_id, who)
    elif row is None:
        raise NotDecidedError("This pair of records is not proposed here any more. Export the file anew.")
    elif line.decision == NEW:
        reviewing.keep_apart(row, who)
    else:
        reviewing.think_again(row, who)


def _end(line: Line, decision: str) -> tuple[Side, str]:
    if decision == IGNORE_SALESFORCE:
        return Side.SALESFORCE, line.salesforce_id
    return Side.QUICKBOOKS, line.quickbooks_id


def _few(sentences: list[str]) -> list[str]:
    more = len(sentences) - MOST_SAID
    return [*sentences[:MOST_SAID], *([f"And {more:,} more lines are wrong."] if more > 0 else [])]
