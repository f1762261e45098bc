"""Whether every deal has exactly the one document that it should have, judged without asking the service. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

Deal = Mapping[str, Any]
"""One Opportunity, Quote or Order with `Id` and what was written back to it."""
Document = Mapping[str, str]

DELETED = "Deleted"


class Planned(Protocol):
    """The deals that should have a document, by object, and those that cannot."""

    due: dict[str, list[str]]
    impossible: list[str]


class Bookkeeping(Protocol):
    """What the bookkeeper did alone, by TxnID."""

    deleted: set[str]

    @property
    def documents(self) -> set[str]: ...


@dataclass(frozen=True, slots=True)
class DealsAgreement:
    """How many deals have their document, and what is wrong with the others."""

    deals: int
    differences: tuple[str, ...]

    @property
    def agree(self) -> bool:
        return not self.differences


def check_deals(
    found: Mapping[str, Sequence[Deal]], books: Mapping[str, Any], planned: Planned, made: Bookkeeping
) -> DealsAgreement:
    """Compare what stands on every deal with the documents of the company; each belongs to one deal at most."""
    documents = {one["txn_id"]: one for part in books["customers"] for one in part["documents"]}
    deals = {one["Id"]: one for some in found.values() for one in some}
    due = [deals[one] for some in planned.due.values() for one in some]
    differences = [
        *(difference for one in due for difference in _wrong(one, documents, made.deleted)),
        *_claimed_twice(due),
        *_nobodys(due, documents, made),
        *(
            f"{one} has a document, although it cannot"
            for one in planned.impossible
            if deals[one]["QuickBooks_TxnID__c"]
        ),
    ]
    return DealsAgreement(len(due), tuple(differences))


def _wrong(deal: Deal, documents: Mapping[str, Document], deleted: set[str]) -> Iterator[str]:
    txn_id = deal["QuickBooks_TxnID__c"]
    if not txn_id:
        yield f"{_called(deal)} has no document"
    elif txn_id in deleted:
        if deal["QuickBooks_Status__c"] != DELETED:
            yield f"{_called(deal)}: its document was deleted, its state is {deal['QuickBooks_Status__c']}"
    elif txn_id not in documents:
        yield f"{_called(deal)} has a document that QuickBooks does not know"
    else:
        yield from _values(deal, documents[txn_id])


def _values(deal: Deal, document: Document) -> Iterator[str]:
    number, total = deal["QuickBooks_Number__c"] or "", deal["QuickBooks_Total__c"]
    if number != document["number"]:
        yield f"{_called(deal)}: number {number} in Salesforce, {document['number']} in QuickBooks"
    if total is None or Decimal(str(total)) != Decimal(document["total"]):
        yield f"{_called(deal)}: total {total} in Salesforce, {document['total']} in QuickBooks"


def _claimed_twice(due: Sequence[Deal]) -> Iterator[str]:
    claimed = [one["QuickBooks_TxnID__c"] for one in due if one["QuickBooks_TxnID__c"]]
    for one in sorted({one for one in claimed if claimed.count(one) > 1} if len(set(claimed)) < len(claimed) else ()):
        yield f"document {one} belongs to several deals"


def _nobodys(due: Sequence[Deal], documents: Mapping[str, Document], made: Bookkeeping) -> Iterator[str]:
    known = {one["QuickBooks_TxnID__c"] for one in due} | made.documents
    for one in documents.values():
        if one["txn_id"] not in known:
            yield f"{one['type']} {one['number'] or one['txn_id']} is neither a deal's nor the bookkeeper's"


def _called(deal: Deal) -> str:
    return str(deal.get("Name") or deal.get("OrderNumber") or deal["Id"])
