import pytest

from apatar.sandbox.quickbooks.company import Company
from tests.sandbox.quickbooks.situations import (
    Watch,
    add,
    attributes_of,
    change,
    message,
    named,
    names,
    one,
    query,
    status,
)

BY_NAME = "<NameFilter><MatchCriterion>{how}</MatchCriterion><Name>{name}</Name></NameFilter>"


def three(company: Company) -> None:
    for name in ("Acme Tools", "Bolt Works", "Coast Tools"):
        add(company, named(name))


def test_nothing_found_is_a_self_closed_answer_with_status_1(company: Company) -> None:
    answer = one(company, query(attributes=' requestID="7"'))
    assert attributes_of(answer) == {
        "requestID": "7",
        "statusCode": "1",
        "statusSeverity": "Info",
        "statusMessage": "A query request did not find a matching object in QuickBooks",
    }
    assert len(answer) == 0


def test_active_status_left_out_means_active_only(company: Company) -> None:
    three(company)
    change(company, one(company, query("<FullName>Bolt Works</FullName>"))[0], "<IsActive>false</IsActive>")
    assert names(one(company, query())) == ["Acme Tools", "Coast Tools"]
    assert names(one(company, query("<ActiveStatus>All</ActiveStatus>"))) == ["Acme Tools", "Bolt Works", "Coast Tools"]


def test_max_returned_cuts_the_list(company: Company) -> None:
    three(company)
    assert names(one(company, query("<MaxReturned>2</MaxReturned>"))) == ["Acme Tools", "Bolt Works"]


@pytest.mark.parametrize(
    ("how", "name", "found"),
    [
        ("StartsWith", "acme", ["Acme Tools"]),
        ("EndsWith", "TOOLS", ["Acme Tools", "Coast Tools"]),
        ("Contains", "t w", ["Bolt Works"]),
        ("Contains", "%", []),
    ],
)
def test_names_are_filtered_without_regard_to_case(how: str, name: str, found: list[str], company: Company) -> None:
    three(company)
    assert names(one(company, query(BY_NAME.format(how=how, name=name)))) == found


def test_a_name_range_includes_both_ends(company: Company) -> None:
    three(company)
    between = "<NameRangeFilter><FromName>acme tools</FromName><ToName>bolt</ToName></NameRangeFilter>"
    assert names(one(company, query(between))) == ["Acme Tools", "Bolt Works"]


def test_one_missing_full_name_is_a_warning_with_what_was_found(company: Company) -> None:
    three(company)
    answer = one(company, query("<FullName>acme tools</FullName><FullName>bleech</FullName>"))
    assert (status(answer), answer.get("statusSeverity")) == (500, "Warn")
    assert message(answer) == (
        'The query request has not been fully completed. There was a required element ("bleech") that could not be '
        "found in QuickBooks."
    )
    assert names(answer) == ["Acme Tools"]


def test_a_list_id_that_does_not_exist_is_an_error(company: Company) -> None:
    answer = one(company, query("<ListID>8000001B-1405768916</ListID>"))
    assert status(answer) == 3120
    assert message(answer) == (
        'Object "8000001B-1405768916" specified in the request cannot be found.  QuickBooks error message: Invalid '
        "argument.  The specified record does not exist in the list."
    )


def test_a_list_id_finds_an_inactive_record_too(company: Company) -> None:
    ret = change(company, add(company, named("Acme")), "<IsActive>false</IsActive>")
    assert names(one(company, query(f"<ListID>{ret.findtext('ListID')}</ListID>"))) == ["Acme"]


def test_a_malformed_list_id_is_refused_by_its_value(company: Company) -> None:
    answer = one(company, query("<ListID>what?</ListID>"))
    assert (status(answer), message(answer)) == (3000, 'The given object ID "what?" in the field "list id" is invalid.')


@pytest.mark.parametrize(
    ("since", "found"),
    [
        ("2024-07-01T13:00:00", ["Late"]),
        ("2024-07-01T13:00:01", []),
        ("2024-07-01T13:00:00-05:00", ["Late"]),
        ("2024-07-01T18:00:00Z", ["Late"]),
        ("2024-07-01", ["Late"]),
        ("2024-07-02", []),
    ],
)
def test_from_modified_date_is_wall_clock_and_inclusive(
    since: str, found: list[str], company: Company, watch: Watch
) -> None:
    add(company, named("Early"))
    watch.pass_by(days=168)
    late = add(company, named("Late"))
    assert late.findtext("TimeModified") == "2024-07-01T13:00:00-05:00"
    assert names(one(company, query(f"<FromModifiedDate>{since}</FromModifiedDate>"))) == found


