"""The org over a real socket, met by clients that were not written here."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed, SalesforceMalformedRequest

from apatar.sandbox.salesforce.server import OrgServer, serve
from tests.sandbox.salesforce.visitor import Visitor


@pytest.fixture
def server(visitor: Visitor) -> Iterator[OrgServer]:
    with serve(visitor.org) as one:
        yield one


class Rewriting(requests.Session):
    """Sends what is meant for a Salesforce host to the sandbox: simple-salesforce speaks https only."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.there = urlsplit(url)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        target = urlsplit(str(url))._replace(scheme="http", netloc=self.there.netloc).geturl()
        return super().request(method, target, *args, **kwargs)


def simple(visitor: Visitor, server: OrgServer, *, version: str = "64.0") -> Salesforce:
    known = visitor.org.credentials
    return Salesforce(
        username=known.user,
        password=known.password,
        security_token=known.security_token,
        version=version,
        session=Rewriting(server.url),
    )


def test_simple_salesforce_walks_through_the_org(visitor: Visitor, server: OrgServer) -> None:
    client: Any = simple(visitor, server)
    try:
        made = client.Account.create({"Name": "Pine", "QuickBooks_Balance__c": 12.34})["id"]
        assert client.Account.update(made, {"Phone": "555"}) == 204
        assert client.Account.upsert("QuickBooks_ListID__c/8-1", {"Name": "Oak"}) == 201
        found = client.query_all("SELECT Name, Phone, QuickBooks_Balance__c FROM Account ORDER BY Name")
        assert [one["Name"] for one in found["records"]] == ["Oak", "Pine"]
        assert found["records"][1]["QuickBooks_Balance__c"] == 12.34
        assert client.Account.describe()["keyPrefix"] == "001"
        assert client.api_usage["api-usage"].used > 0
        assert client.Account.delete(made) == 204
        with pytest.raises(SalesforceMalformedRequest):
            client.query("SELECT Nope FROM Account")
    finally:
        client.session.close()


def test_simple_salesforce_is_refused_at_version_65(visitor: Visitor, server: OrgServer) -> None:
    with pytest.raises(SalesforceAuthenticationFailed, match=r"not available in the API version specified \(65\.0\)"):
        simple(visitor, server, version="65.0")


def test_bulk_with_simple_salesforce(visitor: Visitor, server: OrgServer) -> None:
    client: Any = simple(visitor, server)
    visitor.org.faults.set(bulk_polls=0)
    try:
        done = client.bulk2.Account.insert(records=[{"Name": f"n{one}"} for one in range(3)], wait=0)
        assert done[0]["numberRecordsProcessed"] == 3
        assert done[0]["numberRecordsFailed"] == 0
    finally:
        client.session.close()


def test_graphs_and_children_with_simple_salesforce(visitor: Visitor, server: OrgServer) -> None:
    client: Any = simple(visitor, server)
    base = "/services/data/v64.0/sobjects"
    account = {"method": "PATCH", "url": f"{base}/Account/QuickBooks_ListID__c/8", "referenceId": "a"}
    contact = {"method": "POST", "url": f"{base}/Contact", "referenceId": "c"}
    nodes = [{**account, "body": {"Name": "Pine"}}, {**contact, "body": {"LastName": "Ash", "AccountId": "@{a.id}"}}]
    try:
        asked = {"graphs": [{"graphId": "g", "compositeRequest": nodes}]}
        answer = client.restful("composite/graph", method="POST", json=asked)
        assert answer["graphs"][0]["isSuccessful"] is True
        found = client.query_all("SELECT Name, (SELECT LastName FROM Contacts) FROM Account")
        assert found["records"][0]["Contacts"]["records"][0]["LastName"] == "Ash"
    finally:
        client.session.close()


