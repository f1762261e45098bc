"""Registering, logging in and out, and the second factor, as a browser does them."""

import hashlib
import hmac
import re
import time
from base64 import b32decode

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from pytest_django.fixtures import Settings

from apatar import vault
from apatar.accounts.models import Membership, Person, Role
from tests.accounts.people import PASSWORD, owner_of_a_workspace, teammate_of

pytestmark = pytest.mark.django_db


def registered(email: str = "ada@example.com") -> Client:
    browser = Client()
    answer = browser.post("/register/", {"email": email, "password1": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return browser


def code_for(secret: str) -> str:
    """The six digits of RFC 6238 for now, computed without the library under test."""
    counter = int(time.time()) // 30
    digest = hmac.new(b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def test_registering_makes_a_person_with_a_workspace_and_logs_in() -> None:
    browser = registered()
    person = Person.objects.get(email="ada@example.com")
    assert Membership.objects.get(person=person).role == Role.OWNER
    assert browser.get("/connections/").status_code == 200


def test_registering_leads_to_the_connections() -> None:
    answer = Client().post("/register/", {"email": "ada@example.com", "password1": PASSWORD})
    assert answer.headers["Location"] == "/connections/"


def test_the_password_is_kept_as_argon2() -> None:
    registered()
    assert Person.objects.get().password.startswith("argon2$")


def test_an_address_registers_once_whatever_the_capitals() -> None:
    registered()
    answer = Client().post("/register/", {"email": "ADA@example.com", "password1": PASSWORD})
    assert b"already registered" in answer.content
    assert Person.objects.count() == 1


def test_a_short_password_is_refused_with_a_reason() -> None:
    answer = Client().post("/register/", {"email": "ada@example.com", "password1": "short"})
    assert b"too short" in answer.content
    assert not Person.objects.exists()


def test_closed_registration_refuses_with_a_sentence(settings: Settings) -> None:
    settings.APATAR_REGISTRATION = "closed"
    for answer in (
        Client().get("/register/"),
        Client().post("/register/", {"email": "ada@example.com", "password1": PASSWORD}),
    ):
        assert answer.status_code == 403
        assert b"Ask them for an account" in answer.content
    assert not Person.objects.exists()


def test_logging_in_takes_the_address_in_any_capitals() -> None:
    registered()
    answer = Client().post("/login/", {"login": "ADA@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/connections/"


def test_a_wrong_password_is_answered_with_what_to_do() -> None:
    registered()
    answer = Client().post("/login/", {"login": "ada@example.com", "password": "not the one at all"})
    assert b"do not belong together" in answer.content


def test_logging_in_goes_on_to_the_page_that_was_asked_for() -> None:
    registered()
    browser = Client()
    assert browser.get("/people/").headers["Location"] == "/login/?next=/people/"
    answer = browser.post("/login/?next=/people/", {"login": "ada@example.com", "password": PASSWORD})
    assert answer.headers["Location"] == "/people/"


def test_guessing_passwords_is_stopped(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/key"}
    registered()
    for _ in range(2):
        Client().post("/login/", {"login": "ada@example.com", "password": "a guess that is wrong"})
    answer = Client().post("/login/", {"login": "ada@example.com", "password": PASSWORD})
    assert b"tried too often" in answer.content


def test_registering_over_and_over_is_stopped_in_plain_words(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    for one in range(2):
        registered(f"ada{one}@example.com")
    answer = Client().post("/register/", {"email": "ada2@example.com", "password1": PASSWORD})
    assert answer.status_code == 429
    assert b"Wait five minutes" in answer.content
    assert Person.objects.count() == 2


def test_logging_out_needs_a_click() -> None:
    owner = owner_of_a_workspace()
    assert b"Log out?" in owner.browser.get("/logout/").content
    assert owner.browser.get("/connections/").status_code == 200
    owner.browser.post("/logout/")
    assert owner.browser.get("/connections/").status_code == 302


def test_a_reset_link_changes_the_password(mailoutbox: list[object]) -> None:
    registered()
    Client().post("/password/reset/", {"email": "ada@example.com"})
    link = re.search(r"http://\S+?(/password/reset/key/\S+)", mailoutbox[0].body)  # type: ignore[attr-defined]
    assert link
    browser = Client()
    form = browser.get(link[1], follow=True)
    assert b"Choose a new password" in form.content
    changed = browser.post(
        form.redirect_chain[-1][0],
        {"password1": "another good phrase", "password2": "another good phrase"},
        follow=True,
    )
    assert b"Your password is changed" in changed.content
    assert Person.objects.get().check_password("another good phrase")


def test_an_old_reset_link_says_so() -> None:
    assert b"Ask for a new link" in Client().get("/password/reset/key/1-none/").content


def test_the_second_factor_is_sealed_and_asked_for(settings: Settings) -> None:
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = True  # as in an installation that cannot send mail
    browser = registered()
    page = browser.get("/two-factor/totp/activate/", follow=True).content.decode()
    assert "Confirm that it is you" in page
    again = {"password": PASSWORD, "next": "/two-factor/totp/activate/"}
    page = browser.post("/reauthenticate/", again, follow=True).content.decode()
    found = re.search(r"<code>([A-Z2-7]{16,})</code>", page)
    assert found, page
    secret = found[1]
    browser.post("/two-factor/totp/activate/", {"code": code_for(secret)})
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert vault.unseal(stored, row="accounts:second-factor") == secret

    later = Client()
    answer = later.post("/login/", {"login": "ada@example.com", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/two-factor/authenticate/")
    assert later.get("/connections/").status_code == 302
    codes = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    later.post("/two-factor/authenticate/", {"code": codes[0]})
    assert later.get("/connections/").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/register/", "/login/", "/logout/", "/password/reset/", "/password/reset/done/", "/confirm-email/", "/inactive/"],
)
def test_pages_for_visitors_answer_in_our_own_clothes(path: str) -> None:
    answer = Client().get(path, follow=True)
    assert answer.status_code == 200
    assert b"pages/tokens.css" in answer.content


@pytest.mark.parametrize("path", ["/password/change/", "/email/", "/two-factor/", "/people/", "/reauthenticate/"])
def test_pages_for_people_answer_in_our_own_clothes(path: str) -> None:
    browser = registered()
    answer = browser.get(path)
    assert answer.status_code in {200, 302}
    assert answer.status_code == 302 or b"pages/tokens.css" in answer.content


def test_people_see_who_belongs_to_their_workspace() -> None:
    owner = owner_of_a_workspace()
    teammate = teammate_of(owner)
    assert teammate.person.email in owner.browser.get("/people/").content.decode()
