"""The people that the tests of every door are about: an owner, a teammate, a viewer, and a stranger."""

from dataclasses import dataclass

from django.test import Client

from apatar.accounts.models import Membership, Person, Role, Workspace
from apatar.accounts.workspaces import open_workspace

PASSWORD = "correct horse battery"


@dataclass(frozen=True, slots=True)
class Someone:
    """A person and the browser they are logged in with."""

    person: Person
    browser: Client

    @property
    def workspace(self) -> Workspace:
        return self.person.memberships.get().workspace


def owner_of_a_workspace(email: str = "owner@example.com") -> Someone:
    person = _person(email)
    open_workspace(person)
    return _logged_in(person)


def teammate_of(owner: Someone) -> Someone:
    """May change things in the owner's workspace."""
    return _with_role(owner, "teammate@example.com", Role.MEMBER)


def viewer_with(owner: Someone) -> Someone:
    """May look at the owner's workspace."""
    return _with_role(owner, "viewer@example.com", Role.VIEWER)


def stranger() -> Someone:
    """Has a workspace of their own, and nothing to do with anybody else's."""
    return owner_of_a_workspace("stranger@example.org")


def visitor() -> Client:
    return Client()


def _with_role(owner: Someone, email: str, role: Role) -> Someone:
    person = _person(email)
    Membership.objects.create(person=person, workspace=owner.workspace, role=role)
    return _logged_in(person)


def _person(email: str) -> Person:
    """A person who can log in by `_logged_in`; the tests of the login make real hashes, which cost half a second."""
    return Person.objects.create(email=email, password="!not usable")


def _logged_in(person: Person) -> Someone:
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return Someone(person, browser)
