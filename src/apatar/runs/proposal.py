"""Rows of the review: which records could belong together, which get no counterpart, and what people said."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django_scopes import ScopedManager

from apatar.connections.models import Connection
from apatar.sync.record import Side


class ProposalKind(models.TextChoices):
    """Why two records are proposed to belong together, or why one stands alone."""

    ID = "id", "Linked by our id"
    KEY = "key", "The same match key"
    NAME = "name", "The same name"
    SUGGESTED = "suggested", "Likely the same"
    PARTED = "parted", "Was unlinked"
    HAND = "hand", "Linked by hand"
    ALONE = "alone", "No counterpart found"
    TAKEN = "taken", "The name is taken"


class ProposalChoice(models.TextChoices):
    """What a person said to a proposal."""

    NONE = "", "Not decided"
    LINK = "link", "Belong together"
    APART = "apart", "Not the same"


class Proposal(models.Model):
    """Two records that could belong together, or one that stands alone, and what a person said about it.

    The record that stands alone leaves the id of the other side empty. What is likely (SUGGESTED, KEY) or was PARTED
    waits until somebody decides; what was matched exactly is listed until it is accepted, before the first release.
    """

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="proposals", db_index=False)
    mapping = models.CharField(max_length=40)
    salesforce_id = models.CharField(max_length=18, blank=True)
    quickbooks_id = models.CharField(max_length=40, blank=True)
    salesforce_name = models.CharField(max_length=255, blank=True)
    quickbooks_name = models.CharField(max_length=255, blank=True)
    kind = models.CharField(max_length=10, choices=ProposalKind.choices)
    score = models.PositiveSmallIntegerField(default=0, help_text="How sure it is, out of 100.")
    reason = models.TextField(blank=True, help_text="Why, in words.")
    found_at = models.DateTimeField()
    choice = models.CharField(max_length=10, choices=ProposalChoice.choices, blank=True)
    decided_by = models.CharField(max_length=254, blank=True)
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Proposal"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "mapping", "salesforce_id", "quickbooks_id"], name="proposed_once"
            ),
            models.UniqueConstraint(
                fields=["connection", "mapping", "salesforce_id"],
                condition=Q(choice="link"),
                name="one_choice_per_account",
            ),
            models.UniqueConstraint(
                fields=["connection", "mapping", "quickbooks_id"],
                condition=Q(choice="link"),
                name="one_choice_per_customer",
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "mapping", "quickbooks_id"], name="proposal_by_customer"),
            models.Index(fields=["connection", "choice", "kind", "-score", "id"], name="proposal_to_decide"),
        ]

    def __str__(self) -> str:
        return f"{self.salesforce_name} ~ {self.quickbooks_name}"


class Ignored(models.Model):
    """A record that gets no counterpart, because a person said so or took one back."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="ignored", db_index=False)
    mapping = models.CharField(max_length=40)
    side = models.CharField(max_length=10, choices=[(one.value, one.label) for one in Side])
    remote_id = models.CharField(max_length=40)
    name = models.CharField(max_length=255, blank=True)
    why = models.TextField(blank=True)
    by = models.CharField(max_length=254, blank=True)
    since = models.DateTimeField()

    objects: ClassVar[models.Manager["Ignored"]] = ScopedManager(connection="connection")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "mapping", "side", "remote_id"], name="ignored_once")
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.remote_id} is ignored"
