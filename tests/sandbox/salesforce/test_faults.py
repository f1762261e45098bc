"""Everything that can be made to go wrong."""

import json
from pathlib import Path

import pytest

from apatar.sandbox.salesforce.errors import ConnectionCut
from apatar.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.visitor import Visitor, basic, operator


def test_unavailable_counts_down(visitor: Visitor) -> None:
    visitor.org.faults.set(unavailable=2)

    statuses = [visitor.data("GET", "limits").status for _ in range(3)]

    assert statuses == [503, 503, 200]


def test_a_fault_can_be_meant_for_some_requests_only(visitor: Visitor) -> None:
    visitor.org.faults.set(unavailable=1, only_method="POST", only_path="composite")

    assert visitor.data("GET", "limits").status == 200
    assert visitor.data("POST", "composite/sobjects", {}).status == 503


def test_a_cut_before_leaves_nothing_and_a_cut_after_leaves_the_record(visitor: Visitor) -> None:
    for fault, count in (("cut_before", 0), ("cut_after", 1)):
        visitor.org.faults.set(**{fault: 1})
        with pytest.raises(ConnectionCut):
            visitor.data("POST", "sobjects/Account", {"Name": fault})
        assert len(visitor.query("SELECT Id FROM Account")) == count


def test_a_locked_row_refuses_as_often_as_told(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="x")
    visitor.org.faults.set(locked_rows={made: 1})

    results = [visitor.collect("PATCH", "composite/sobjects", [{"Id": made, "Name": "y"}])[0] for _ in range(2)]

    message = f"unable to obtain exclusive access to this record or 1 records: {made[:15]}"
    assert results[0]["errors"] == [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": message, "fields": []}]
    assert results[1]["success"]


def test_the_daily_limit_stops_everyone_but_the_operator(visitor: Visitor) -> None:
    visitor.org.faults.set(daily_limit=2)
    statuses = [visitor.data("GET", "limits").status for _ in range(3)]

    assert statuses == [200, 200, 403]
    error = (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    assert visitor.error(visitor.data("GET", "limits")) == error
    assert operator(visitor).data("GET", "limits").status == 200


def test_sessions_can_be_ended_at_once(visitor: Visitor) -> None:
    boss = operator(visitor)
    answer = visitor.ask("POST", "/sandbox/expire-sessions", authorization=basic(visitor.org))

    assert answer.status == 204
    assert visitor.data("GET", "limits").status == 401
    assert boss.data("GET", "limits").status == 200


def test_a_duplicate_rule_can_be_overruled(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="Pine")
    visitor.org.faults.set(duplicate_rule={"object": "Account", "field": "Name"})

    answer = visitor.data("POST", "sobjects/Account", {"Name": "PINE"})
    allowed = {"sforce_duplicate_rule_header": "allowSave=true"}

    found = json.loads(answer.body)[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]["record"]["Id"]
    assert (visitor.error(answer)[1], found) == ("DUPLICATES_DETECTED", made)
    assert visitor.data("POST", "sobjects/Account", {"Name": "PINE"}, **allowed).status == 201


def test_a_validation_rule_speaks_its_own_words(visitor: Visitor) -> None:
    rule = {"object": "Account", "field": "BillingCity", "value": "Reno", "message": "We do not sell to Reno."}
    visitor.org.faults.set(validation_rule=rule)

    answer = visitor.data("POST", "sobjects/Account", {"Name": "x", "BillingCity": "Reno"})

    assert visitor.error(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "We do not sell to Reno.")
    visitor.create("Account", Name="x", BillingCity="Ely")


def test_the_admin_address_is_guarded_and_changes_faults(visitor: Visitor) -> None:
    key = basic(visitor.org)
    assert visitor.ask("POST", "/sandbox/faults", {"unavailable": 1}).status == 401
    assert visitor.ask("POST", "/sandbox/faults", {"unavailabel": 1}, authorization=key).status == 400
    assert visitor.ask("POST", "/sandbox/faults", {"unavailable": "1"}, authorization=key).status == 400

    answer = visitor.ask("POST", "/sandbox/faults", {"unavailable": 1, "soap_login": False}, authorization=key)

    assert json.loads(answer.body)["unavailable"] == 1
    assert visitor.data("GET", "limits").status == 503
    visitor.ask("DELETE", "/sandbox/faults", authorization=key)
    assert visitor.org.faults.in_force.soap_login is True


def test_faults_and_rows_survive_a_restart(visitor: Visitor, tmp_path: Path) -> None:
    visitor.create("Account", Name="x")
    visitor.org.faults.set(soap_login=False)
    known = visitor.org.credentials
    visitor.org.close()

    with Org(tmp_path / "org", bare=True, now=visitor.clock) as again:
        visitor.org = again
        assert again.credentials == known
        assert again.faults.in_force.soap_login is False
        assert visitor.query("SELECT Name, QuickBooks_ListID__c FROM Account")[0]["Name"] == "x"


def test_accounts_are_added_once_in_a_life(visitor: Visitor) -> None:
    for _ in range(2):
        visitor.org.add_accounts(5, same_as_company=2)

    assert len(visitor.query("SELECT Id FROM Account")) == 5
