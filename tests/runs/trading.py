"""Both ends of a world that trades: any object of the org, and any record or document of the company file."""

import json
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lxml import etree

from apatar.sandbox.quickbooks import listing
from apatar.sandbox.quickbooks.clock import Now, utc_now
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import escaped
from apatar.sandbox.salesforce.org import Org
from apatar.sandbox.salesforce.wire import Request as OrgRequest
from tests.runs.ends import NOWHERE


class Sales:
    """The org as the people in the sales office see it; no call of theirs counts."""

    def __init__(self, org: Org) -> None:
        self.org = org

    def add(self, kind: str, **fields: Any) -> str:
        return str(self._ask("POST", f"sobjects/{kind}", fields)["id"])

    def change(self, kind: str, record_id: str, **fields: Any) -> None:
        self._ask("PATCH", f"sobjects/{kind}/{record_id}", fields)

    def delete(self, kind: str, record_id: str) -> None:
        self._ask("DELETE", f"sobjects/{kind}/{record_id}")

    def all(self, kind: str, *fields: str, where: str = "") -> list[dict[str, Any]]:
        text = f"SELECT Id, {', '.join(fields)} FROM {kind}" + (f" WHERE {where}" if where else "")
        found: list[dict[str, Any]] = self._ask("GET", f"query?q={quote(text)}")["records"]
        return [{name: value for name, value in row.items() if name != "attributes"} for row in found]

    def one(self, kind: str, *fields: str, where: str = "") -> dict[str, Any]:
        [found] = self.all(kind, *fields, where=where)
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        token = self.org.access.open_session(self.org.access.admin_id)
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}"}
        answer = self.org.handle(OrgRequest(method, f"/services/data/v64.0/{path}", headers, sent, NOWHERE))
        assert answer.status < 300, answer.body
        return json.loads(answer.body) if answer.body else None


class Declined(Exception):
    """QuickBooks did not do what the bookkeeper asked of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Office:
    """The company file as the bookkeeper sees it."""

    def __init__(self, path: Path, *, now: Now = utc_now) -> None:
        self.path = path
        self._now = now

    def add(self, kind: str, inside: str) -> str:
        """Add a record by qbXML and return its ListID or TxnID."""
        return self._id(self.do(f"<{kind}AddRq><{kind}Add>{inside}</{kind}Add></{kind}AddRq>"))

    def change(self, kind: str, record_id: str, inside: str) -> None:
        one = self.one(kind, record_id)
        tag = "TxnID" if "TxnID" in one else "ListID"
        identity = f"<{tag}>{record_id}</{tag}><EditSequence>{one['EditSequence']}</EditSequence>"
        self.do(f"<{kind}ModRq><{kind}Mod>{identity}{inside}</{kind}Mod></{kind}ModRq>")

    def delete_list(self, kind: str, record_id: str) -> None:
        self.do(f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{record_id}</ListID></ListDelRq>")

    def delete_document(self, kind: str, record_id: str) -> None:
        self.do(f"<TxnDelRq><TxnDelType>{kind}</TxnDelType><TxnID>{record_id}</TxnID></TxnDelRq>")

    def void(self, kind: str, record_id: str) -> None:
        self.do(f"<TxnVoidRq><TxnVoidType>{kind}</TxnVoidType><TxnID>{record_id}</TxnID></TxnVoidRq>")

    def all(self, kind: str) -> list[dict[str, Any]]:
        out = StringIO()
        with Company(self.path, now=self._now) as company:
            listing.write_json(company, [kind], out)
        found = json.loads(out.getvalue())
        return [one for name, rows in found.items() if isinstance(rows, list) for one in rows]

    def one(self, kind: str, record_id: str) -> dict[str, Any]:
        [found] = [one for one in self.all(kind) if record_id in {one.get("ListID"), one.get("TxnID")}]
        return found

    def raw(self, kind: str, record_id: str) -> Any:
        """Return the printed Ret of one document, with its lines."""
        return self.do(
            f"<{kind}QueryRq><TxnID>{record_id}</TxnID><IncludeLineItems>1</IncludeLineItems></{kind}QueryRq>"
        )

    def do(self, body: str) -> Any:
        with Company(self.path, now=self._now) as company:
            version = f'<?qbxml version="{company.store.setting("qbxml")}"?>'
            text = f'{version}<QBXML><QBXMLMsgsRq onError="stopOnError">{body}</QBXMLMsgsRq></QBXML>'
            answer = etree.fromstring(company.process(text).encode())[0][0]
        if answer.get("statusCode") != "0":
            raise Declined(str(answer.get("statusCode")), str(answer.get("statusMessage")))
        return answer[0] if len(answer) else answer

    def _id(self, ret: Any) -> str:
        return str(ret.findtext("TxnID") or ret.findtext("ListID"))


def named(name: str) -> str:
    return f"<Name>{escaped(name)}</Name>"
