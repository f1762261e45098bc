"""What the story shows: progress while it works, tables of what happened, and where the site is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from apatar.sandbox.story_agreement import Agreement
from apatar.sandbox.story_edits import Edit

SHOWN_DIFFERENCES = 20
SIDES = {"QuickBooks": "quickbooks", "Salesforce": "salesforce"}
TEXTS = {"Run", "Side", "Outcome", "Name", "Change"}


class Steps:
    """The bar that moves with each step of the story."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def begin(self, words: str) -> None:
        """Say what is done now; the step before it is finished."""
        self._progress.update(self._task, description=words, advance=1)


@contextmanager
def steps(count: int) -> Iterator[Steps]:
    """Show a progress bar on standard error, so that standard output stays clean."""
    columns = (TextColumn("{task.description:<52}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("Getting ready", total=count, completed=-1)
        yield Steps(progress, task)
        progress.update(task, description="Done", completed=count)


def show_runs(console: Console, runs: Sequence[Mapping[str, Any]]) -> None:
    """Two short tables: one with both sides of every run would be cut in a narrow log."""
    written = _table("What was written", "Run", "Side", "Created", "Updated", "Unchanged")
    ended = _table("How the runs ended", "Run", "Outcome", "Conflicts", "Problems", "API calls", "Seconds")
    for run in runs:
        number = str(run["number"])
        for side, key in SIDES.items():
            counts = run[key]
            written.add_row(number, side, *(str(counts[word]) for word in ("created", "updated", "unchanged")))
        whole = (str(run[key]) for key in ("conflicts", "problems", "salesforce_calls"))
        ended.add_row(number, str(run["outcome"]), *whole, f"{run['seconds']:.1f}")
    for table in (written, ended):
        console.print(table)
        console.print()


def show_edits(console: Console, edits: Sequence[Edit]) -> None:
    """One table for each side, so that a name and what was changed fit into a line of 80 characters."""
    for side in SIDES:
        table = _table(f"What people changed in {side}", "Name", "Change")
        for edit in edits:
            if edit.where == side:
                table.add_row(Text(edit.name), Text(_change(edit, ascii_only=console.options.ascii_only)))
        console.print(table)
        console.print()


def show_agreement(console: Console, agreement: Agreement) -> None:
    if agreement.agree:
        console.print(f"Both sides agree in every field: {agreement.links} customers and accounts are linked.")
        return
    console.print(f"{len(agreement.differences)} differences remain:")
    for difference in agreement.differences[:SHOWN_DIFFERENCES]:
        console.print(f"  {difference}", markup=False)


def show_site(console: Console, *, url: str, user: str, password: str, edit: str, again: str) -> None:
    """Say where the site is and how to go on; `edit` is a command that changes something, `again` the next run's."""
    words = f"[bold]{url}[/bold]\nUser      {user}\nPassword  {password}"
    console.print(Panel(words, title="The site is running", subtitle="Ctrl-C ends it", expand=False))
    console.print("To go on, in a new terminal in this folder, edit something first:")
    _show_command(console, edit)
    console.print("The next synchronization:")
    _show_command(console, again)


def _show_command(console: Console, command: str) -> None:
    """Neither wrapped nor coloured nor indented: what is copied is what a shell takes."""
    console.print(f"\n{command}\n", markup=False, highlight=False, soft_wrap=True)


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    table.pad_edge, table.collapse_padding = False, True
    for heading in headings:
        table.add_column(heading, justify="left" if heading in TEXTS else "right", overflow="fold")
    return table


def _change(edit: Edit, *, ascii_only: bool) -> str:
    arrow = "->" if ascii_only else "→"
    before = f"{edit.before} {arrow} " if edit.before else ""
    return f"{edit.what}: {before}{edit.after}"
