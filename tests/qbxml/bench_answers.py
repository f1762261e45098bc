"""Times the hot path: `python -m tests.qbxml.bench_answers` (2,000 customers must be Rets in 60 ms)."""

import sys
import time

from apatar.qbxml.answers import fields, read_answers

CUSTOMERS = 2_000
ROUNDS = 15


def customer(number: int) -> str:
    """Return a CustomerRet of about 1.1 KB."""
    address = (
        f"<Addr1>Customer {number}</Addr1><Addr2>{number} Cypress Hill Rd</Addr2><City>Bayshore</City><State>CA</State>"
    )
    return (
        f"<CustomerRet><ListID>{number:X}-933272658</ListID><TimeCreated>1999-07-29T14:24:18-05:00</TimeCreated>"
        f"<TimeModified>2023-12-16T00:06:42-05:00</TimeModified><EditSequence>1702703202</EditSequence>"
        f"<Name>Customer {number}</Name><FullName>Customer {number}</FullName><IsActive>true</IsActive>"
        f"<Sublevel>0</Sublevel><FirstName>Kristy</FirstName><LastName>Doe</LastName><BillAddress>{address}</BillAddress>"
        f"<ShipAddress>{address}</ShipAddress><Phone>415-555-6579</Phone><Email>c{number}@example.com</Email>"
        "<TermsRef><ListID>10000-933272658</ListID><FullName>Net 30</FullName></TermsRef><Balance>0.00</Balance>"
        "<TotalBalance>0.00</TotalBalance><SalesTaxCodeRef><ListID>10000-999022286</ListID><FullName>Tax</FullName>"
        "</SalesTaxCodeRef><JobStatus>None</JobStatus><Notes>Called to discuss the remodel of the bathroom; not now."
        "</Notes></CustomerRet>"
    )


def main() -> None:
    rows = "".join(customer(number) for number in range(CUSTOMERS))
    answer = f'<QBXML><QBXMLMsgsRs><CustomerQueryRs statusCode="0">{rows}</CustomerQueryRs></QBXMLMsgsRs></QBXML>'
    best = min(timed(answer) for _ in range(ROUNDS))
    rets = read_answers(answer).answers[0].rets
    start = time.process_time()
    for ret in rets:
        fields(ret.xml)
    took = time.process_time() - start
    size = len(rows) / CUSTOMERS
    sys.stdout.write(
        f"{len(rets)} customers of {size:.0f} bytes: {best * 1000:.0f} ms of CPU; all fields {took * 1000:.0f} ms\n"
    )


def timed(answer: str) -> float:
    start = time.process_time()
    read_answers(answer)
    return time.process_time() - start


if __name__ == "__main__":
    main()
