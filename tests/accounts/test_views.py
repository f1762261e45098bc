"""The people page, at its door and beyond."""

import pytest
from django.test import Client

from apatar.accounts.models import Membership, Role
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor

pytestmark = pytest.mark.django_db


def let_in(browser: Client, email: str, role: str = "member") -> str:
    return browser.post("/people/", {"email": email, "role": role}, follow=True).content.decode()


def roles_of(one: Someone) -> set[tuple[str, str]]:
    return set(Membership.objects.filter(person=one.person).values_list("workspace__name", "role"))


def test_an_owner_lets_someone_in() -> None:
    owner, other = owner_of_a_workspace(), stranger()
    assert "belongs to this workspace now" in let_in(owner.browser, other.person.email)
    assert ("example.com", Role.MEMBER) in roles_of(other)


def test_an_unknown_address_is_answered_with_what_to_do() -> None:
    owner = owner_of_a_workspace()
    assert "Ask them to register first" in let_in(owner.browser, "nobody@example.com")


def test_a_teammate_lets_nobody_in() -> None:
    owner, other = owner_of_a_workspace(), stranger()
    answer = teammate_of(owner).browser.post("/people/", {"email": other.person.email, "role": "owner"})
    assert answer.status_code == 403
    assert len(roles_of(other)) == 1


def test_a_viewer_sees_no_form_to_let_people_in() -> None:
    assert "Let somebody in" not in viewer_with(owner_of_a_workspace()).browser.get("/people/").content.decode()


def test_a_stranger_removes_nobody() -> None:
    owner = owner_of_a_workspace()
    teammate = teammate_of(owner)
    membership = teammate.person.memberships.get()
    assert stranger().browser.post(f"/people/{membership.pk}/remove/").status_code == 404
    assert Membership.objects.filter(pk=membership.pk).exists()


def test_an_owner_removes_a_teammate() -> None:
    owner = owner_of_a_workspace()
    membership = teammate_of(owner).person.memberships.get()
    owner.browser.post(f"/people/{membership.pk}/remove/")
    assert not Membership.objects.filter(pk=membership.pk).exists()


def test_the_last_owner_stays() -> None:
    owner = owner_of_a_workspace()
    answer = owner.browser.post(f"/people/{owner.person.memberships.get().pk}/remove/", follow=True)
    assert "Make someone else an owner first" in answer.content.decode()


def test_a_person_of_two_workspaces_switches_between_them() -> None:
    owner, other = owner_of_a_workspace(), stranger()
    let_in(owner.browser, other.person.email)
    other.browser.post("/workspace/", {"workspace": owner.workspace.pk})
    assert "owner@example.com" in other.browser.get("/people/").content.decode()


def test_nobody_switches_to_a_workspace_that_is_not_theirs() -> None:
    owner = owner_of_a_workspace()
    assert stranger().browser.post("/workspace/", {"workspace": owner.workspace.pk}).status_code == 404


def test_a_visitor_is_asked_to_log_in() -> None:
    assert visitor().get("/people/").headers["Location"] == "/login/?next=/people/"


def test_someone_without_a_workspace_is_told_whom_to_ask() -> None:
    owner = owner_of_a_workspace()
    Membership.objects.filter(person=owner.person).delete()
    answer = owner.browser.get("/people/")
    assert answer.status_code == 403
    assert b"Ask an owner to add you" in answer.content
