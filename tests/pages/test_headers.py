"""The security headers of every answer."""

import re

import pytest
from django.test import Client

from tests.accounts.people import owner_of_a_workspace

pytestmark = pytest.mark.django_db

FOR_VISITORS = ["/", "/login/", "/register/", "/help/", "/support/", "/healthz", "/metrics", "/nothing-here/"]


@pytest.mark.parametrize("path", FOR_VISITORS)
def test_nothing_inline_and_nothing_from_elsewhere_is_allowed(path: str) -> None:
    policy = Client().get(path).headers["Content-Security-Policy"]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["frame-ancestors"] == "'none'"
    assert directives["form-action"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", FOR_VISITORS)
def test_other_headers_are_there(path: str) -> None:
    headers = Client().get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]


@pytest.mark.parametrize("path", ["/", "/login/", "/register/", "/help/", "/support/"])
def test_pages_hold_no_inline_script_and_no_inline_style(path: str) -> None:
    page = Client().get(path).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


@pytest.mark.parametrize("path", ["/", "/login/", "/help/"])
def test_pages_load_nothing_from_other_hosts(path: str) -> None:
    page = Client().get(path).content.decode()
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//[^\"]+", page)


def test_pages_of_people_are_not_kept_by_the_browser() -> None:
    owner = owner_of_a_workspace()
    assert "no-store" in owner.browser.get("/connections/").headers["Cache-Control"]


@pytest.mark.parametrize("name", ["tokens.css", "layout.css", "controls.css", "parts.css", "comfort.js", "mark.svg"])
def test_assets_come_from_the_installation(name: str) -> None:
    answer = Client().get(f"/static/pages/{name}")
    assert answer.status_code == 200
    assert answer.getvalue()
