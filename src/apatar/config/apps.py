"""The Django app of this room: it carries the commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Registers the commands of the house."""

    name = "apatar.config"
    label = "config"
