import pytest
from lxml import etree

from apatar.sandbox.quickbooks.captured import load
from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import add, message_set, named, one, query, refused, status
from tests.shared_folder import needs_shared, schema_of_quickbooks, shared

MINE = "{ABCDEF01-2222-3333-4444-555555555555}"


def define(
    company: Company,
    *,
    owner: str = "0",
    name: str = "Salesforce Id",
    objects: tuple[str, ...] = ("Customer",),
    data_type: str = "STR255TYPE",
) -> Node:
    assigned = "".join(f"<AssignToObject>{found}</AssignToObject>" for found in objects)
    field = (
        f"<OwnerID>{owner}</OwnerID><DataExtName>{name}</DataExtName><DataExtType>{data_type}</DataExtType>{assigned}"
    )
    return one(company, f"<DataExtDefAddRq><DataExtDefAdd>{field}</DataExtDefAdd></DataExtDefAddRq>")


def put(
    company: Company,
    ret: Node,
    value: str,
    *,
    verb: str = "Mod",
    name: str = "Salesforce Id",
    owner: str = "0",
    kind: str = "Customer",
) -> Node:
    target = (
        f"<ListDataExtType>{kind}</ListDataExtType><ListObjRef><ListID>{ret.findtext('ListID')}</ListID></ListObjRef>"
    )
    return put_on(company, target, value, verb=verb, name=name, owner=owner)


def put_on(
    company: Company, target: str, value: str, *, verb: str = "Mod", name: str = "Salesforce Id", owner: str = "0"
) -> Node:
    field = f"<OwnerID>{owner}</OwnerID><DataExtName>{name}</DataExtName>{target}<DataExtValue>{value}</DataExtValue>"
    return one(company, f"<DataExt{verb}Rq><DataExt{verb}>{field}</DataExt{verb}></DataExt{verb}Rq>")


def seen(company: Company, owner: str) -> list[str]:
    answer = one(company, query(f"<OwnerID>{owner}</OwnerID>"))
    return [found.text or "" for found in answer.iterfind("CustomerRet/DataExtRet/DataExtValue")]


def test_a_custom_field_is_set_and_only_shown_to_who_asks_for_its_owner(company: Company) -> None:
    define(company)
    answer = put(company, add(company, named("Acme")), "0015g00000abc")
    assert [(child.tag, child.text) for child in answer[0]] == [
        ("OwnerID", "0"),
        ("DataExtName", "Salesforce Id"),
        ("DataExtType", "STR255TYPE"),
        ("DataExtValue", "0015g00000abc"),
    ]
    assert seen(company, "0") == ["0015g00000abc"]
    assert seen(company, MINE) == []
    assert one(company, query())[0].find("DataExtRet") is None


def test_a_private_field_belongs_to_its_owner(company: Company) -> None:
    define(company, owner=MINE)
    put(company, add(company, named("Acme")), "secret", owner=MINE)
    assert (seen(company, "0"), seen(company, MINE.lower())) == ([], ["secret"])


def test_adding_to_an_existing_public_field_works_as_setting_it(company: Company) -> None:
    define(company)
    ret = add(company, named("Acme"))
    put(company, ret, "one", verb="Add")
    assert status(put(company, ret, "two", verb="Add")) == 0
    assert seen(company, "0") == ["two"]


def test_an_empty_value_or_a_deletion_takes_the_field_away(company: Company) -> None:
    define(company)
    ret = add(company, named("Acme"))
    put(company, ret, "one")
    assert status(put(company, ret, "")) == 0
    assert seen(company, "0") == []


def test_a_changed_field_is_a_changed_record(company: Company) -> None:
    define(company)
    ret = add(company, named("Acme"))
    put(company, ret, "one")
    current = one(company, query())[0]
    assert int(current.findtext("EditSequence") or 0) > int(ret.findtext("EditSequence") or 0)


def test_a_field_that_was_never_defined_is_refused(company: Company) -> None:
    assert status(put(company, add(company, named("Acme")), "one")) == 3120


def test_a_value_over_255_characters_is_too_long(company: Company) -> None:
    define(company)
    assert status(put(company, add(company, named("Acme")), "x" * 256)) == 3070


def test_a_field_is_defined_once(company: Company) -> None:
    assert status(define(company)) == 0
    assert status(define(company, name="SALESFORCE ID")) == 3100
    answer = one(company, "<DataExtDefQueryRq><OwnerID>0</OwnerID></DataExtDefQueryRq>")
    assert [ret.findtext("DataExtName") for ret in answer] == ["Salesforce Id"]


def test_custom_fields_exist_for_six_kinds_of_list_only(company: Company) -> None:
    target = "<ListDataExtType>SalesRep</ListDataExtType><ListObjRef><FullName>DM</FullName></ListObjRef>"
    field = f"<OwnerID>0</OwnerID><DataExtName>A</DataExtName>{target}<DataExtValue>1</DataExtValue>"
    refused(company, f"<DataExtModRq><DataExtMod>{field}</DataExtMod></DataExtModRq>")


