"""Letting people in, and showing them out."""

import pytest

from apatar.accounts.errors import LastOwner, NobodyWithThatAddress
from apatar.accounts.models import Membership, Person, Role
from apatar.accounts.workspaces import let_in, register, show_out
from tests.accounts.people import owner_of_a_workspace, stranger, teammate_of

pytestmark = pytest.mark.django_db


def test_someone_registered_is_let_in_with_a_role() -> None:
    owner, other = owner_of_a_workspace(), stranger()
    given = let_in(owner.person.memberships.get(), email="STRANGER@example.org", role=Role.VIEWER)
    assert (given.person, given.role) == (other.person, Role.VIEWER)


def test_letting_someone_in_twice_changes_the_role() -> None:
    owner = owner_of_a_workspace()
    teammate = teammate_of(owner)
    let_in(owner.person.memberships.get(), email=teammate.person.email, role=Role.OWNER)
    assert [one.role for one in teammate.person.memberships.all()] == [Role.OWNER]


def test_nobody_is_let_in_who_has_not_registered() -> None:
    owner = owner_of_a_workspace()
    with pytest.raises(NobodyWithThatAddress, match="Ask them to register first"):
        let_in(owner.person.memberships.get(), email="nobody@example.com", role=Role.MEMBER)


def test_the_only_owner_cannot_step_down() -> None:
    owner = owner_of_a_workspace()
    with pytest.raises(LastOwner, match="Make someone else an owner first"):
        let_in(owner.person.memberships.get(), email=owner.person.email, role=Role.MEMBER)


def test_the_only_owner_cannot_leave() -> None:
    mine = owner_of_a_workspace().person.memberships.get()
    with pytest.raises(LastOwner):
        show_out(mine, mine)


def test_a_teammate_can_be_shown_out() -> None:
    owner = owner_of_a_workspace()
    teammate = teammate_of(owner)
    show_out(owner.person.memberships.get(), teammate.person.memberships.get())
    assert not Membership.objects.filter(person=teammate.person).exists()


def test_registering_on_the_command_line_makes_a_workspace() -> None:
    person = register("ada@example.com", "a long enough phrase")
    assert Person.objects.get(email="ada@example.com").check_password("a long enough phrase")
    assert person.memberships.get().role == Role.OWNER
