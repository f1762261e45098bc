"""Words for declaring fields: what a bookkeeper would say about each, in one line."""

from apatar.sync.mapping import Direction, Field, Mode, Owner
from apatar.sync.record import Record
from apatar.sync.values import Kind


def shown(name: str, label: str, kind: Kind, salesforce: str, quickbooks: str, *, places: int = 2) -> Field:
    """QuickBooks owns it, Salesforce shows it."""
    return Field(
        name=name,
        label=label,
        kind=kind,
        salesforce=(salesforce,),
        quickbooks=(quickbooks,),
        direction=Direction.TO_SALESFORCE,
        owner=Owner.QUICKBOOKS,
        places=places,
        quiet=True,
    )


def given(
    name: str,
    label: str,
    kind: Kind,
    salesforce: str,
    quickbooks: str,
    *,
    mode: Mode = Mode.OVERWRITE,
    owner: Owner = Owner.SHARED,
) -> Field:
    """It goes from Salesforce to QuickBooks, and not back."""
    return Field(
        name=name,
        label=label,
        kind=kind,
        salesforce=(salesforce,),
        quickbooks=(quickbooks,),
        direction=Direction.TO_QUICKBOOKS,
        mode=mode,
        owner=owner,
    )


def matched(name: str, label: str, salesforce: tuple[str, ...], quickbooks: tuple[str, ...]) -> Field:
    """Only read: records are recognised and called by it."""
    return Field(
        name=name, label=label, kind=Kind.NAME, salesforce=salesforce, quickbooks=quickbooks, mode=Mode.MATCH_ONLY
    )


def flag(record: Record, path: str) -> bool:
    """Read a yes or no of QuickBooks, which prints it as text."""
    return str(record.fields.get(path) or "").casefold() in {"true", "1"}


def text(record: Record, path: str) -> str:
    return str(record.fields.get(path) or "")
