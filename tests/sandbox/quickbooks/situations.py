"""Companies, clocks and questions that the tests of the sandbox's QuickBooks start from."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from apatar.sandbox.quickbooks.company import Company, Session, create_company
from apatar.sandbox.quickbooks.currencies import set_exchange_rate
from apatar.sandbox.quickbooks.errors import MessageSetRefused
from apatar.sandbox.quickbooks.features import Features
from apatar.sandbox.quickbooks.markup import Node

ACCOUNTS = {"Sales": "Income", "Checking": "Bank", "Office Supplies": "Expense", "Vans": "FixedAsset"}
START = datetime(2024, 1, 15, 17, 0, 0, tzinfo=UTC)


class Watch:
    """A clock that moves when it is told to."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def pass_by(self, **duration: float) -> None:
        self.moment += timedelta(**duration)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def company(tmp_path: Path, watch: Watch) -> Iterator[Company]:
    """An empty company whose PC stands in New York; it tracks classes."""
    with create_company(tmp_path / "company.qbw", now=watch, features=Features(classes=True)) as made:
        yield made


@pytest.fixture
def trading(tmp_path: Path, watch: Watch) -> Iterator[Company]:
    """A company with every feature on, the accounts that items post to, a vendor and a currency rate."""
    features = Features(multicurrency=True, sales_tax=True, classes=True)
    with create_company(tmp_path / "trading.qbw", now=watch, features=features) as made:
        for name, account_type in ACCOUNTS.items():
            add(made, f"{named(name)}<AccountType>{account_type}</AccountType>", kind="Account")
        for special in ("InventoryAssets", "CostOfGoodsSold"):
            add(made, f"<SpecialAccountType>{special}</SpecialAccountType>", kind="SpecialAccount")
        set_exchange_rate(made.books, "Euro", Decimal("1.09"), START.date())
        yield made


def message_set(body: str, *, version: str = "16.0", on_error: str = "continueOnError", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<?qbxml version="{version}"?>\n'
        f'<QBXML><QBXMLMsgsRq onError="{on_error}"{attributes}>{body}</QBXMLMsgsRq></QBXML>'
    )


def ask(company: Company | Session, body: str, *, version: str = "16.0", on_error: str = "continueOnError") -> Node:
    """Answer some requests; return the QBXMLMsgsRs."""
    return parsed(company.process(message_set(body, version=version, on_error=on_error)))


def parsed(response: str) -> Node:
    return etree.fromstring(response.encode())[0]


def one(company: Company | Session, body: str, *, version: str = "16.0") -> Node:
    """Answer one request; return its Rs."""
    answers = ask(company, body, version=version)
    assert len(answers) == 1
    return answers[0]


def status(answer: Node) -> int:
    return int(answer.get("statusCode") or -1)


def message(answer: Node) -> str:
    return answer.get("statusMessage") or ""


def add(company: Company | Session, inside: str, *, kind: str = "Customer") -> Node:
    """Add a record that must be taken; return its Ret."""
    answer = one(company, adding(inside, kind=kind))
    assert status(answer) == 0, message(answer)
    return answer[0]


def adding(inside: str, *, kind: str = "Customer") -> str:
    return f"<{kind}AddRq><{kind}Add>{inside}</{kind}Add></{kind}AddRq>"


def named(name: str) -> str:
    return f"<Name>{name}</Name>"


def changing(ret: Node, inside: str, *, kind: str = "Customer", edit: str = "") -> str:
    identity = (
        f"<ListID>{ret.findtext('ListID')}</ListID><EditSequence>{edit or ret.findtext('EditSequence')}</EditSequence>"
    )
    return f"<{kind}ModRq><{kind}Mod>{identity}{inside}</{kind}Mod></{kind}ModRq>"


def change(company: Company | Session, ret: Node, inside: str, *, kind: str = "Customer") -> Node:
    answer = one(company, changing(ret, inside, kind=kind))
    assert status(answer) == 0, message(answer)
    return answer[0]


def query(filters: str = "", *, kind: str = "Customer", attributes: str = "") -> str:
    return f"<{kind}QueryRq{attributes}>{filters}</{kind}QueryRq>"


def attributes_of(answer: Node) -> dict[str, str]:
    return {str(name): str(value) for name, value in answer.attrib.items()}


def names(answer: Node) -> list[str]:
    return [ret.findtext("FullName") or ret.findtext("Name") or "" for ret in answer]


def refused(company: Company | Session, body: str, *, version: str = "16.0") -> MessageSetRefused:
    """The set must be refused as a whole."""
    with pytest.raises(MessageSetRefused) as raised:
        ask(company, body, version=version)
    return raised.value


def ref(name: str, full_name: str) -> str:
    return f"<{name}><FullName>{full_name}</FullName></{name}>"


def sold(price: str = "10.00", *, account: str = "Sales", description: str = "Sold") -> str:
    """What a service, another charge or a non-inventory part says that is only sold."""
    inside = f"<Desc>{description}</Desc><Price>{price}</Price>{ref('AccountRef', account)}"
    return f"<SalesOrPurchase>{inside}</SalesOrPurchase>"


def stocked(price: str = "85.00") -> str:
    """What an inventory item or an assembly posts to."""
    return (
        f"<SalesPrice>{price}</SalesPrice>{ref('IncomeAccountRef', 'Sales')}"
        f"{ref('COGSAccountRef', 'Cost of Goods Sold')}{ref('AssetAccountRef', 'Inventory Asset')}"
    )
