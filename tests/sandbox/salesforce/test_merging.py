"""Merging two records on the page: the loser is deleted and names its master, and what pointed to it follows."""

import json
from urllib.parse import quote

from tests.sandbox.salesforce.visitor import Visitor, basic


def test_a_merged_account_names_its_master_and_its_contacts_move(visitor: Visitor) -> None:
    master, loser = (visitor.create("Account", Name=name) for name in ("Kern Lamps", "Kern Lighting"))
    contact = visitor.create("Contact", LastName="Ames", AccountId=loser)
    visitor.clock.at += 60
    body = json.dumps({"object": "Account", "master": master, "loser": loser}).encode()

    answer = visitor.ask("POST", "/sandbox/merge", body, authorization=basic(visitor.org))

    assert answer.status == 204
    gone = visitor.get(f"queryAll?q={quote('SELECT MasterRecordId FROM Account WHERE IsDeleted = true')}")["records"][0]
    assert gone["MasterRecordId"] == master
    [moved] = visitor.query(f"SELECT AccountId FROM Contact WHERE Id = '{contact}'")
    assert moved["AccountId"] == master


def test_what_is_not_there_is_not_merged(visitor: Visitor) -> None:
    one = visitor.create("Account", Name="Kern Lamps")
    body = json.dumps({"object": "Account", "master": one, "loser": one}).encode()
    assert visitor.ask("POST", "/sandbox/merge", body, authorization=basic(visitor.org)).status == 400
    assert visitor.ask("POST", "/sandbox/merge", b"{}", authorization=basic(visitor.org)).status == 400
