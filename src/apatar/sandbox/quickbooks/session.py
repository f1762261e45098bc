"""One session with an open company: it answers requests one by one, and its iterators die with it."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from apatar.sandbox.quickbooks import about, deleting, extending, merging, transactions
from apatar.sandbox.quickbooks.adding import add
from apatar.sandbox.quickbooks.answers import Answer, refusal, refusal_of
from apatar.sandbox.quickbooks.books import Books
from apatar.sandbox.quickbooks.changing import change
from apatar.sandbox.quickbooks.documents import balances, heads, opening, payments, removing, selling, summaries
from apatar.sandbox.quickbooks.documents.records import Txn
from apatar.sandbox.quickbooks.documents.shapes import SHAPES
from apatar.sandbox.quickbooks.features import require
from apatar.sandbox.quickbooks.kinds import KINDS
from apatar.sandbox.quickbooks.markup import Node
from apatar.sandbox.quickbooks.notation import Version
from apatar.sandbox.quickbooks.querying import Places, Selection, asked_for, chosen, places, selection, shown, view
from apatar.sandbox.quickbooks.reading import Request
from apatar.sandbox.quickbooks.special_accounts import open_special
from apatar.sandbox.quickbooks.statuses import Refused, status_text
from apatar.sandbox.quickbooks.values import canonical

# QuickBooks takes these, says 530, and does not keep them: the first is captured, the others are this sandbox's limits.
_NOT_KEPT = ("IsStatementWithParent", "TaxLineID", "EmployeePayrollInfoMod")

Result = tuple[int, str, str]
"""Status code, the field or value its text names, and what stands in the answer."""


@dataclass(slots=True)
class _Iterator:
    name: str
    places: Places
    position: int = 0

    def page(self, most: int) -> Places:
        part = self.places[self.position : self.position + most]
        self.position += len(part)
        return part

    @property
    def remaining(self) -> int:
        return len(self.places) - self.position


class Requests:
    """Answers the requests of one session."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._iterators: dict[str, _Iterator] = {}
        self._handlers: dict[str, Callable[[Node, Version], str]] = {
            "ListMerge": lambda node, _: merging.merge(books, node),
            "ListDel": lambda node, _: deleting.delete(books, node),
            "TxnDel": lambda node, _: removing.delete(books, node),
            "TxnVoid": lambda node, _: removing.void(books, node),
            "DataExtAdd": lambda node, _: extending.put_value(books, node[0]),
            "DataExtMod": lambda node, _: extending.put_value(books, node[0]),
            "DataExtDel": lambda node, _: extending.remove_value(books, node[0]),
            "DataExtDefAdd": lambda node, version: extending.define(books, node[0], version),
            "DataExtDefMod": lambda node, version: extending.redefine(books, node[0], version),
            "DataExtDefDel": lambda node, _: extending.undefine(books, node),
        }

    def answer(self, request: Request, version: Version) -> Answer:
        """Do one request; whatever it wrote is undone when it ends in an error."""
        request_id = request.attribute("requestID")
        if len(request_id) > 50:
            return refusal(request.name, "", Refused(1060, value=request_id))
        if not request.supported:
            return refusal_of(request.name, request_id, 1030)
        try:
            with self._books.store.savepoint():
                for node, spec in request.leaves:
                    node.text = canonical(spec, node.text or "")
                return self._done(request, version)
        except Refused as refused:
            return refusal(request.name, request_id, refused)

    def _done(self, request: Request, version: Version) -> Answer:
        name = request.name
        require(self._books.store, name)
        if name.endswith("Query"):
            return self._query(request, version)
        if name in self._handlers:
            return _answer(request, (0, "", self._handlers[name](request.node, version)))
        if name[:-3] in SHAPES:
            return _answer(request, self._document(request, version))
        return _answer(request, self._write(request, version))

    def _document(self, request: Request, version: Version) -> Result:
        """Add or change a document; the answer shows it with its lines and links."""
        kind, node = request.name[:-3], request.node[0]
        ignored = heads.drop_unkept(node, kind)
        if kind == payments.KIND:
            txn = (payments.add if request.name.endswith("Add") else payments.change)(self._books, node)
        else:
            txn = (selling.add if request.name.endswith("Add") else selling.change)(self._books, kind, node)
        how = view(request.node, version)
        data = transactions.shown(self._books, txn, how, with_lines=True, with_links=True)
        return (530, ignored, data) if ignored else (0, "", data)

    def _write(self, request: Request, version: Version) -> Result:
        node = request.node[0]
        if request.name == "SpecialAccountAdd":
            row = open_special(self._books, node)
        else:
            write = add if request.name.endswith("Add") else change
            with balances.carried(self._books, request.name, node):
                row = write(self._books, KINDS[request.name[:-3]], node)
        if request.name == "CustomerAdd":
            opening.open_balance(self._books, row, node)
        data = shown(self._books, row, view(request.node, version))
        ignored = next((name for name in _NOT_KEPT if node.find(name) is not None), "")
        return (530, ignored, data) if ignored else (0, "", data)

    def _query(self, request: Request, version: Version) -> Answer:
        name, node = request.name.removesuffix("Query"), request.node
        how = view(node, version)
        singles = {"Host": about.host, "Company": about.company, "Preferences": about.preferences}
        if name in singles:
            return _answer(request, (0, "", singles[name](self._books, how)))
        simple = self._simple(name, node, version)
        if simple is not None:
            return _listed(request, simple)
        if name in SHAPES:
            return self._transactions(request, name, version)
        if name == "Transaction":
            return self._summaries(request)
        return self._records(request, name, version)

    def _simple(self, name: str, node: Node, version: Version) -> list[str] | None:
        """Queries without pages: their whole answer is a short list."""
        if name == "ListDeleted":
            return list(deleting.deleted(self._books, node))
        if name == "DataExtDef":
            return extending.definitions(self._books, node, version)
        return list(deleting.deleted_documents(self._books, node)) if name == "TxnDeleted" else None

    def _transactions(self, request: Request, kind: str, version: Version) -> Answer:
        node = request.node
        names = transactions.wanted(node)
        if names:
            txns, missing = transactions.asked_for(self._books, kind, names)
            if request.attribute("metaData") == "MetaDataOnly":
                return _counted(request, len(txns))
            data = "".join(self._printed(request, version, txns))
            return _answer(request, (500, missing, data) if missing else (0, "", data), _count(request, len(txns)))
        if request.attribute("iterator"):
            return self._iterated(
                request,
                lambda: transactions.places(self._books, kind, node),
                lambda part: self._printed(request, version, transactions.some(self._books, part)),
            )
        found = transactions.places(self._books, kind, node)
        if request.attribute("metaData") == "MetaDataOnly":
            return _counted(request, len(found))
        most = min(_most(node), len(found))
        return _listed(request, list(self._printed(request, version, transactions.some(self._books, found[:most]))))

    def _summaries(self, request: Request) -> Answer:
        only = view(request.node, (1, 0)).only

        def printed(part: Places) -> Iterable[str]:
            return (summaries.shown(txn, only) for txn in transactions.some(self._books, part))

        if request.attribute("iterator"):
            return self._iterated(request, lambda: summaries.places(self._books, request.node), printed)
        found = summaries.places(self._books, request.node)
        if request.attribute("metaData") == "MetaDataOnly":
            return _counted(request, len(found))
        return _listed(request, list(printed(found[: min(_most(request.node), len(found))])))

    def _printed(self, request: Request, version: Version, txns: Iterable[Txn]) -> Iterable[str]:
        how = view(request.node, version)
        lines, links = (transactions.says(request.node, f"Include{what}") for what in ("LineItems", "LinkedTxns"))
        return (transactions.shown(self._books, txn, how, with_lines=lines, with_links=links) for txn in txns)

    def _records(self, request: Request, name: str, version: Version) -> Answer:
        how = view(request.node, version)
        selected = selection(self._books, name, request.node)
        if selected.wanted:
            return self._by_name(request, selected, version)
        if request.attribute("iterator"):
            return self._iterated(
                request,
                lambda: places(self._books, selected),
                lambda part: (shown(self._books, row, how) for row in self._books.store.some(part)),
            )
        if request.attribute("metaData") == "MetaDataOnly":
            return _counted(request, len(places(self._books, selected)))
        most = _most(request.node)
        rets = [
            shown(self._books, row, how) for row, _ in zip(chosen(self._books, selected), range(most), strict=False)
        ]
        return _listed(request, rets)

    def _by_name(self, request: Request, selected: Selection, version: Version) -> Answer:
        rows, missing = asked_for(self._books, selected)
        if request.attribute("metaData") == "MetaDataOnly":
            return _counted(request, len(rows))
        how = view(request.node, version)
        data = "".join(shown(self._books, row, how) for row in rows)
        return _answer(request, (500, missing, data) if missing else (0, "", data), _count(request, len(rows)))

    def _iterated(
        self, request: Request, start: Callable[[], Places], printed: Callable[[Places], Iterable[str]]
    ) -> Answer:
        """Answer one page; an iterator is only good in the session and for the query that started it."""
        identity, walking = self._iterator(request, start)
        if request.attribute("iterator") == "Stop":
            del self._iterators[identity]
            return _answer(request, (0, "", ""))
        if request.attribute("metaData") == "MetaDataOnly":
            return _counted(request, len(walking.places))
        total = len(walking.places)
        data = "".join(printed(walking.page(_most(request.node))))
        state = (("iteratorRemainingCount", str(walking.remaining)), ("iteratorID", identity))
        if not walking.remaining:
            del self._iterators[identity]
        if not total:
            return _answer(request, (1, "", ""))
        return _answer(request, (0, "", data), (*_count(request, total), *state))

    def _iterator(self, request: Request, start: Callable[[], Places]) -> tuple[str, _Iterator]:
        if request.attribute("iterator") == "Start":
            identity = f"{{{uuid.uuid4()}}}"
            self._iterators[identity] = _Iterator(request.name, start())
            return identity, self._iterators[identity]
        identity = request.attribute("iteratorID")
        known = self._iterators.get(identity)
        if known is None or known.name != request.name:
            raise Refused(3391, value=identity)
        return identity, known


def _most(node: Node) -> int:
    return int(node.findtext("MaxReturned") or 1_000_000_000)


def _count(request: Request, count: int) -> tuple[tuple[str, str], ...]:
    return (("retCount", str(count)),) if request.attribute("metaData") == "MetaDataAndResponseData" else ()


def _counted(request: Request, count: int) -> Answer:
    return _answer(request, (0, "", ""), (("retCount", str(count)),))


def _listed(request: Request, rets: list[str]) -> Answer:
    if request.attribute("metaData") == "MetaDataOnly":
        return _counted(request, len(rets))
    return _answer(request, (0 if rets else 1, "", "".join(rets)), _count(request, len(rets)))


def _answer(request: Request, result: Result, extra: Iterable[tuple[str, str]] = ()) -> Answer:
    code, named, data = result
    message = status_text(code, value=named, field=named)
    return Answer(request.name, request.attribute("requestID"), code, message, data, tuple(extra))
