"""Pages of customers as QuickBooks prints them: the sample company's own answer, told on with ever new customers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from apatar.sandbox.names import business
from apatar.sandbox.quickbooks.access import RequestProcessor
from bench.processes import BenchError

SIZE = 1_000
ITERATOR = "{09fa1eb2-7ba6-4f40-8d54-8295fce18542}"
_REQUEST_ID = re.compile(r'requestID="([^"]+)"')
_RET = re.compile(r"<CustomerRet>.*?</CustomerRet>\n", re.DOTALL)
_LIST_ID = re.compile(r"(?<=<ListID>)[^<]*")
_LEFT_OUT = re.compile(r"<(BillAddressBlock|ShipAddressBlock|ShipToAddress|AdditionalContactRef)>.*?</\1>\n", re.DOTALL)
"""What an older QuickBooks (qbXML below 12.0, address blocks aside) does not print: some 1.1 KB a customer are left."""


@dataclass(frozen=True, slots=True)
class Greeting:
    """What the Web Connector sends with its first sendRequestXML."""

    hcp: str
    company_file: str


def greeting(company: Path, *, owner_id: str, file_id: str) -> Greeting:
    quickbooks = RequestProcessor(company)
    ticket = quickbooks.begin_session("")
    hcp = quickbooks.host_company_preferences(owner_id, file_id, "BENCH-PC")
    try:
        return Greeting(hcp, quickbooks.company_file_name(ticket))
    finally:
        quickbooks.end_session(ticket)


def asks_for_customers(question: str) -> bool:
    """Whether a question is the one for customers; lists that formulas look things up in are asked for before."""
    return "<CustomerQueryRq" in question


def answered(company: Path, question: str) -> str:
    """Return what the company answers to a question of the service."""
    quickbooks = RequestProcessor(company)
    ticket = quickbooks.begin_session("")
    try:
        return quickbooks.process(ticket, question)
    finally:
        quickbooks.end_session(ticket)


def request_id_of(question: str) -> str:
    """Return the mark that the answer to a question must carry."""
    found = _REQUEST_ID.search(question)
    if found is None:
        raise BenchError("The service asked a question without a requestID.")
    return found[1]


class Customers:
    """Answers to the question for customers; page k holds the businesses 1,000 k to 1,000 k + 999."""

    def __init__(self, templates: Sequence[str]) -> None:
        self._templates = templates

    @classmethod
    def of(cls, company: Path, question: str) -> Self:
        """Ask the company with the service's own question. Raises BenchError where it has under 1,000 customers."""
        answer = answered(company, question)
        templates = [found for found in _RET.findall(answer) if "<ParentRef>" not in found][:SIZE]
        if len(templates) < SIZE:
            raise BenchError(f"The sample company answered with {len(templates)} customers instead of {SIZE}.")
        return cls(templates)

    def leaner(self) -> "Customers":
        return Customers([_LEFT_OUT.sub("", template) for template in self._templates])

    @property
    def bytes_each(self) -> int:
        return sum(map(len, self._templates)) // len(self._templates)

    def page(self, number: int, *, remaining: int, request_id: str) -> str:
        """Return page `number` as the answer to one request of an iterator that has so many more to give."""
        first = number * SIZE
        rets = "".join(self._ret(place, first + place) for place in range(SIZE))
        return (
            '<?xml version="1.0" ?>\n<QBXML>\n<QBXMLMsgsRs>\n<CustomerQueryRs '
            f'requestID="{request_id}" statusCode="0" statusSeverity="Info" statusMessage="Status OK" '
            f'iteratorRemainingCount="{remaining}" '
            f'iteratorID="{ITERATOR}">\n{rets}</CustomerQueryRs>\n</QBXMLMsgsRs>\n</QBXML>\n'
        )

    def _ret(self, place: int, index: int) -> str:
        template = self._templates[place].replace(business(place).name, business(index).name)
        return _LIST_ID.sub(f"{0x80000000 + index:X}-1795395896", template, count=1)
