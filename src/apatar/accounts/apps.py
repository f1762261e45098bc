"""The Django app of people and workspaces."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apatar.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
    verbose_name = "People and workspaces"
