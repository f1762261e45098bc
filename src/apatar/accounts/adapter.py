"""What this house asks of django-allauth: who may register, and what registering makes."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from apatar.accounts.models import Person
from apatar.accounts.workspaces import open_workspace


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Registers people, each with a workspace of their own, while registration is open."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "This e-mail address and this password do not belong together. Check both, "
        "or reset your password.",
        "email_taken": "Somebody has already registered with this address. Log in, or reset your password.",
        "too_many_login_attempts": "That was tried too often. Wait five minutes, then try again.",
        "incorrect_password": "This is not your current password. Type it again, or reset it.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 allauth's signature
        return bool(settings.APATAR_REGISTRATION == "open")

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        with transaction.atomic():
            person: Person = super().save_user(request, user, form, commit=commit)
            if commit:
                open_workspace(person)
        return person