def test_an_item_of_any_kind_carries_custom_fields(trading: Company) -> None:
    define(trading, objects=("Item",))
    kit = add(trading, named("Kit"), kind="ItemGroup")
    assert status(put(trading, kit, "01t000", kind="Item")) == 0
    answer = one(trading, query("<OwnerID>0</OwnerID>", kind="Item"))
    assert answer.findtext("ItemGroupRet/DataExtRet/DataExtValue") == "01t000"


@pytest.mark.parametrize(
    ("data_type", "value", "code"),
    [
        ("INTTYPE", "many", 3085),
        ("AMTTYPE", "1.234", 3040),
        ("PRICETYPE", "cheap", 3045),
        ("PERCENTTYPE", "half", 3050),
        ("QUANTYPE", "some", 3060),
    ],
)
def test_a_value_has_the_type_of_its_field(data_type: str, value: str, code: int, company: Company) -> None:
    define(company, data_type=data_type)
    ret = add(company, named("Acme"))
    assert status(put(company, ret, value)) == code
    assert put(company, ret, "7")[0].findtext("DataExtType") == data_type


def test_definitions_say_where_they_belong(company: Company) -> None:
    define(company, objects=("Customer", "Invoice"))
    define(company, name="Shelf", objects=("Item",))
    for_items = "<DataExtDefQueryRq><AssignToObject>Item</AssignToObject></DataExtDefQueryRq>"
    assert [ret.findtext("DataExtName") for ret in one(company, for_items)] == ["Shelf"]
    new, old = (one(company, "<DataExtDefQueryRq/>", version=version)[0] for version in ("11.0", "10.0"))
    assert [found.text for found in new.iterfind("AssignToObject")] == ["Customer", "Invoice"]
    assert {child.tag for child in new} - {child.tag for child in old} == {
        "DataExtID",
        "DataExtListRequire",
        "DataExtTxnRequire",
        "DataExtFormatString",
    }


def test_a_field_is_renamed_with_its_values_and_taken_away_with_them(company: Company) -> None:
    define(company)
    put(company, add(company, named("Acme")), "one")
    mark = "<OwnerID>0</OwnerID><DataExtName>Salesforce Id</DataExtName>"
    renaming = f"{mark}<DataExtNewName>CRM</DataExtNewName><AssignToObject>Item</AssignToObject>"
    answer = one(company, f"<DataExtDefModRq><DataExtDefMod>{renaming}</DataExtDefMod></DataExtDefModRq>")
    assert [found.text for found in answer[0].iterfind("AssignToObject")] == ["Customer", "Item"]
    assert one(company, query("<OwnerID>0</OwnerID>"))[0].findtext("DataExtRet/DataExtName") == "CRM"
    gone = "<OwnerID>0</OwnerID><DataExtName>CRM</DataExtName>"
    deleted = one(company, f"<DataExtDefDelRq>{gone}</DataExtDefDelRq>")
    assert (deleted[0].tag, deleted[0].findtext("DataExtName")) == ("DataExtDefDelRet", "CRM")
    assert seen(company, "0") == []
    assert status(one(company, f"<DataExtDefDelRq>{gone}</DataExtDefDelRq>")) == 3120


@needs_shared
def test_documents_and_their_lines_carry_custom_fields(company: Company) -> None:
    load(company, [shared("captures/qbxml/rs_invoice_query_iterator__consolibyte.xml")])
    define(company, objects=("Invoice",))
    invoice = one(company, query("<IncludeLineItems>true</IncludeLineItems>", kind="Invoice"))[0]
    head = f"<TxnDataExtType>Invoice</TxnDataExtType><TxnID>{invoice.findtext('TxnID')}</TxnID>"
    line = f"<TxnLineID>{invoice.findtext('InvoiceLineRet/TxnLineID')}</TxnLineID>"
    assert status(put_on(company, head, "head")) == 0
    assert status(put_on(company, head + line, "line")) == 0
    assert status(put_on(company, f"{head}<TxnLineID>1-1</TxnLineID>", "line")) == 3120
    assert status(put_on(company, head.replace("Invoice", "Estimate"), "head")) == 3120
    asked = "<IncludeLineItems>true</IncludeLineItems><OwnerID>0</OwnerID>"
    again = one(company, query(asked, kind="Invoice"))[0]
    assert again.findtext("DataExtRet/DataExtValue") == "head"
    assert again.findtext("InvoiceLineRet/DataExtRet/DataExtValue") == "line"
    assert int(again.findtext("EditSequence") or 0) > int(invoice.findtext("EditSequence") or 0)


@needs_shared
def test_definitions_obey_the_schema(company: Company) -> None:
    schema = schema_of_quickbooks()
    define(company, objects=("Customer", "Invoice"))
    schema.assertValid(etree.fromstring(company.process(message_set("<DataExtDefQueryRq/>", version="13.0")).encode()))