@pytest.mark.parametrize(
    ("until", "found"), [("2024-01-15T12:00:00", 1), ("2024-01-15T11:59:59", 0), ("2024-01-15", 1)]
)
def test_to_modified_date_is_inclusive(until: str, found: int, company: Company) -> None:
    add(company, named("Acme"))
    assert len(one(company, query(f"<ToModifiedDate>{until}</ToModifiedDate>"))) == found


@pytest.mark.parametrize("moment", ["yesterday", "2024-13-01", "2024-01-15T25:00:00"])
def test_a_time_that_cannot_be_read_is_a_status(moment: str, company: Company) -> None:
    assert status(one(company, query(f"<FromModifiedDate>{moment}</FromModifiedDate>"))) == 3020


def test_a_range_that_ends_before_it_starts_is_refused(company: Company) -> None:
    window = "<FromModifiedDate>2024-02-01</FromModifiedDate><ToModifiedDate>2024-01-01</ToModifiedDate>"
    assert status(one(company, query(window))) == 3030


def test_include_ret_element_trims_the_ret(company: Company) -> None:
    three(company)
    trimmed = query("<IncludeRetElement>Name</IncludeRetElement><IncludeRetElement>ListID</IncludeRetElement>")
    assert [child.tag for child in one(company, trimmed)[0]] == ["ListID", "Name"]


def test_an_older_version_does_not_see_newer_elements(company: Company) -> None:
    add(company, f"{named('Acme')}<JobTitle>Owner</JobTitle><Phone>1</Phone>")
    tags = {child.tag for child in one(company, query(), version="11.0")[0]}
    assert "Phone" in tags
    assert not tags & {"JobTitle", "AdditionalContactRef", "PreferredDeliveryMethod"}


def test_metadata_counts_with_or_without_the_records(company: Company) -> None:
    three(company)
    only = one(company, query(attributes=' metaData="MetaDataOnly"'))
    both = one(company, query("<MaxReturned>2</MaxReturned>", attributes=' metaData="MetaDataAndResponseData"'))
    assert (only.get("retCount"), len(only)) == ("3", 0)
    assert (both.get("retCount"), len(both)) == ("2", 2)
    assert list(both.attrib) == ["statusCode", "statusSeverity", "statusMessage", "retCount"]


def test_the_total_balance_is_compared_as_money(company: Company) -> None:
    for name, balance in (("Acme", "9.50"), ("Bolt", "100.00")):
        add(company, f"{named(name)}<OpenBalance>{balance}</OpenBalance>")
    owing = "<TotalBalanceFilter><Operator>GreaterThan</Operator><Amount>10.00</Amount></TotalBalanceFilter>"
    assert names(one(company, query(owing))) == ["Bolt"]


def test_a_class_filter_finds_what_points_to_the_class(company: Company) -> None:
    add(company, named("East"), kind="Class")
    add(company, f"{named('North')}<ParentRef><FullName>East</FullName></ParentRef>", kind="Class")
    add(company, f"{named('Acme')}<ClassRef><FullName>East:North</FullName></ClassRef>")
    add(company, named("Bolt"))
    below = "<ClassFilter><FullNameWithChildren>East</FullNameWithChildren></ClassFilter>"
    assert names(one(company, query(below))) == ["Acme"]
    assert names(one(company, query("<ClassFilter><FullName>East</FullName></ClassFilter>"))) == []


def test_an_entity_query_returns_all_four_kinds_of_name(company: Company) -> None:
    add(company, named("C"))
    add(company, named("V"), kind="Vendor")
    add(company, named("O"), kind="OtherName")
    add(company, "<FirstName>E</FirstName>", kind="Employee")
    tags = [ret.tag for ret in one(company, query(kind="Entity"))]
    assert tags == ["CustomerRet", "VendorRet", "OtherNameRet", "EmployeeRet"]


def test_a_terms_query_returns_both_kinds_of_terms(company: Company) -> None:
    add(company, named("Net 30"), kind="StandardTerms")
    add(company, f"{named('10th')}<DayOfMonthDue>10</DayOfMonthDue>", kind="DateDrivenTerms")
    assert [ret.tag for ret in one(company, query(kind="Terms"))] == ["StandardTermsRet", "DateDrivenTermsRet"]


def test_accounts_are_filtered_by_their_type(company: Company) -> None:
    for name, kind in (("Checking", "Bank"), ("Sales", "Income"), ("Rent", "Expense")):
        add(company, f"{named(name)}<AccountType>{kind}</AccountType>", kind="Account")
    types = "<AccountType>Bank</AccountType><AccountType>Income</AccountType>"
    assert names(one(company, query(types, kind="Account"))) == ["Checking", "Sales"]
