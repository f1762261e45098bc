from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import add, named, one, query, refused, status

MINE = "{ABCDEF01-2222-3333-4444-555555555555}"


def define(
    company: Company, *, owner: str = "0", name: str = "Salesforce Id", objects: tuple[str, ...] = ("Customer",)
) -> Node:
    assigned = "".join(f"<AssignToObject>{found}</AssignToObject>" for found in objects)
    field = (
        f"<OwnerID>{owner}</OwnerID><DataExtName>{name}</DataExtName><DataExtType>STR255TYPE</DataExtType>{assigned}"
    )
    return one(company, f"<DataExtDefAddRq><DataExtDefAdd>{field}</DataExtDefAdd></DataExtDefAddRq>")


def put(
    company: Company, ret: Node, value: str, *, verb: str = "Mod", name: str = "Salesforce Id", owner: str = "0"
) -> Node:
    target = (
        f"<ListDataExtType>Customer</ListDataExtType><ListObjRef><ListID>{ret.findtext('ListID')}</ListID></ListObjRef>"
    )
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
