"""Filling a company from answers that a real QuickBooks gave: every record keeps its IDs, times and elements."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.documents import loading
from apatar.sandbox.quickbooks.errors import CompanyFileError
from apatar.sandbox.quickbooks.extending import write_value
from apatar.sandbox.quickbooks.features import take_preferences, take_product
from apatar.sandbox.quickbooks.grammar import VERSIONS
from apatar.sandbox.quickbooks.kinds import ITEMS, KINDS, referred_kinds
from apatar.sandbox.quickbooks.markup import Node, content, leaf, parsed, strict_parser, text_of
from apatar.sandbox.quickbooks.references import is_blank, is_reference
from apatar.sandbox.quickbooks.store import Row, folded

# What an account that is only pointed to must be.
_ACCOUNT_TYPES = {
    "ARAccountRef": "AccountsReceivable",
    "COGSAccountRef": "CostOfGoodsSold",
    "AssetAccountRef": "OtherCurrentAsset",
    "ExpenseAccountRef": "Expense",
    "DepositToAccountRef": "Bank",
    "PrefillAccountRef": "Expense",
}


def load(company: Company, files: list[Path]) -> int:
    """Load the Rets of captured responses; return how many records were taken.

    What they refer to and no file holds is put into its list under its ID and name. Raises CompanyFileError.
    """
    with company.store.transaction():
        taken = sum(_take(company.books, ret) for file in files for ret in _rets(file))
        _fill_gaps(company.books)
    return taken


def _rets(file: Path) -> Iterator[Node]:
    try:
        text = file.read_bytes()
        if b"<!DOCTYPE" in text:
            raise ValueError("it has a document type")  # noqa: TRY301 - one message for every unreadable file
        root = etree.fromstring(text, strict_parser())
    except (OSError, ValueError, etree.XMLSyntaxError) as error:
        raise CompanyFileError(
            f"{file} cannot be read as a qbXML response ({error}); choose a file that holds one."
        ) from error
    yield from root.iterfind("QBXMLMsgsRs/*/*")


def _take(books: Books, ret: Node) -> bool:
    name = str(ret.tag).removesuffix("Ret")
    _take_extensions(books, name, ret)
    if name in KINDS:
        _keep(books, name, ret)
        return True
    if ret.find("TxnID") is not None and ret.tag.endswith("Ret"):
        return loading.take(books, name, ret)
    return _take_about(books, name, ret)


def _take_about(books: Books, name: str, ret: Node) -> bool:
    if name == "Company":
        books.store.put_setting("company_ret", content(ret))
        books.store.put_setting("name", text_of(ret, "CompanyName") or books.store.setting("name"))
    elif name == "Preferences":
        books.store.put_setting("preferences_ret", content(ret))
        take_preferences(books.store, content(ret))
    elif name == "Host":
        spoken = [text for found in ret.iterfind("SupportedQBXMLVersion") if (text := found.text or "") in VERSIONS]
        if spoken:
            books.store.put_setting("qbxml", spoken[-1])
        take_product(books.store, text_of(ret, "ProductName"))
    return name in {"Company", "Preferences", "Host"}


def _take_extensions(books: Books, name: str, ret: Node) -> None:
    """Custom fields live beside their record, because only their owners may see them."""
    for extension in ret.findall("DataExtRet"):
        parts = [text_of(extension, part) for part in ("OwnerID", "DataExtName", "DataExtType", "DataExtValue")]
        ret.remove(extension)
        owner, field, kind, value = parts
        target = "Item" if name in ITEMS else name
        write_value(books, target, text_of(ret, "ListID") or text_of(ret, "TxnID"), (owner, field, kind, value))
        if name != "Company":
            books.store.tell(
                "INSERT OR IGNORE INTO definition VALUES (?, ?, ?, ?)", (owner.upper(), field, kind, target)
            )


def _keep(books: Books, name: str, ret: Node) -> None:
    kind = KINDS[name]
    own_name = text_of(ret, kind.name_element)
    row = Row(
        seq=0,
        kind=name,
        list_id=text_of(ret, "ListID"),
        name=own_name,
        full_name=text_of(ret, "FullName") or own_name,
        parent=text_of(ret, "ParentRef/ListID"),
        active=text_of(ret, "IsActive") != "false",
        modified=text_of(ret, "TimeModified")[:19],
        edit=int(text_of(ret, "EditSequence") or 0),
        body=content(ret),
    )
    books.store.tell("DELETE FROM record WHERE kind = ? AND list_id = ?", (name, row.list_id))
    books.store.insert(row, kind.namespace)


def _fill_gaps(books: Books) -> None:
    missing: dict[tuple[str, str], tuple[str, str]] = {}
    for own, body in books.store.ask(
        "SELECT kind, body FROM record WHERE body LIKE '%Ref>%' UNION ALL SELECT kind, body || lines FROM txn"
    ):
        for ref in parsed(body).iter():
            if is_reference(ref) and not is_blank(ref):
                kinds = referred_kinds(ref.tag, own)
                known = kinds[0] in KINDS and books.store.by_id(kinds, text_of(ref, "ListID")) is None
                if known:
                    missing[kinds[0], text_of(ref, "ListID")] = text_of(ref, "FullName"), ref.tag
    for (kind, list_id), (full_name, ref_name) in missing.items():
        body = _stand_in(books, kind, list_id, full_name)
        body += leaf("AccountType", _ACCOUNT_TYPES.get(ref_name, "Income")) if kind == "Account" else ""
        _keep(books, kind, parsed(body))


def _stand_in(books: Books, kind: str, list_id: str, full_name: str) -> str:
    """Print the least that a Ret of this kind says; an ID holds the time its record was made."""
    epoch = int(list_id.partition("-")[2] or 0)
    wall = datetime.fromtimestamp(epoch, UTC).astimezone(books.clock.zone).strftime("%Y-%m-%dT%H:%M:%S")
    moment = books.clock.printed(wall)
    order = KINDS[kind].order
    head = leaf("ListID", list_id) + leaf("TimeCreated", moment) + leaf("TimeModified", moment)
    name = leaf(KINDS[kind].name_element, full_name.rpartition(":")[2])
    body = head + leaf("EditSequence", str(epoch)) + name
    body += leaf("FullName", full_name) if "FullName" in order else ""
    body += leaf("IsActive", "true")
    body += leaf("Sublevel", str(full_name.count(":"))) if "Sublevel" in order else ""
    return body + (leaf("IsTaxable", str(folded(full_name) != "non").lower()) if kind == "SalesTaxCode" else "")
