"""Rows: people, the workspaces they share, their roles there, and who did what."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django_scopes import ScopedManager


class PersonRegister(BaseUserManager["Person"]):
    """Finds people by their e-mail address, whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, **facts: Any) -> "Person":
        person = self.model(email=self.normalize_email(email), **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in the one form that is stored: trimmed and in lower case."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=self.normalize_email(username))


class Person(AbstractBaseUser):
    """Someone who can log in; the e-mail address is the login name."""

    email = models.EmailField("e-mail", max_length=254, unique=True)
    is_active = models.BooleanField(default=True)
    joined = models.DateTimeField(default=timezone.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = PersonRegister()

    class Meta:
        verbose_name_plural = "people"
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_ignoring_capitals")]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = PersonRegister.normalize_email(self.email)
        super().save(*args, **kwargs)


class Workspace(models.Model):
    """The tenant: everything a company keeps here belongs to one workspace."""

    name = models.CharField(max_length=200)
    created = models.DateTimeField(default=timezone.now)
    people = models.ManyToManyField(Person, through="Membership", related_name="workspaces")

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Membership(models.Model):
    """One person's role in one workspace.

    Not scoped: it is what a scope is found by.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["since", "pk"]
        constraints = [models.UniqueConstraint(fields=["person", "workspace"], name="one_role_per_workspace")]

    def __str__(self) -> str:
        return f"{self.person} is {self.get_role_display().lower()} of {self.workspace}"

    @property
    def may_write(self) -> bool:
        """Owners and members change things; viewers look."""
        return self.role in (Role.OWNER, Role.MEMBER)

    @property
    def may_invite(self) -> bool:
        """Only owners decide who else comes in."""
        return self.role == Role.OWNER


class AuditEvent(models.Model):
    """Who did what, when; written, never changed."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="audit_events")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="audit_events")
    who = models.CharField(max_length=254, help_text="The address at the time, kept when the person leaves.")
    what = models.CharField(max_length=100)
    about = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    objects = ScopedManager(workspace="workspace")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["workspace", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.who}: {self.what} {self.about}".rstrip()


def note(
    workspace: Workspace, person: Person | None, *, what: str, about: str = "", at: datetime | None = None
) -> AuditEvent:
    """Write one line of the audit trail; `person` is None where the service itself acted.

    Never put secrets in `about`.
    """
    return AuditEvent.objects.create(
        workspace=workspace,
        person=person,
        who=person.email if person else "the service",
        what=what[:100],
        about=about[:300],
        at=at or timezone.now(),
    )
