import re

import pytest

from apatar.sandbox.quickbooks.company import Company
from tests.sandbox.quickbooks.situations import (
    START,
    Watch,
    add,
    adding,
    ask,
    message,
    message_set,
    named,
    one,
    query,
    status,
)

ADDRESS = "<Addr1>12 Oak St</Addr1><City>Bayshore</City><State>CA</State><PostalCode>94326</PostalCode>"


def test_a_new_customer_is_answered_with_everything_quickbooks_adds(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<CreditLimit>2000</CreditLimit>")
    expected = {"FullName": "Acme", "IsActive": "true", "Sublevel": "0", "Balance": "0.00", "TotalBalance": "0.00"}
    assert {name: ret.findtext(name) for name in expected} == expected
    assert (ret.findtext("JobStatus"), ret.findtext("CreditLimit")) == ("None", "2000.00")


def test_an_id_and_an_edit_sequence_are_the_time_of_their_making(company: Company) -> None:
    ret = add(company, named("Acme"))
    assert re.fullmatch(rf"[0-9A-F]+-{int(START.timestamp())}", ret.findtext("ListID") or "")
    assert ret.findtext("EditSequence") == str(int(START.timestamp()))


def test_ids_of_two_lists_may_be_the_same_but_never_within_one(company: Company) -> None:
    customers = {add(company, named(f"Customer {number}")).findtext("ListID") for number in range(5)}
    vendor = add(company, named("Vendor"), kind="Vendor").findtext("ListID")
    terms = add(company, named("Net 30"), kind="StandardTerms").findtext("ListID")
    assert len(customers) == 5
    assert vendor not in customers
    assert terms in customers


def test_times_are_wall_clock_with_the_standard_offset_in_summer_too(company: Company, watch: Watch) -> None:
    winter = add(company, named("Winter"))
    watch.pass_by(days=180)
    summer = add(company, named("Summer"))
    assert winter.findtext("TimeCreated") == "2024-01-15T12:00:00-05:00"
    assert summer.findtext("TimeCreated") == "2024-07-13T13:00:00-05:00"


def test_elements_stand_in_the_order_of_the_ret(company: Company) -> None:
    inside = f"{named('Acme')}<CompanyName>Acme Inc</CompanyName><BillAddress>{ADDRESS}</BillAddress>"
    ret = add(company, inside + "<Phone>555-0100</Phone><Notes>hello</Notes>")
    tags = [child.tag for child in ret]
    assert tags[:8] == [
        "ListID",
        "TimeCreated",
        "TimeModified",
        "EditSequence",
        "Name",
        "FullName",
        "IsActive",
        "Sublevel",
    ]
    assert tags[8:13] == ["CompanyName", "BillAddress", "BillAddressBlock", "Phone", "AdditionalContactRef"]


def test_an_address_comes_back_as_a_block_too(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<ShipAddress>{ADDRESS}</ShipAddress>")
    assert [line.text for line in ret.iterfind("ShipAddressBlock/*")] == ["12 Oak St", "Bayshore, CA 94326"]
    assert ret.findtext("ShipToAddress/Name") == "Ship To 1"
    assert ret.findtext("ShipToAddress/DefaultShipTo") == "true"


def test_phones_and_mails_are_labelled(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<Phone>1</Phone><Fax>2</Fax><Email>a@b.example</Email>")
    labels = [found.findtext("ContactName") for found in ret.iterfind("AdditionalContactRef")]
    assert labels == ["Main Phone", "Fax", "Main Email"]


@pytest.mark.parametrize("kind", ["Customer", "Vendor", "OtherName"])
def test_a_name_is_unique_over_customers_vendors_employees_and_other_names(kind: str, company: Company) -> None:
    add(company, "<FirstName>Dan</FirstName><LastName>Miller</LastName>", kind="Employee")
    answer = one(company, adding(named("DAN miller"), kind=kind))
    assert status(answer) == 3100
    assert message(answer) == 'The name "DAN miller" of the list element is already in use.'
    assert len(answer) == 0


def test_a_name_with_a_colon_is_refused_with_the_captured_text(company: Company) -> None:
    answer = one(company, adding(named("Incorrect : Name")))
    assert status(answer) == 3090
    assert message(answer) == (
        'There was an error when storing "Incorrect : Name" in the "customer name" field.  QuickBooks error message: '
        "Names in this list cannot contain a colon.  The colon is a special character used to indicate a parent/child "
        "relationship."
    )


def test_an_over_long_name_spoils_only_its_own_request(company: Company) -> None:
    answers = ask(company, adding(named("x" * 42)) + adding(named("y" * 41)))
    assert [status(answer) for answer in answers] == [3070, 0]
    assert message(answers[0]) == f'The string "{"x" * 42}" in the field "Name" is too long.'


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ("<IsActive>yes</IsActive>", 3010),
        ("<ParentRef><ListID>no id</ListID></ParentRef>", 3000),
        ("<TermsRef><FullName>Net 99</FullName></TermsRef>", 3140),
        ("<CreditLimit>12.5</CreditLimit>", 3040),
        ("<JobStartDate>2024-02-30</JobStartDate>", 3020),
        ("<ExternalGUID>abc</ExternalGUID>", 3065),
    ],
)
def test_a_wrong_value_is_a_status_of_its_request(inside: str, code: int, company: Company) -> None:
    answer = one(company, adding(named("A") + inside))
    assert status(answer) == code
    assert len(answer) == 0
    assert status(one(company, query())) == 1


def test_a_missing_parent_is_an_invalid_reference(company: Company) -> None:
    answer = one(company, adding(f"{named('Job')}<ParentRef><FullName>Nobody</FullName></ParentRef>"))
    assert status(answer) == 3140
    assert message(answer) == (
        'There is an invalid reference to QuickBooks Parent "Nobody" in the Customer.  QuickBooks error message: '
        "Invalid argument.  The specified record does not exist in the list."
    )


def test_a_job_stands_below_its_customer(company: Company) -> None:
    parent = add(company, named("Acme"))
    job = add(company, f"{named('Roof')}<ParentRef><ListID>{parent.findtext('ListID')}</ListID></ParentRef>")
    deeper = add(company, f"{named('Tiles')}<ParentRef><FullName>acme:roof</FullName></ParentRef>")
    assert (job.findtext("FullName"), job.findtext("Sublevel")) == ("Acme:Roof", "1")
    assert (deeper.findtext("FullName"), deeper.findtext("Sublevel")) == ("Acme:Roof:Tiles", "2")
    assert job.findtext("ParentRef/FullName") == "Acme"


def test_the_same_job_name_may_stand_below_two_customers(company: Company) -> None:
    for parent in ("Acme", "Bolt"):
        add(company, named(parent))
        add(company, f"{named('Roof')}<ParentRef><FullName>{parent}</FullName></ParentRef>")
    again = one(company, adding(f"{named('Roof')}<ParentRef><FullName>Bolt</FullName></ParentRef>"))
    assert status(again) == 3100


def test_a_reference_is_answered_with_id_and_name_and_its_id_wins(company: Company) -> None:
    net_30 = add(company, named("Net 30"), kind="StandardTerms")
    ref = f"<TermsRef><ListID>{net_30.findtext('ListID')}</ListID><FullName>Net 99</FullName></TermsRef>"
    assert add(company, named("Acme") + ref).findtext("TermsRef/FullName") == "Net 30"


def test_a_sales_rep_is_never_a_customer(company: Company) -> None:
    add(company, named("Acme"))
    rep = "<Initial>AC</Initial><SalesRepEntityRef><FullName>Acme</FullName></SalesRepEntityRef>"
    assert status(one(company, adding(rep, kind="SalesRep"))) == 3140


def test_a_customer_names_its_rep_by_the_initials(company: Company) -> None:
    add(company, "<FirstName>Dan</FirstName><LastName>Miller</LastName>", kind="Employee")
    rep = "<Initial>DM</Initial><SalesRepEntityRef><FullName>Dan Miller</FullName></SalesRepEntityRef>"
    add(company, rep, kind="SalesRep")
    ret = add(company, f"{named('Acme')}<SalesRepRef><FullName>DM</FullName></SalesRepRef>")
    assert ret.findtext("SalesRepRef/FullName") == "DM"


def test_an_external_guid_and_contacts_are_kept(company: Company) -> None:
    guid = "{11111111-2222-3333-4444-555555555555}"
    contacts = "<Contacts><FirstName>Ann</FirstName></Contacts><Contacts><FirstName>Bob</FirstName></Contacts>"
    ret = add(company, f"{named('Acme')}{contacts}<ExternalGUID>{guid}</ExternalGUID>")
    assert ret.findtext("ExternalGUID") == guid
    assert [found.text for found in ret.iterfind("ContactsRet/FirstName")] == ["Ann", "Bob"]
    assert all(len(found.text or "") == 16 for found in ret.iterfind("ContactsRet/ListID"))


def test_a_card_number_is_never_kept(company: Company) -> None:
    card = "<CreditCardInfo><CreditCardNumber>4111111111112222</CreditCardNumber></CreditCardInfo>"
    ret = add(company, named("Acme") + card)
    assert ret.findtext("CreditCardInfo/CreditCardNumber") == "xxxxxxxxxxxx2222"


def test_a_field_that_is_not_supported_is_a_warning_with_the_ret(company: Company) -> None:
    answer = one(company, adding(f"{named('Acme')}<IsStatementWithParent>true</IsStatementWithParent>"))
    assert (status(answer), answer.get("statusSeverity")) == (530, "Warn")
    assert message(answer) == 'The field "IsStatementWithParent" is not supported by this implementation.'
    assert answer[0].findtext("Name") == "Acme"


def test_an_opening_balance_is_the_balance(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<OpenBalance>12.30</OpenBalance><OpenBalanceDate>2024-01-01</OpenBalanceDate>")
    assert (ret.findtext("Balance"), ret.findtext("TotalBalance")) == ("12.30", "12.30")


def test_text_comes_back_as_it_was_given(company: Company) -> None:
    ret = add(company, f"{named('O&apos;Neil &amp; &quot;Sons&quot; &lt;Café&gt;')}<Notes>one\n\ntwo</Notes>")
    assert (ret.findtext("Name"), ret.findtext("Notes")) == ('O\'Neil & "Sons" <Café>', "one\n\ntwo")
    text = company.process(message_set(query()))
    assert "<Name>O&apos;Neil &amp; &quot;Sons&quot; &lt;Caf&#233;&gt;</Name>" in text


@pytest.mark.parametrize(
    ("kind", "inside"),
    [
        ("Vendor", f"{named('V')}<VendorAddress>{ADDRESS}</VendorAddress>"),
        ("OtherName", named("O")),
        ("Account", f"{named('Checking')}<AccountType>Bank</AccountType>"),
        ("StandardTerms", f"{named('Net 30')}<StdDueDays>30</StdDueDays>"),
        ("DateDrivenTerms", f"{named('10th')}<DayOfMonthDue>10</DayOfMonthDue>"),
        ("CustomerType", named("Commercial")),
        ("JobType", named("Remodel")),
        ("VendorType", named("Supplies")),
        ("SalesTaxCode", f"{named('Tax')}<IsTaxable>1</IsTaxable>"),
        ("PriceLevel", f"{named('Loyal')}<PriceLevelFixedPercentage>-10.0</PriceLevelFixedPercentage>"),
        ("PaymentMethod", named("Check")),
        ("ShipMethod", named("UPS")),
        ("CustomerMsg", named("Thank you")),
        ("Class", named("East")),
    ],
)
def test_every_small_list_takes_a_record_and_gives_it_back(kind: str, inside: str, company: Company) -> None:
    ret = add(company, inside, kind=kind)
    answer = one(company, query(kind=kind))
    assert [(found.tag, found.findtext("ListID")) for found in answer] == [(f"{kind}Ret", ret.findtext("ListID"))]
