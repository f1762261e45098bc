"""The Django app of this room."""

from django.apps import AppConfig


class WebConnectorConfig(AppConfig):
    """Registers the room's rows."""

    name = "apatar.webconnector"
    label = "webconnector"
    verbose_name = "Web Connector"
    default_auto_field = "django.db.models.BigAutoField"
