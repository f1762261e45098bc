"""What the story of a year shows at its end: what was traded, what it adds up to, and whether the ledgers agree."""

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from apatar.sandbox.story_year import SHOWN, Year

WORDS = {"SalesOrder": "Sales orders", "SalesReceipt": "Sales receipts"}


def show_year(console: Console, year: Year) -> None:
    """Two short tables and a sentence, or the first differences."""
    console.print(_traded(year))
    console.print()
    console.print(_sums(year))
    console.print()
    if year.agree:
        console.print(
            f"Both ledgers agree to the cent: {year.ledgers.documents} documents, {year.deals.deals} deals with one "
            "document each. A further run wrote nothing."
        )
        return
    console.print(f"{len(year.differences)} differences remain:")
    for difference in year.differences[:SHOWN]:
        console.print(f"  {difference}", markup=False)


def _traded(year: Year) -> Table:
    table = _table("What a year traded", "What", "Number")
    for name, number in year.figures.items():
        if isinstance(number, dict):
            for kind, part in number.items():
                table.add_row(WORDS.get(kind, f"{kind}s"), str(part))
        elif isinstance(number, int):
            table.add_row(name.capitalize(), str(number))
    return table


def _sums(year: Year) -> Table:
    table = _table("What it adds up to, on both sides", "Currency", "Invoiced", "Credited", "Paid", "Open")
    for currency, sums in year.ledgers.totals.items():
        table.add_row(currency, *(f"{sums[name]}" for name in ("invoices", "credits", "payments", "open")))
    return table


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", overflow="fold")
    return table
