"""People, workspaces and roles as rows."""

import pytest
from django.db import IntegrityError
from django_scopes import scope
from django_scopes.exceptions import ScopeError

from apatar.accounts.models import AuditEvent, Membership, Person, Role, note
from apatar.accounts.workspaces import open_workspace
from tests.accounts.people import owner_of_a_workspace, stranger

pytestmark = pytest.mark.django_db


def test_an_address_is_stored_in_lower_case() -> None:
    person = Person.objects.create(email=" Ada@Example.COM ", password="!")
    assert person.email == "ada@example.com"


def test_two_people_cannot_have_addresses_that_differ_by_capitals_only() -> None:
    Person.objects.create(email="ada@example.com", password="!")
    with pytest.raises(IntegrityError):
        Person.objects.bulk_create([Person(email="ADA@example.com", password="!")])


def test_a_person_is_found_whatever_the_capitals() -> None:
    person = Person.objects.create(email="ada@example.com", password="!")
    assert Person.objects.get_by_natural_key("ADA@Example.com") == person


def test_a_workspace_is_named_after_the_company_in_the_address() -> None:
    person = Person.objects.create(email="ada@engines.example", password="!")
    workspace = open_workspace(person)
    assert workspace.name == "engines.example"
    assert Membership.objects.get(person=person, workspace=workspace).role == Role.OWNER


def test_the_audit_trail_refuses_to_be_read_without_a_workspace() -> None:
    with pytest.raises(ScopeError):
        AuditEvent.objects.count()


def test_the_audit_trail_shows_its_own_workspace_only() -> None:
    owner, other = owner_of_a_workspace(), stranger()
    note(other.workspace, other.person, what="did something")
    with scope(workspace=owner.workspace):
        assert "did something" not in {event.what for event in AuditEvent.objects.all()}


def test_the_audit_trail_keeps_the_address_of_someone_who_left() -> None:
    owner = owner_of_a_workspace()
    workspace = owner.workspace
    event = note(workspace, owner.person, what="did something")
    Person.objects.filter(pk=owner.person.pk).delete()
    with scope(workspace=workspace):
        kept = AuditEvent.objects.get(pk=event.pk)
    assert kept.who == "owner@example.com"
    assert kept.person is None
