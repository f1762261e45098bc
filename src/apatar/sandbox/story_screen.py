"""What the story shows: progress while it works, tables of what happened, and where the site is."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from apatar.sandbox.story_agreement import Agreement
from apatar.sandbox.story_edits import Edit

SHOWN_DIFFERENCES = 20


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
    table = Table(title="What happened")
    for heading in ("Run", "Outcome", "QuickBooks", "Salesforce", "Conflicts", "Problems", "Calls", "Seconds"):
        table.add_column(heading, justify="left" if heading in {"Outcome", "QuickBooks", "Salesforce"} else "right")
    for run in runs:
        table.add_row(
            str(run["number"]),
            str(run["outcome"]),
            _counts(run["quickbooks"]),
            _counts(run["salesforce"]),
            str(run["conflicts"]),
            str(run["problems"]),
            str(run["salesforce_calls"]),
            str(run["seconds"]),
        )
    console.print(table)


def show_edits(console: Console, edits: Sequence[Edit]) -> None:
    table = Table("Where", "Who", "What", "Before", "After", title="What people changed between the runs")
    for edit in edits:
        table.add_row(edit.where, edit.name, edit.what, edit.before, edit.after)
    console.print(table)


def show_agreement(console: Console, agreement: Agreement) -> None:
    if agreement.agree:
        console.print(f"Both sides agree in every field: {agreement.links} customers and accounts are linked.")
        return
    console.print(f"{len(agreement.differences)} differences remain:")
    for difference in agreement.differences[:SHOWN_DIFFERENCES]:
        console.print(f"  {difference}", markup=False)


def show_site(console: Console, *, url: str, user: str, password: str, again: str) -> None:
    """Say where the site is and how to go on; `again` is the command of the next synchronization."""
    words = f"[bold]{url}[/bold]\nUser      {user}\nPassword  {password}"
    console.print(Panel(words, title="The site is running", subtitle="Ctrl-C ends it", expand=False))
    console.print("The next synchronization (edit something first, on either side):")
    console.print(f"  {again}", markup=False, soft_wrap=True)


def _counts(side: Mapping[str, Any]) -> str:
    return "\n".join(f"{count} {word}" for word, count in side.items())
