"""The Django app of this room."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """Registers the room's rows."""

    name = "apatar.connections"
    label = "connections"
    verbose_name = "Connections"
    default_auto_field = "django.db.models.BigAutoField"
