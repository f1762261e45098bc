from apatar.sandbox.quickbooks.company import Company
from apatar.sandbox.quickbooks.markup import Node
from tests.sandbox.quickbooks.situations import Watch, add, adding, message, named, one, query, status


def deleting(ret: Node, kind: str = "Customer") -> str:
    return f"<ListDelRq><ListDelType>{kind}</ListDelType><ListID>{ret.findtext('ListID')}</ListID></ListDelRq>"


def deleted(company: Company, filters: str = "") -> Node:
    return one(company, f"<ListDeletedQueryRq><ListDelType>Customer</ListDelType>{filters}</ListDeletedQueryRq>")


def test_a_deletion_is_answered_without_a_ret_wrapper(company: Company) -> None:
    ret = add(company, named("Acme"))
    answer = one(company, deleting(ret))
    assert [(child.tag, child.text) for child in answer] == [
        ("ListDelType", "Customer"),
        ("ListID", ret.findtext("ListID")),
        ("TimeDeleted", "2024-01-15T12:00:00-05:00"),
        ("FullName", "Acme"),
    ]
    assert status(one(company, query("<ActiveStatus>All</ActiveStatus>"))) == 1


def test_a_deleted_name_is_free_again(company: Company) -> None:
    one(company, deleting(add(company, named("Acme"))))
    assert status(one(company, adding(named("Acme")))) == 0


def test_deletions_are_remembered_for_90_days(company: Company, watch: Watch) -> None:
    one(company, deleting(add(company, named("Acme"))))
    assert [ret.findtext("FullName") for ret in deleted(company)] == ["Acme"]
    watch.pass_by(days=89)
    assert len(deleted(company)) == 1
    watch.pass_by(days=2)
    assert status(deleted(company)) == 1


def test_deletions_are_asked_for_by_time(company: Company, watch: Watch) -> None:
    one(company, deleting(add(company, named("Early"))))
    watch.pass_by(days=2)
    one(company, deleting(add(company, named("Late"))))
    since = "<DeletedDateRangeFilter><FromDeletedDate>2024-01-16</FromDeletedDate></DeletedDateRangeFilter>"
    assert [ret.findtext("FullName") for ret in deleted(company, since)] == ["Late"]


def test_what_is_in_use_cannot_be_deleted(company: Company) -> None:
    terms = add(company, named("Net 30"), kind="StandardTerms")
    acme = add(company, f"{named('Acme')}<TermsRef><FullName>Net 30</FullName></TermsRef>")
    add(company, f"{named('Roof')}<ParentRef><FullName>Acme</FullName></ParentRef>")
    for answer in (one(company, deleting(terms, "StandardTerms")), one(company, deleting(acme))):
        assert status(answer) == 3160
        assert "in use" in message(answer)


def test_what_does_not_exist_cannot_be_deleted(company: Company) -> None:
    ret = add(company, named("Acme"))
    one(company, deleting(ret))
    assert status(one(company, deleting(ret))) == 3120
