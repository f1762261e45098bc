"""Custom fields and objects made over the Metadata API, and what becomes of them everywhere else."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from apatar.sandbox.salesforce.org import Org
from tests.sandbox.salesforce.customizer import (
    Customizer,
    assign,
    custom_object,
    customizer,
    field,
    key,
    permission_set,
    xml,
)
from tests.sandbox.salesforce.visitor import Visitor, operator, visit

INVOICE, LINE = "QuickBooks_Invoice__c", "QuickBooks_Invoice_Line__c"


@pytest.fixture
def bare(tmp_path: Path) -> Any:
    """The integration user of an org that nobody has prepared."""
    one = visit(tmp_path / "bare", bare=True)
    yield one
    one.org.close()


def prepare(visitor: Visitor) -> Customizer:
    """Make invoices with lines, and let the integration user work with them."""
    admin = customizer(visitor)
    admin.make("CustomObject", custom_object(INVOICE), custom_object(LINE, nameField=AUTO))
    admin.make(
        "CustomField",
        key(f"{INVOICE}.QuickBooks_TxnID__c"),
        field(f"{INVOICE}.Account__c", "Lookup", referenceTo="Account", relationshipName="Invoices"),
        field(f"{INVOICE}.Total__c", "Currency", precision=18, scale=2),
        field(f"{INVOICE}.Memo__c", "LongTextArea", length=4095, visibleLines=3),
        field(f"{LINE}.Invoice__c", "MasterDetail", referenceTo=INVOICE, relationshipName="Lines"),
        key(f"{LINE}.QuickBooks_TxnLineID__c"),
        field(f"{LINE}.Quantity__c", "Number", precision=18, scale=5),
    )
    fields = [f"{INVOICE}.{one}__c" for one in ("QuickBooks_TxnID", "Account", "Total", "Memo")]
    fields += [f"{LINE}.{one}__c" for one in ("QuickBooks_TxnLineID", "Quantity")]
    admin.make("PermissionSet", permission_set("QuickBooks_Sync", fields=fields, objects=[LINE, INVOICE]))
    assign(visitor, "QuickBooks_Sync")
    return admin


AUTO = {"displayFormat": "L-{00000}", "label": "Line", "type": "AutoNumber"}


def test_a_new_field_is_answered_as_recorded(bare: Visitor) -> None:
    answer = customizer(bare).call(
        f'<upsertMetadata><metadata xsi:type="CustomField">{key("Account.Key__c")}</metadata></upsertMetadata>'
    )

    inner = "<result><created>true</created><fullName>Account.Key__c</fullName><success>true</success></result>"
    assert inner in answer.body.decode()
    assert answer.headers["Content-Type"] == "text/xml;charset=UTF-8"


def test_a_refusal_is_answered_as_recorded(bare: Visitor) -> None:
    wrong = field("Account.IsReady__c", "Checkbox", required="true", defaultValue="false")

    assert customizer(bare).put("CustomField", wrong) == [
        {
            "created": "false",
            "errors": {
                "message": "Can not specify 'required' for a CustomField of type Checkbox",
                "statusCode": "FIELD_INTEGRITY_EXCEPTION",
            },
            "fullName": "Account.IsReady__c",
            "success": "false",
        }
    ]


def test_the_second_upsert_changes_what_the_first_has_made(bare: Visitor) -> None:
    admin = customizer(bare)
    admin.make("CustomField", field("Account.Terms__c", "Text", length=10))

    (again,) = admin.put("CustomField", field("account.terms__C", "Text", length=31))

    assert (again["created"], again["success"]) == ("false", "true")
    admin.make("PermissionSet", permission_set("See", fields=["Account.Terms__c"]))
    assign(bare, "See")
    described = {one["name"]: one for one in bare.get("sobjects/Account/describe")["fields"]}
    assert described["Terms__c"]["length"] == 31


def test_a_field_made_by_an_api_is_nobodys_until_it_is_granted(bare: Visitor) -> None:
    admin = customizer(bare)
    admin.make("CustomField", key("Account.Key__c"))
    for one in (bare, operator(bare)):
        assert one.refused("SELECT Key__c FROM Account")[0] == "INVALID_FIELD"
        assert "Key__c" not in [found["name"] for found in one.get("sobjects/Account/describe")["fields"]]
    refused = bare.data("POST", "sobjects/Account", {"Name": "x", "Key__c": "8"})
    assert bare.error(refused) == (400, "INVALID_FIELD", "No such column 'Key__c' on sobject of type Account")

    admin.make("PermissionSet", permission_set("See", fields=["Account.Key__c"]))
    assert bare.refused("SELECT Key__c FROM Account")[0] == "INVALID_FIELD"
    assign(bare, "See")

    bare.create("Account", Name="x", Key__c="8")
    assert bare.query("SELECT key__C FROM Account")[0]["Key__c"] == "8"
    assert operator(bare).refused("SELECT Key__c FROM Account")[0] == "INVALID_FIELD"


def test_a_field_that_may_only_be_read_cannot_be_written(bare: Visitor) -> None:
    admin = customizer(bare)
    admin.make("CustomField", field("Account.Balance__c", "Currency", precision=18, scale=2))
    only = {"editable": "false", "field": "Account.Balance__c", "readable": "true"}
    admin.make("PermissionSet", xml(fullName="Look", label="Look", fieldPermissions=[only]))
    assign(bare, "Look")

    assert bare.query("SELECT Balance__c FROM Account") == []
    refused = bare.data("POST", "sobjects/Account", {"Name": "x", "Balance__c": 1})
    assert bare.error(refused)[1] == "INVALID_FIELD_FOR_INSERT_UPDATE"
    described = {one["name"]: one for one in bare.get("sobjects/Account/describe")["fields"]}
    assert (described["Balance__c"]["createable"], described["Balance__c"]["permissionable"]) == (False, True)


def test_a_custom_object_is_there_for_whoever_may_read_it(bare: Visitor) -> None:
    customizer(bare).make("CustomObject", custom_object(INVOICE))

    assert bare.refused(f"SELECT Id FROM {INVOICE}")[0] == "INVALID_TYPE"
    assert bare.data("GET", f"sobjects/{INVOICE}/describe").status == 404
    assert INVOICE not in [one["name"] for one in bare.get("sobjects")["sobjects"]]
    assert INVOICE in [one["name"] for one in operator(bare).get("sobjects")["sobjects"]]


def test_a_custom_object_works_like_any_other(bare: Visitor) -> None:
    prepare(bare)
    pine = bare.create("Account", Name="Pine")
    invoice = bare.create(INVOICE, Name="42", QuickBooks_TxnID__c="A-1", Account__c=pine, Total__c=12.34)
    line = {"attributes": {"type": LINE}, "Invoice__r": {"QuickBooks_TxnID__c": "A-1"}, "Quantity__c": 1.5}
    upsert = f"composite/sobjects/{LINE}/QuickBooks_TxnLineID__c"

    made = bare.collect("PATCH", upsert, [{**line, "QuickBooks_TxnLineID__c": one} for one in ("L-1", "l-1")])

    assert [one["created"] for one in made] == [True, True]
    found = bare.query(f"SELECT Name, Invoice__r.Account__r.Name, Quantity__c FROM {LINE} ORDER BY Name")
    assert [one["Name"] for one in found] == ["L-00001", "L-00002"]
    assert found[0]["Invoice__r"]["Account__r"]["Name"] == "Pine"
    assert invoice.startswith("a00")
    assert made[0]["id"].startswith("a01")


def test_a_unique_key_is_taken_once_and_minds_its_case(bare: Visitor) -> None:
    prepare(bare)
    first = bare.create(INVOICE, QuickBooks_TxnID__c="A-1")
    bare.create(INVOICE, QuickBooks_TxnID__c="a-1")

    again = bare.data("POST", f"sobjects/{INVOICE}", {"QuickBooks_TxnID__c": "A-1"})

    message = f"duplicate value found: QuickBooks_TxnID__c duplicates value on record with id: {first[:15]}"
    assert bare.error(again) == (400, "DUPLICATE_VALUE", message)


def test_lines_go_with_their_invoice_and_stay_in_the_recycle_bin(bare: Visitor) -> None:
    prepare(bare)
    invoice = bare.create(INVOICE, Name="42")
    bare.create(LINE, Invoice__c=invoice)
    missing = bare.data("POST", f"sobjects/{LINE}", {})

    assert bare.error(missing)[1] == "REQUIRED_FIELD_MISSING"
    assert bare.data("DELETE", f"sobjects/{INVOICE}/{invoice}").status == 204
    assert bare.query(f"SELECT Id FROM {LINE}") == []
    everything = bare.get(f"queryAll?q={quote(f'SELECT IsDeleted FROM {LINE}')}")["records"]
    assert [one["IsDeleted"] for one in everything] == [True]


def test_a_custom_object_is_described_like_the_recorded_one(bare: Visitor) -> None:
    prepare(bare)
    invoice, line = (bare.get(f"sobjects/{one}/describe") for one in (INVOICE, LINE))

    assert (invoice["custom"], invoice["keyPrefix"], invoice["label"]) == (True, "a00", "QuickBooks Invoice")
    assert invoice["labelPlural"] == "QuickBooks Invoices"
    child = next(one for one in invoice["childRelationships"] if one["childSObject"] == LINE)
    assert (child["relationshipName"], child["cascadeDelete"]) == ("Lines__r", True)
    fields = {one["name"]: one for one in line["fields"]}
    assert "OwnerId" not in fields
    assert (fields["Name"]["autoNumber"], fields["Name"]["createable"]) == (True, False)
    master = fields["Invoice__c"]
    assert (master["permissionable"], master["nillable"], master["updateable"]) == (False, False, False)
    assert (master["relationshipName"], master["referenceTo"]) == ("Invoice__r", [INVOICE])


def test_what_was_made_survives_a_restart(bare: Visitor, tmp_path: Path) -> None:
    prepare(bare)
    made = bare.create(INVOICE, Name="42", QuickBooks_TxnID__c="A-1", Total__c=12.34)
    bare.org.close()

    bare.org = Org(tmp_path / "bare", bare=True, now=bare.clock)

    found = bare.query(f"SELECT Id, Total__c FROM {INVOICE} WHERE QuickBooks_TxnID__c = 'A-1'")[0]
    assert (found["Id"], found["Total__c"]) == (made, 12.34)
    assert bare.create(INVOICE, Name="43").startswith("a00")


def test_all_or_none_takes_the_good_back_with_the_bad(bare: Visitor) -> None:
    admin = customizer(bare)
    good, bad = field("Account.Good__c", "Date"), field("Account.Bad__c", "Text")

    results = admin.put("CustomField", good, bad, all_or_none=True)

    assert [one["errors"]["statusCode"] for one in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "FIELD_INTEGRITY_EXCEPTION",
    ]
    assert [one["success"] for one in admin.put("CustomField", good, bad)] == ["true", "false"]
    assert admin.refused("CustomField", good, verb="create") == (
        "DUPLICATE_DEVELOPER_NAME",
        "There is already a field named Good on Account.",
    )


@pytest.mark.parametrize(
    ("component", "message"),
    [
        (field("Account.A__c", "Text"), "Must specify 'length' for a CustomField of type Text"),
        (field("Account.A__c", "Number", scale=2), "Must specify 'precision' for a CustomField of type Number"),
        (field("Account.A__c", "LongTextArea", length=500), "Must specify 'visibleLines'"),
        (field("Account.A__c", "TextArea", length=255), "Can not specify 'length' for a CustomField of type TextArea"),
        (field("Account.A__c", "Checkbox"), "Must specify 'defaultValue' for a CustomField of type Checkbox"),
        (field("Account.A__c", "Date", unique="true"), "Can not specify 'unique' for a CustomField of type Date"),
        (field("Account.A__c", "Picklist"), "Must specify 'valueSet' for a CustomField of type Picklist"),
        (field("Account.A__c", "Lookup", referenceTo="No__c"), "referenceTo value of 'No__c' does not resolve"),
        (field("Account.A__c", "Lookup", referenceTo="PricebookEntry"), "does not resolve to a valid sObject type"),
        (xml(fullName="Account.A__c", type="Date"), "Must specify a non-empty label for the CustomField"),
        (field("Account.A", "Date"), "end in __c"),
        (field("Account.A__b__c", "Date"), "not contain two consecutive underscores"),
    ],
)
def test_a_wrong_field_is_refused(bare: Visitor, component: str, message: str) -> None:
    code, text = customizer(bare).refused("CustomField", component)

    assert code == "FIELD_INTEGRITY_EXCEPTION"
    assert message in text


def test_a_field_of_an_unknown_object_is_refused(bare: Visitor) -> None:
    code, _ = customizer(bare).refused("CustomField", field("No__c.A__c", "Date"))

    assert code == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_child_relationship_has_a_name_of_its_own(bare: Visitor) -> None:
    admin = prepare(bare)
    again = field("Contact.Invoice__c", "Lookup", referenceTo=INVOICE, relationshipName="lines")

    assert admin.refused("CustomField", again) == (
        "DUPLICATE_DEVELOPER_NAME",
        "There is already a Child Relationship named lines on QuickBooks Invoice.",
    )


def test_the_26th_external_id_is_one_too_many(bare: Visitor) -> None:
    admin = customizer(bare)
    for start in (0, 10, 20):
        admin.make("CustomField", *(key(f"Account.K{one}__c") for one in range(start, min(start + 10, 25))))

    assert "maximum number of external ID fields" in admin.refused("CustomField", key("Account.K25__c"))[1]


def test_eleven_components_are_one_too_many(bare: Visitor) -> None:
    listed = "".join(f'<metadata xsi:type="CustomField">{key(f"Account.K{one}__c")}</metadata>' for one in range(11))

    answer = customizer(bare).call(f"<upsertMetadata>{listed}</upsertMetadata>")

    assert answer.status == 500
    assert b"LIMIT_EXCEEDED" in answer.body


def test_what_is_deleted_is_gone_everywhere(bare: Visitor) -> None:
    admin = prepare(bare)
    bare.create(INVOICE, Name="42", QuickBooks_TxnID__c="A-1")
    assert admin.delete("CustomObject", INVOICE)[0]["success"] == "false"

    gone = admin.delete("CustomField", f"{INVOICE}.Total__c", f"{INVOICE}.Nope__c")

    assert [one["success"] for one in gone] == ["true", "false"]
    assert gone[1]["errors"]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert bare.refused(f"SELECT Total__c FROM {INVOICE}")[0] == "INVALID_FIELD"
    assert [admin.delete("CustomObject", one)[0]["success"] for one in (LINE, INVOICE)] == ["true", "true"]
    assert operator(bare).refused(f"SELECT Id FROM {INVOICE}")[0] == "INVALID_TYPE"
    admin.make("CustomObject", custom_object(INVOICE))
    assert operator(bare).query(f"SELECT Id FROM {INVOICE}") == []


def test_a_deleted_child_relationship_may_keep_its_name(bare: Visitor) -> None:
    admin = customizer(bare)
    lookup = field("Contact.Best__c", "Lookup", referenceTo="Account", relationshipName="Best_Friends")
    for _ in range(2):
        admin.make("CustomField", lookup)
        admin.delete("CustomField", "Contact.Best__c")
    bare.org.faults.set(deleted_names_stay=True)

    assert (
        admin.refused("CustomField", lookup)[1]
        == "There is already a Child Relationship named Best_Friends on Account."
    )
    bare.clock.at += 15 * 86_400
    admin = customizer(bare)
    admin.make("CustomField", lookup)


def test_children_and_parents_that_may_not_be_read_are_not_there(bare: Visitor) -> None:
    admin = prepare(bare)
    admin.make("CustomObject", custom_object("Secret__c"))
    admin.make(
        "CustomField",
        field("Account.Secret__c", "Lookup", referenceTo="Secret__c", relationshipName="Accounts"),
        field("Secret__c.Account__c", "Lookup", referenceTo="Account", relationshipName="Secrets"),
    )
    admin.make("PermissionSet", permission_set("More", fields=["Account.Secret__c"]))
    assign(bare, "More")

    assert bare.query("SELECT Secret__c, (SELECT Name FROM Invoices__r) FROM Account") == []
    assert bare.refused("SELECT Secret__r.Name FROM Account")[0] == "INVALID_FIELD"
    assert bare.refused("SELECT (SELECT Name FROM Secrets__r) FROM Account")[0] == "INVALID_TYPE"


def test_a_component_is_read_back_as_it_was_written(bare: Visitor) -> None:
    admin = prepare(bare)
    asked = f"<type>CustomField</type><fullNames>{INVOICE}.Total__c</fullNames><fullNames>Account.No__c</fullNames>"

    answer = admin.call(f"<readMetadata>{asked}</readMetadata>").body.decode()

    assert "<precision>18</precision><scale>2</scale>" in answer
    assert '<records xsi:nil="true"/>' in answer


def test_a_field_grows_and_keeps_what_it_holds(bare: Visitor) -> None:
    admin = prepare(bare)
    made = bare.create(LINE, Invoice__c=bare.create(INVOICE), Quantity__c=1.5, QuickBooks_TxnLineID__c="a")
    admin.make("CustomField", field(f"{LINE}.Quantity__c", "Number", precision=18, scale=2))
    loose = field(f"{LINE}.QuickBooks_TxnLineID__c", "Text", length=80, externalId="true", unique="true")
    admin.make("CustomField", loose)

    found = bare.query(f"SELECT Id, Quantity__c FROM {LINE} WHERE QuickBooks_TxnLineID__c = 'A'")[0]

    assert (found["Id"], found["Quantity__c"]) == (made, 1.5)
    assert "Cannot change the type" in admin.refused("CustomField", field(f"{LINE}.Quantity__c", "Date"))[1]


def test_the_sample_orgs_own_fields_stay_open_when_they_are_written_again(visitor: Visitor) -> None:
    (result,) = customizer(visitor).put("CustomField", key("Account.QuickBooks_ListID__c"))

    assert (result["created"], result["success"]) == ("false", "true")
    visitor.create("Account", Name="x", QuickBooks_ListID__c="8")


def test_a_stranger_gets_no_further_than_the_door(bare: Visitor) -> None:
    call = "<describeMetadata><asOfVersion>64.0</asOfVersion></describeMetadata>"
    unknown = customizer(bare).call(call, token="00D!no")
    mere_user = Customizer(bare).call(call)

    assert (unknown.status, mere_user.status) == (500, 500)
    assert b"<faultcode>sf:INVALID_SESSION_ID</faultcode>" in unknown.body
    assert b"<faultcode>sf:INSUFFICIENT_ACCESS</faultcode>" in mere_user.body
    assert re.search(rb"ModifyAllData or ModifyMetadata permissions", mere_user.body)


def test_whoever_is_told_of_the_change_describes_anew(bare: Visitor) -> None:
    bare.clock.at += 100
    before = {"if_modified_since": "Sun, 22 Nov 2026 12:01:40 GMT"}
    assert bare.data("GET", "sobjects/Account/describe", **before).status == 304

    customizer(bare).make("CustomField", key("Account.Key__c"))

    assert bare.data("GET", "sobjects/Account/describe", **before).status == 200


def test_a_bulk_job_takes_rows_of_a_custom_object(bare: Visitor) -> None:
    prepare(bare)
    bare.org.faults.set(bulk_polls=0)
    asked = {"object": INVOICE, "operation": "upsert", "externalIdFieldName": "QuickBooks_TxnID__c"}
    job = json.loads(bare.data("POST", "jobs/ingest", asked).body)["id"]
    rows = b"Name,QuickBooks_TxnID__c\n1,A\n2,a\n"
    assert bare.data("PUT", f"jobs/ingest/{job}/batches", rows, content_type="text/csv").status == 201
    bare.data("PATCH", f"jobs/ingest/{job}", {"state": "UploadComplete"})

    assert bare.get(f"jobs/ingest/{job}")["numberRecordsFailed"] == 0
    assert len(bare.query(f"SELECT Id FROM {INVOICE}")) == 2
