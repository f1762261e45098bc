"""A mapping held against an org, and against itself."""

from dataclasses import replace

import pytest

from apatar.sync.accounts_customers import ACCOUNTS_CUSTOMERS as MAPPING
from apatar.sync.mapping import Direction, Field, ObjectMapping, Owner
from apatar.sync.schema import OrgField, available, check
from apatar.sync.values import Kind

WHOLE = {path: OrgField() for one in MAPPING.fields for path in one.salesforce} | {
    MAPPING.external_id_field: OrgField()
}


def test_an_org_that_has_everything_takes_the_whole_mapping() -> None:
    found = available(MAPPING, WHOLE)
    assert found.mapping == MAPPING
    assert found.reports == ()


def test_a_custom_field_that_the_org_lacks_is_left_out_and_reported() -> None:
    found = available(MAPPING, {path: one for path, one in WHOLE.items() if path != "QuickBooks_Terms__c"})
    assert "terms" not in {one.name for one in found.mapping.fields}
    assert found.reports == (
        "Terms is left out: the org has no field QuickBooks_Terms__c, or the connected user may not see it.",
    )


def test_a_field_the_user_may_not_change_goes_to_quickbooks_only() -> None:
    found = available(MAPPING, WHOLE | {"Phone": OrgField(updateable=False)})
    assert found.mapping.field("phone").direction is Direction.TO_QUICKBOOKS
    assert found.reports == ("Phone goes to QuickBooks only: the connected user may not change Phone.",)


def test_a_field_for_salesforce_only_that_may_not_be_changed_is_left_out() -> None:
    found = available(MAPPING, WHOLE | {"QuickBooks_Balance__c": OrgField(createable=False)})
    assert "balance" not in {one.name for one in found.mapping.fields}
    assert "may not change QuickBooks_Balance__c" in found.reports[0]


def test_the_lengths_of_the_org_count() -> None:
    found = available(MAPPING, WHOLE | {"QuickBooks_Terms__c": OrgField(length=12), "Name": OrgField(length=255)})
    assert found.mapping.field("terms").salesforce_length == 12


def test_an_org_without_the_external_id_field_is_told_what_that_costs() -> None:
    found = available(MAPPING, {path: one for path, one in WHOLE.items() if path != MAPPING.external_id_field})
    assert found.mapping.external_id_field == ""
    assert "Account has no field QuickBooks_ListID__c" in found.reports[0]


def test_the_built_in_mapping_contradicts_nothing() -> None:
    assert check(MAPPING) == []


def a_field_twice() -> ObjectMapping:
    return replace(MAPPING, fields=(*MAPPING.fields, MAPPING.field("phone")))


def an_unknown_name_field() -> ObjectMapping:
    return replace(MAPPING, name_field="title")


def an_owner_that_cannot_write() -> ObjectMapping:
    return replace(
        MAPPING,
        fields=(
            *MAPPING.fields[:2],
            replace(MAPPING.field("phone"), direction=Direction.TO_SALESFORCE, owner=Owner.SALESFORCE),
        ),
    )


def two_fields_into_one() -> ObjectMapping:
    return replace(
        MAPPING, fields=(*MAPPING.fields, replace(MAPPING.field("fax"), name="fax2", quickbooks=("AltPhone",)))
    )


def a_text_over_two_paths() -> ObjectMapping:
    return replace(
        MAPPING, fields=(MAPPING.field("name"), replace(MAPPING.field("fax"), quickbooks=("Fax", "AltPhone")))
    )


def a_stranger_in_a_group() -> ObjectMapping:
    return replace(MAPPING, fields=(MAPPING.field("name"), replace(MAPPING.field("fax"), group="BillAddress")))


def a_field_of_one_side() -> ObjectMapping:
    lonely = Field(name="lonely", label="Lonely", kind=Kind.TEXT, salesforce=("Site",), quickbooks=())
    return replace(MAPPING, fields=(MAPPING.field("name"), lonely))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (a_field_twice(), "'phone' is listed 2 times"),
        (an_unknown_name_field(), "matches by 'title'"),
        (an_owner_that_cannot_write(), "Salesforce owns it, but it may not be written to QuickBooks"),
        (two_fields_into_one(), "Fax of Salesforce would be written by 2 fields"),
        (a_text_over_two_paths(), "only a street may be spread"),
        (a_stranger_in_a_group(), "not all inside BillAddress"),
        (a_field_of_one_side(), "no counterpart on one side"),
    ],
)
def test_a_contradiction_is_named_in_a_sentence(mapping: ObjectMapping, words: str) -> None:
    assert any(words in sentence for sentence in check(mapping))
