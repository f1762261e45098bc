"""Addresses of registering, logging in and out, passwords, the second factor, and people.

The views and names are django-allauth's, which looks the names up itself; paths, templates and words are ours.
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from django.http import HttpResponseBase
from django.urls import path, re_path

from apatar.accounts import views

FORM = "accounts/form.html"
SAYING = "accounts/saying.html"


def _form(view: Any, *, heading: str, button: str, words: str = "", template: str = FORM) -> Any:
    """An allauth view with one form, said in our words."""
    return view.as_view(template_name=template, extra_context={"heading": heading, "button": button, "words": words})


def _saying(view: Any, *, heading: str, words: str) -> Any:
    """An allauth view that only says something."""
    return view.as_view(template_name=SAYING, extra_context={"heading": heading, "words": words})


class Register(account.SignupView):  # type: ignore[misc] # allauth has no types
    """Registration; while it is closed, the page says so and answers 403."""

    template_name = "accounts/register.html"
    template_name_signup_closed = "accounts/closed.html"

    def closed(self) -> HttpResponseBase:
        answer: HttpResponseBase = super().closed()
        answer.status_code = 403
        return answer


_registering = [
    path("register/", Register.as_view(), name="account_signup"),
    path("login/", account.LoginView.as_view(template_name="accounts/login.html"), name="account_login"),
    path("logout/", account.LogoutView.as_view(template_name="accounts/logout.html"), name="account_logout"),
    path(
        "inactive/",
        _saying(
            account.AccountInactiveView,
            heading="This account is closed",
            words="Ask an owner of your workspace, or whoever runs this service, to open it again.",
        ),
        name="account_inactive",
    ),
    path(
        "reauthenticate/",
        _form(
            account.ReauthenticateView,
            heading="Confirm that it is you",
            button="Confirm",
            words="You are about to change something important. Type your password once more.",
        ),
        name="account_reauthenticate",
    ),
]

_addresses = [
    path("email/", account.EmailView.as_view(template_name="accounts/email.html"), name="account_email"),
    path(
        "confirm-email/",
        _saying(
            account.EmailVerificationSentView,
            heading="Check your mail",
            words="We have sent you a mail with a link. Open the link to confirm that the address is yours.",
        ),
        name="account_email_verification_sent",
    ),
    path(
        "confirm-email/<str:key>/",
        account.ConfirmEmailView.as_view(template_name="accounts/confirm_email.html"),
        name="account_confirm_email",
    ),
]

_passwords = [
    path(
        "password/change/",
        _form(
            account.PasswordChangeView,
            heading="Change your password",
            button="Change password",
            words="If the Web Connector logs in with this password, type the new one there as well.",
        ),
        name="account_change_password",
    ),
    path(
        "password/set/",
        _form(account.PasswordSetView, heading="Choose a password", button="Save password"),
        name="account_set_password",
    ),
    path(
        "password/reset/",
        _form(
            account.PasswordResetView,
            heading="Reset your password",
            button="Send me the link",
            words="Type the address you registered with. We send you a link; with it you choose a new password.",
        ),
        name="account_reset_password",
    ),
    path(
        "password/reset/done/",
        _saying(
            account.PasswordResetDoneView,
            heading="Check your mail",
            words="If somebody has registered with this address, a mail with a link is on its way. "
            "If it does not come within a few minutes, look in the spam folder, or ask whoever runs this service: "
            "an installation without a mail server cannot send it.",
        ),
        name="account_reset_password_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.PasswordResetFromKeyView.as_view(template_name="accounts/new_password.html"),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        _saying(
            account.PasswordResetFromKeyDoneView,
            heading="Your password is changed",
            words="Log in with the new password. If the Web Connector uses it, type it there as well.",
        ),
        name="account_reset_password_from_key_done",
    ),
]

_second_factor = [
    path("two-factor/", mfa.IndexView.as_view(template_name="accounts/two_factor.html"), name="mfa_index"),
    path(
        "two-factor/authenticate/",
        _form(
            mfa.AuthenticateView,
            heading="One more step",
            button="Log in",
            words="Type the code that your authenticator app shows now, or one of your recovery codes.",
        ),
        name="mfa_authenticate",
    ),
    path(
        "two-factor/reauthenticate/",
        _form(
            mfa.ReauthenticateView,
            heading="Confirm that it is you",
            button="Confirm",
            words="Type the code that your authenticator app shows now, or one of your recovery codes.",
        ),
        name="mfa_reauthenticate",
    ),
    path(
        "two-factor/totp/activate/",
        totp.ActivateTOTPView.as_view(template_name="accounts/totp.html"),
        name="mfa_activate_totp",
    ),
    path(
        "two-factor/totp/deactivate/",
        _form(
            totp.DeactivateTOTPView,
            heading="Turn the second step off?",
            button="Turn it off",
            words="From then on, your password alone is enough to log in.",
        ),
        name="mfa_deactivate_totp",
    ),
    path(
        "two-factor/recovery-codes/",
        codes.ViewRecoveryCodesView.as_view(template_name="accounts/recovery_codes.html"),
        name="mfa_view_recovery_codes",
    ),
    path(
        "two-factor/recovery-codes/generate/",
        _form(
            codes.GenerateRecoveryCodesView,
            heading="Make new recovery codes",
            button="Make new codes",
            words="The codes you have now stop working.",
        ),
        name="mfa_generate_recovery_codes",
    ),
    path("two-factor/recovery-codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
]

_people = [
    path("people/", views.people, name="people"),
    path("people/<int:pk>/remove/", views.remove, name="people-remove"),
    path("workspace/", views.choose_workspace, name="choose-workspace"),
]

urlpatterns = [*_registering, *_addresses, *_passwords, *_second_factor, *_people]