def test_trading_with_simple_salesforce(visitor: Visitor, server: OrgServer) -> None:
    client: Any = simple(visitor, server)
    try:
        product = client.Product2.create({"Name": "Saw", "IsActive": True})["id"]
        standard = client.query("SELECT Id FROM Pricebook2 WHERE IsStandard = true")["records"][0]["Id"]
        book = client.Pricebook2.create({"Name": "Trade", "IsActive": True})["id"]
        price = {"Product2Id": product, "UnitPrice": 12.5, "IsActive": True}
        with pytest.raises(SalesforceMalformedRequest, match="STANDARD_PRICE_NOT_DEFINED"):
            client.PricebookEntry.create({**price, "Pricebook2Id": book})
        entry = client.PricebookEntry.create({**price, "Pricebook2Id": standard})["id"]
        deal = client.Opportunity.create({"Name": "x", "StageName": "Closed Won", "CloseDate": "2026-12-01"})["id"]
        line = {"OpportunityId": deal, "PricebookEntryId": entry, "Quantity": 2, "UnitPrice": 10.1}
        client.OpportunityLineItem.create(line)
        soql = "SELECT Amount, Pricebook2.IsStandard, (SELECT TotalPrice FROM OpportunityLineItems) FROM Opportunity"
        (found,) = client.query(soql)["records"]
        assert (found["Amount"], found["Pricebook2"]["IsStandard"]) == (20.2, True)
        assert found["OpportunityLineItems"]["records"][0]["TotalPrice"] == 20.2
    finally:
        client.session.close()


def test_chunked_bodies_and_waiting_for_continue_are_understood(visitor: Visitor, server: OrgServer) -> None:
    body = json.dumps({"Name": "Pine"}).encode()
    headers = {"Authorization": f"Bearer {visitor.token}", "Content-Type": "application/json"}
    with requests.Session() as session:
        address = f"{server.url}/services/data/v68.0/sobjects/Account"
        chunked = session.post(address, data=iter([body[:5], body[5:]]), headers=headers, timeout=5)
        waiting = session.post(address, data=body, headers={**headers, "Expect": "100-continue"}, timeout=5)

    assert (chunked.status_code, waiting.status_code) == (201, 201)
    assert chunked.headers["Date"] == "Sun, 22 Nov 2026 12:00:00 GMT"


def test_a_cut_connection_is_no_answer_at_all(visitor: Visitor, server: OrgServer) -> None:
    visitor.org.faults.set(cut_after=1)
    with requests.Session() as session, pytest.raises(requests.ConnectionError):
        session.get(f"{server.url}/services/data", timeout=5)


def test_a_held_request_runs_into_the_callers_time_out(visitor: Visitor, server: OrgServer) -> None:
    visitor.org.faults.set(hold=1, hold_seconds=30)
    with requests.Session() as session, pytest.raises(requests.Timeout):
        session.get(f"{server.url}/services/data", timeout=0.1)


def test_the_command_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    home = tmp_path / "home"
    first = started(home)
    assert {"ready", "user", "password", "security_token", "client_id", "client_secret", "admin_user"} <= set(first)

    again = started(home)

    assert {**first, "ready": ""} == {**again, "ready": ""}


def started(home: Path) -> dict[str, Any]:
    """Start the command, read its line, count its accounts, and stop it."""
    code = "import sys; from apatar.sandbox.salesforce.cli import main; sys.exit(main(sys.argv[1:]))"
    words = ["--home", str(home), "--port", "0", "--accounts", "4", "--json"]
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.PIPE, env=paths) as process:
        assert process.stdout is not None
        facts: dict[str, Any] = json.loads(process.stdout.readline())
        client = {"grant_type": "client_credentials", "client_id": facts["client_id"]}
        client["client_secret"] = facts["client_secret"]
        with requests.Session() as session:
            token = session.post(f"{facts['ready']}/services/oauth2/token", data=client, timeout=5).json()
            address = f"{facts['ready']}/services/data/v68.0/query?q=SELECT+COUNT()+FROM+Account"
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            assert session.get(address, headers=bearer, timeout=5).json()["totalSize"] == 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(2) == 0
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(urlsplit(facts["ready"]).port or 0))) != 0
    return facts
