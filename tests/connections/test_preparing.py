"""Preparing a real (sandbox) org: bare, then prepared, then prepared again, then bare again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from apatar.connections.errors import WrongOrg
from apatar.connections.models import Connection
from apatar.connections.orgkit import KIT
from apatar.connections.orgkit_plan import Act, Seen, Step, missing, plan
from apatar.connections.preparing import Done, open_setup
from apatar.connections.salesforce import open_client, transport_of
from apatar.salesforce import graph
from apatar.salesforce.errors import LoginRefused
from apatar.salesforce.soql import select
from tests.accounts.people import owner_of_a_workspace
from tests.connections.prepared import Bare, a_bare_org

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bare(tmp_path: Path, settings: Any) -> Iterator[Bare]:
    with a_bare_org(tmp_path / "org", settings) as one:
        yield one


@pytest.fixture
def connection(bare: Bare) -> Connection:
    return bare.connected(owner_of_a_workspace())


def prepared(bare: Bare, connection: Connection) -> list[Done]:
    with open_setup(connection, admin=bare.admin) as setup:
        return list(setup.prepare(plan(setup.look())))


def seen_by_the_administrator(bare: Bare, connection: Connection) -> Seen:
    with open_setup(connection, admin=bare.admin) as setup:
        return setup.look()


def failures(done: list[Done]) -> list[str]:
    return [one.sentence for one in done if not one.ok]


def test_a_bare_org_is_prepared_once_and_a_second_time_nothing_is_planned(bare: Bare, connection: Connection) -> None:
    before = seen_by_the_administrator(bare, connection)
    planned = plan(before)
    assert planned.why_narrow == ""
    done = prepared(bare, connection)
    assert failures(done) == []
    assert [one.step for one in done] == list(planned.steps)
    after = seen_by_the_administrator(bare, connection)
    assert plan(after).steps == ()
    assert plan(after).different == ()
    assert missing(after) == []


def test_the_connected_user_sees_and_writes_all_of_it(bare: Bare, connection: Connection) -> None:
    prepared(bare, connection)
    with open_setup(connection) as setup:
        seen = setup.look()
    assert "Log in as an administrator" in seen.why_narrow
    assert plan(seen).steps == ()
    assert {name for name, fields in seen.objects.items() if fields} == {one.name for one in KIT}


def test_an_invoice_with_lines_can_be_written_and_read_back(bare: Bare, connection: Connection) -> None:
    prepared(bare, connection)
    lines = [
        graph.upsert(
            f"line{number}",
            "QuickBooks_Invoice_Line__c",
            "QuickBooks_TxnLineID__c",
            f"7D-{number}",
            {"Invoice__r": {"QuickBooks_TxnID__c": "7B-1"}, "Line_Number__c": number},
        )
        for number in range(3)
    ]
    head = graph.upsert("head", "QuickBooks_Invoice__c", "QuickBooks_TxnID__c", "7B-1", {"Name": "1071"})
    query = select("QuickBooks_Invoice__c", ["Name"], children={"Lines__r": ["Line_Number__c"]})
    with transport_of() as transport:
        client, _ = open_client(connection, transport)
        (result,) = graph.save_graphs(client, [graph.Graph((head, *lines))])
        assert result.error is None
        ((invoice,),) = (page.records for page in client.query(query))
        assert [line["Line_Number__c"] for line in client.children(invoice["Lines__r"])] == [0, 1, 2]


def test_everything_is_taken_away_again(bare: Bare, connection: Connection) -> None:
    before = seen_by_the_administrator(bare, connection)
    prepared(bare, connection)
    with open_setup(connection, admin=bare.admin) as setup:
        assert failures(list(setup.remove())) == []
    assert seen_by_the_administrator(bare, connection) == before
    with open_setup(connection, admin=bare.admin) as setup:
        assert list(setup.remove()) == []


def test_half_a_preparation_is_finished_by_the_next(bare: Bare, connection: Connection) -> None:
    with open_setup(connection, admin=bare.admin) as setup:
        working = setup.prepare(plan(setup.look()))
        for _, _done in zip(range(40), working, strict=False):
            continue
        working.close()
    left = plan(seen_by_the_administrator(bare, connection))
    assert 0 < len(left.steps) < 165
    assert failures(prepared(bare, connection)) == []
    assert plan(seen_by_the_administrator(bare, connection)).steps == ()


def test_an_administrator_who_is_the_connected_user_needs_no_other_login(bare: Bare) -> None:
    connection = bare.connected_as_administrator(owner_of_a_workspace())
    with open_setup(connection) as setup:
        seen = setup.look()
        assert seen.why_narrow == ""
        assert failures(list(setup.prepare(plan(seen)))) == []
        assert plan(setup.look()).steps == ()


def test_one_failure_hides_no_other_step(bare: Bare, connection: Connection) -> None:
    with open_setup(connection, admin=bare.admin) as setup:
        planned = plan(setup.look())
        impossible = Step(Act.FIELD, "QuickBooks_Invoice_Line__c", "Item__c")
        without = [step for step in planned.steps if step.object_name != "QuickBooks_Invoice__c"]
        done = list(setup.prepare(replace(planned, steps=(*without, impossible))))
    refused = failures(done)
    assert any("the object QuickBooks_Invoice_Line__c" in one for one in refused)
    assert "Not done, the field Item__c on QuickBooks_Invoice_Line__c: its object is not there." in refused
    assert any("the field QuickBooks_Invoice__c on Order" in one for one in refused)
    assert Step(Act.ASSIGN) in [one.step for one in done if one.ok]
    assert failures(prepared(bare, connection)) == []


def test_an_org_without_quotes_is_prepared_without_them(bare: Bare, connection: Connection) -> None:
    bare.switch_off("Quote")
    assert plan(seen_by_the_administrator(bare, connection)).absent == ("Quote",)
    assert failures(prepared(bare, connection)) == []
    after = seen_by_the_administrator(bare, connection)
    assert plan(after).steps == ()
    assert missing(after) == ["No QuickBooks document is made from a quote."]
    with open_setup(connection) as setup:
        assert plan(setup.look()).absent == ("Quote",)


def test_a_user_who_may_not_change_the_set_up_is_told_so_at_every_step(bare: Bare, connection: Connection) -> None:
    with open_setup(connection) as setup:
        done = list(setup.prepare(plan(setup.look())))
    assert not any(one.ok for one in done)
    assert "Log in as an administrator" in done[0].sentence


def test_a_connected_user_who_cannot_log_in_is_prepared_for_and_not_assigned(bare: Bare) -> None:
    connection = bare.connected(owner_of_a_workspace())
    connection.salesforce_user = "somebody-else@example.com"
    with scopes_disabled():
        connection.save()
    (refused,) = failures(prepared(bare, connection))
    assert "the assignment of QuickBooks Sync" in refused
    assert "the connected user is not known" in refused


def test_a_wrong_administrator_is_refused_before_anything_is_done(bare: Bare, connection: Connection) -> None:
    with pytest.raises(LoginRefused), open_setup(connection, admin=replace(bare.admin, password="wrong")):
        pass


def test_an_administrator_of_another_org_is_refused(bare: Bare, connection: Connection) -> None:
    connection.salesforce_org_id = "00D000000000999EAA"
    with scopes_disabled():
        connection.save()
    with pytest.raises(WrongOrg), open_setup(connection, admin=bare.admin):
        pass


def test_the_next_run_learns_what_the_org_offers(bare: Bare, connection: Connection) -> None:
    with scopes_disabled():
        Connection.objects.filter(pk=connection.pk).update(salesforce_schema_at=timezone.now())
    prepared(bare, connection)
    with scopes_disabled():
        assert Connection.objects.get(pk=connection.pk).salesforce_schema_at is None


def test_an_administrator_leaves_nothing_behind(bare: Bare, connection: Connection) -> None:
    before = connection.sealed_credentials
    prepared(bare, connection)
    with scopes_disabled():
        row = Connection.objects.get(pk=connection.pk)
    assert row.sealed_credentials == before
    assert bare.admin.password not in repr(vars(row))
