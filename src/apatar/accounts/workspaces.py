"""Opening workspaces, and letting people in and out of them."""

from django.db import transaction

from apatar.accounts.errors import LastOwner, NobodyWithThatAddress
from apatar.accounts.models import Membership, Person, PersonRegister, Role, Workspace, note


@transaction.atomic
def open_workspace(person: Person, *, name: str = "") -> Workspace:
    """Make a workspace with `person` as its owner; its name defaults to what stands after the @ of the address."""
    workspace = Workspace.objects.create(name=name or _name_for(person))
    Membership.objects.create(person=person, workspace=workspace, role=Role.OWNER)
    note(workspace, person, what="opened the workspace", about=workspace.name)
    return workspace


@transaction.atomic
def register(email: str, password: str) -> Person:
    """Make a person with a workspace of their own, as the registration page does; for the command line."""
    person = Person.objects.create_user(email, password)
    open_workspace(person)
    return person


@transaction.atomic
def let_in(membership: Membership, *, email: str, role: Role) -> Membership:
    """Give someone who is registered a role in the workspace of the acting member.

    Raises NobodyWithThatAddress; LastOwner where this would take the role from the only owner.
    """
    person = _person_with(email)
    workspace = membership.workspace
    if role != Role.OWNER:
        _keep_an_owner(workspace, without=person)
    given, _ = Membership.objects.update_or_create(person=person, workspace=workspace, defaults={"role": role})
    note(workspace, membership.person, what=f"made someone {role.label.lower()}", about=person.email)
    return given


@transaction.atomic
def show_out(membership: Membership, leaving: Membership) -> None:
    """End `leaving`; raises LastOwner where nobody would be left in charge."""
    _keep_an_owner(leaving.workspace, without=leaving.person)
    note(leaving.workspace, membership.person, what="removed someone", about=leaving.person.email)
    leaving.delete()


def _name_for(person: Person) -> str:
    name, _, host = person.email.partition("@")
    return host or name


def _person_with(email: str) -> Person:
    person = Person.objects.filter(email=PersonRegister.normalize_email(email)).first()
    if person is None:
        raise NobodyWithThatAddress
    return person


def _keep_an_owner(workspace: Workspace, *, without: Person) -> None:
    owners = Membership.objects.filter(workspace=workspace, role=Role.OWNER)
    if owners.filter(person=without).exists() and owners.count() == 1:
        raise LastOwner
