"""What changed, what was deleted, counts and limits, describes and versions."""

import json
from typing import Any

from tests.sandbox.salesforce.visitor import Visitor, operator
from tests.shared_folder import needs_shared, shared


def window(visitor: Visitor, which: str, start: str, end: str) -> Any:
    return visitor.get(f"sobjects/Account/{which}/?start={start}&end={end}")


def test_updated_and_deleted_answer_for_whole_minutes(visitor: Visitor) -> None:
    kept, gone = visitor.create("Account", Name="a"), visitor.create("Account", Name="b")
    visitor.clock.at += 120
    visitor.data("DELETE", f"sobjects/Account/{gone}")
    visitor.clock.at += 120

    changed = window(visitor, "updated", "2026-11-22T11:59:30%2B00:00", "2026-11-22T12:30:45%2B00:00")
    removed = window(visitor, "deleted", "2026-11-22T12:00:00Z", "2026-11-22T12:30:00Z")

    assert changed == {"ids": [kept], "latestDateCovered": "2026-11-22T12:04:00.000+0000"}
    assert removed["deletedRecords"] == [{"id": gone, "deletedDate": "2026-11-22T12:02:00.000+0000"}]
    assert removed["earliestDateAvailable"] == "2026-11-22T12:00:00.000+0000"


def test_a_window_that_reaches_too_far_or_is_empty_is_refused(visitor: Visitor) -> None:
    for which, start in (("deleted", "2026-11-06T00:00:00Z"), ("updated", "2026-10-20T00:00:00Z")):
        answer = visitor.data("GET", f"sobjects/Account/{which}?start={start}&end=2026-11-22T12:00:00Z")
        assert visitor.error(answer)[:2] == (400, "INVALID_REPLICATION_DATE")
    same_minute = "start=2026-11-22T11:00:01Z&end=2026-11-22T11:00:59Z"
    answer = visitor.data("GET", f"sobjects/Account/updated?{same_minute}")
    assert visitor.error(answer)[1] == "INVALID_REPLICATION_DATE"


def test_rows_that_become_visible_late_hold_the_covered_date_back(visitor: Visitor) -> None:
    visitor.org.faults.set(visibility_delay=150)
    made = visitor.create("Account", Name="late")
    visitor.clock.at += 120

    assert visitor.query("SELECT Id FROM Account") == []
    assert operator(visitor).query("SELECT Id FROM Account")[0]["Id"] == made
    covered = window(visitor, "updated", "2026-11-22T11:00:00Z", "2026-11-22T13:00:00Z")
    assert covered == {"ids": [], "latestDateCovered": "2026-11-22T12:00:00.000+0000"}

    visitor.clock.at += 31
    row = visitor.query("SELECT Id, SystemModstamp FROM Account")[0]
    assert row["SystemModstamp"] == "2026-11-22T12:00:00.000+0000"


def test_a_late_update_shows_the_old_values_until_then(visitor: Visitor) -> None:
    made = visitor.create("Account", Name="old")
    visitor.org.faults.set(visibility_delay=10)
    visitor.data("PATCH", f"sobjects/Account/{made}", {"Name": "new"})

    assert visitor.get(f"sobjects/Account/{made}")["Name"] == "old"
    visitor.clock.at += 10
    assert visitor.get(f"sobjects/Account/{made}")["Name"] == "new"


def test_every_answer_but_the_versions_tells_the_usage(visitor: Visitor) -> None:
    versions = visitor.ask("GET", "/services/data", authorization="")

    assert "Sforce-Limit-Info" not in versions.headers
    assert json.loads(versions.body)[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert visitor.data("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/15000"
    assert visitor.data("GET", "sobjects/Foo").headers["Sforce-Limit-Info"] == "api-usage=2/15000"
    visitor.clock.at += 25 * 3_600
    visitor.token = visitor.org.access.open_session(visitor.org.access.user_id)
    assert visitor.data("GET", "limits").headers["Sforce-Limit-Info"] == "api-usage=1/15000"


def test_a_retired_version_is_gone_and_a_future_one_is_not_found(visitor: Visitor) -> None:
    assert visitor.ask("GET", "/services/data/v30.0/limits").status == 410
    assert visitor.ask("GET", "/services/data/v69.0/limits").status == 404


def test_record_counts(visitor: Visitor) -> None:
    visitor.create("Account", Name="x")

    answer = visitor.get("limits/recordCount?sObjects=Account,Contact")
    assert answer == {"sObjects": [{"count": 1, "name": "Account"}, {"count": 0, "name": "Contact"}]}


@needs_shared
def test_a_describe_has_the_keys_of_the_recording(visitor: Visitor) -> None:
    recorded = json.loads(shared("captures/salesforce/describe_Account_v48.json").read_text())
    own = visitor.get("sobjects/Account/describe")

    assert set(recorded) - {"urls"} <= set(own)
    assert set(recorded["fields"][0]) - set(own["fields"][0]) == set()
    described = json.loads(shared("captures/salesforce/describe_global.json").read_text())
    assert set(described["sobjects"][0]) == set(visitor.get("sobjects")["sobjects"][0])


@needs_shared
def test_the_fields_agree_with_the_facts(visitor: Visitor) -> None:
    facts = json.loads(shared("facts/salesforce_objects.json").read_text())
    keys = ("type", "length", "precision", "scale", "nillable", "createable", "updateable", "idLookup")
    differences: list[tuple[str, str, str]] = []
    for name in ("Account", "Contact", "Opportunity"):
        own = {one["name"]: one for one in visitor.get(f"sobjects/{name}/describe")["fields"]}
        known = [one for one in facts[name]["fields"] if one["name"] in own]
        differences += [(name, one["name"], key) for one in known for key in keys if own[one["name"]][key] != one[key]]
    assert differences == []


def test_custom_fields_are_described_as_the_product_asks_for_them(visitor: Visitor) -> None:
    fields = {one["name"]: one for one in visitor.get("sobjects/Account/describe")["fields"]}

    key = fields["QuickBooks_ListID__c"]
    assert (key["length"], key["externalId"], key["unique"], key["caseSensitive"]) == (40, True, True, True)
    assert (fields["QuickBooks_Balance__c"]["precision"], fields["QuickBooks_Balance__c"]["scale"]) == (18, 2)


def test_a_describe_that_did_not_change_is_not_sent_again(visitor: Visitor) -> None:
    since = {"if_modified_since": "Mon, 23 Nov 2026 00:00:00 GMT"}

    assert visitor.data("GET", "sobjects/Account/describe", **since).status == 304
