"""Rows of the Web Connector's conversations."""

from typing import ClassVar

from django.db import models
from django_scopes import ScopedManager

from apatar.connections.models import Connection
from apatar.runs.models import Run


class Session(models.Model):
    """One conversation of the Web Connector: a ticket, and what is expected next."""

    id = models.BigAutoField(primary_key=True)
    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="sessions")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="sessions")
    ticket_digest = models.CharField(max_length=64, unique=True, help_text="The ticket itself is never stored.")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    asked = models.JSONField(default=dict, help_text="The request that is out: what kind, and what it belongs to.")
    waiting = models.BooleanField(default=False, help_text="The last answer was NoOp: Salesforce is at work.")
    message = models.TextField(blank=True, help_text="What the Web Connector shows in its Status column.")
    requests = models.PositiveIntegerField(default=0)
    machine = models.CharField(
        max_length=64, blank=True, default="", db_default="", help_text="The PC that calls, once it has said so."
    )
    address = models.CharField(max_length=45, blank=True, default="", db_default="", help_text="Where it calls from.")

    objects: ClassVar[models.Manager["Session"]] = ScopedManager(connection="connection")

    class Meta:
        indexes = [
            models.Index(fields=["connection", "id"], condition=models.Q(closed_at=None), name="session_open"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"
