"""The Django app of what people see."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "apatar.pages"
    label = "pages"
    verbose_name = "Pages"
