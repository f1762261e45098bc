from apatar.sandbox.quickbooks.company import Company
from tests.sandbox.quickbooks.situations import (
    Watch,
    add,
    adding,
    change,
    changing,
    message,
    named,
    names,
    one,
    query,
    status,
)

ADDRESS = "<BillAddress><Addr1>12 Oak St</Addr1><Addr2>Suite 4</Addr2><City>Bayshore</City></BillAddress>"


def test_an_empty_element_clears_and_an_absent_one_leaves(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<CompanyName>Acme Inc</CompanyName><Phone>1</Phone><Fax>2</Fax>")
    changed = change(company, ret, "<Phone></Phone><Fax>3</Fax>")
    assert (changed.findtext("CompanyName"), changed.findtext("Phone"), changed.findtext("Fax")) == (
        "Acme Inc",
        None,
        "3",
    )
    assert [found.findtext("ContactName") for found in changed.iterfind("AdditionalContactRef")] == ["Fax"]


def test_an_address_is_changed_line_by_line(company: Company) -> None:
    ret = add(company, named("Acme") + ADDRESS)
    changed = change(company, ret, "<BillAddress><Addr2></Addr2><State>CA</State></BillAddress>")
    lines = [(line.tag, line.text) for line in changed.iterfind("BillAddress/*")]
    assert lines == [("Addr1", "12 Oak St"), ("City", "Bayshore"), ("State", "CA")]
    assert [line.text for line in changed.iterfind("BillAddressBlock/*")] == ["12 Oak St", "Bayshore, CA"]


def test_an_address_whose_lines_are_all_cleared_is_gone(company: Company) -> None:
    ret = add(company, named("Acme") + ADDRESS)
    changed = change(company, ret, "<BillAddress><Addr1></Addr1><Addr2></Addr2><City></City></BillAddress>")
    assert changed.find("BillAddress") is None
    assert changed.find("BillAddressBlock") is None


def test_a_reference_is_set_and_cleared(company: Company) -> None:
    add(company, named("Net 30"), kind="StandardTerms")
    ret = change(company, add(company, named("Acme")), "<TermsRef><FullName>Net 30</FullName></TermsRef>")
    assert ret.findtext("TermsRef/FullName") == "Net 30"
    assert change(company, ret, "<TermsRef><FullName></FullName></TermsRef>").find("TermsRef") is None


def test_a_stale_edit_sequence_returns_the_current_customer(company: Company, watch: Watch) -> None:
    first = add(company, named("Acme"))
    watch.pass_by(seconds=60)
    current = change(company, first, "<Phone>1</Phone>")
    answer = one(company, changing(first, "<Phone>2</Phone>"))
    assert (status(answer), answer.get("statusSeverity")) == (3200, "Error")
    assert message(answer) == f'The provided edit sequence "{first.findtext("EditSequence")}" is out-of-date. '
    assert answer[0].findtext("EditSequence") == current.findtext("EditSequence")
    assert answer[0].findtext("Phone") == "1"


def test_an_edit_sequence_grows_even_within_one_second(company: Company) -> None:
    ret = add(company, named("Acme"))
    seen = [int(ret.findtext("EditSequence") or 0)]
    for number in range(3):
        ret = change(company, ret, f"<Phone>{number}</Phone>")
        seen.append(int(ret.findtext("EditSequence") or 0))
    assert seen == sorted(set(seen))


def test_a_change_moves_time_modified_but_not_time_created(company: Company, watch: Watch) -> None:
    ret = add(company, named("Acme"))
    watch.pass_by(hours=1)
    changed = change(company, ret, "<Phone>1</Phone>")
    assert changed.findtext("TimeCreated") == ret.findtext("TimeCreated")
    assert changed.findtext("TimeModified") == "2024-01-15T13:00:00-05:00"


def test_a_customer_that_does_not_exist_cannot_be_changed(company: Company) -> None:
    ret = add(company, named("Acme"))
    ghost = changing(ret, "<Phone>1</Phone>").replace(ret.findtext("ListID") or "", "80000099-1700000000")
    answer = one(company, ghost)
    assert status(answer) == 3120
    assert message(answer).startswith('Object "80000099-1700000000" specified in the request cannot be found.')


def test_renaming_a_customer_carries_into_its_jobs(company: Company) -> None:
    ret = add(company, named("Acme"))
    add(company, f"{named('Roof')}<ParentRef><FullName>Acme</FullName></ParentRef>")
    add(company, f"{named('Tiles')}<ParentRef><FullName>Acme:Roof</FullName></ParentRef>")
    change(company, ret, named("Apex"))
    answer = one(company, query())
    assert names(answer) == ["Apex", "Apex:Roof", "Apex:Roof:Tiles"]
    assert [found.text for found in answer.iterfind("CustomerRet/ParentRef/FullName")] == ["Apex", "Apex:Roof"]


def test_renaming_to_a_name_in_use_is_refused_and_to_another_case_is_not(company: Company) -> None:
    add(company, named("Bolt"), kind="Vendor")
    ret = add(company, named("Acme"))
    assert status(one(company, changing(ret, named("bolt")))) == 3100
    assert change(company, ret, named("ACME")).findtext("Name") == "ACME"


def test_a_customer_becomes_a_job_and_never_its_own_parent(company: Company) -> None:
    acme, roof = add(company, named("Acme")), add(company, named("Roof"))
    moved = change(company, roof, "<ParentRef><FullName>Acme</FullName></ParentRef>")
    assert (moved.findtext("FullName"), moved.findtext("Sublevel")) == ("Acme:Roof", "1")
    circle = one(company, changing(acme, "<ParentRef><FullName>Acme:Roof</FullName></ParentRef>"))
    assert status(circle) == 3130


def test_a_name_cannot_be_cleared(company: Company) -> None:
    answer = one(company, changing(add(company, named("Acme")), "<Name></Name>"))
    assert (status(answer), message(answer)) == (3190, "Cannot clear the element in the Name field. ")


def test_deactivating_hides_a_record_from_the_default_query(company: Company) -> None:
    change(company, add(company, named("Acme")), "<IsActive>false</IsActive>")
    assert status(one(company, query())) == 1
    assert names(one(company, query("<ActiveStatus>InactiveOnly</ActiveStatus>"))) == ["Acme"]


def test_an_inactive_record_still_holds_its_name(company: Company) -> None:
    change(company, add(company, named("Acme")), "<IsActive>false</IsActive>")
    assert status(one(company, adding(named("Acme")))) == 3100


def test_a_contact_has_its_own_edit_sequence(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<Contacts><FirstName>Ann</FirstName><LastName>Lee</LastName></Contacts>")
    contact = ret[[child.tag for child in ret].index("ContactsRet")]
    identity = (
        f"<ListID>{contact.findtext('ListID')}</ListID><EditSequence>{contact.findtext('EditSequence')}</EditSequence>"
    )
    changed = change(company, ret, f"<ContactsMod>{identity}<FirstName>Anna</FirstName></ContactsMod>")
    assert (changed.findtext("ContactsRet/FirstName"), changed.findtext("ContactsRet/LastName")) == ("Anna", "Lee")
    again = one(company, changing(changed, f"<ContactsMod>{identity}<FirstName>Bea</FirstName></ContactsMod>"))
    assert status(again) == 3200


def test_changed_terms_keep_their_name_in_the_customers_that_point_to_them(company: Company) -> None:
    code = add(company, f"{named('Tax')}<IsTaxable>true</IsTaxable>", kind="SalesTaxCode")
    add(company, f"{named('Acme')}<SalesTaxCodeRef><FullName>Tax</FullName></SalesTaxCodeRef>")
    change(company, code, named("TX"), kind="SalesTaxCode")
    assert one(company, query())[0].findtext("SalesTaxCodeRef/FullName") == "TX"


def test_a_refused_change_leaves_the_record_as_it_was(company: Company) -> None:
    ret = add(company, f"{named('Acme')}<Phone>1</Phone>")
    one(company, changing(ret, "<Phone>2</Phone><TermsRef><FullName>None such</FullName></TermsRef>"))
    assert one(company, query())[0].findtext("Phone") == "1"
