"""The person of the story: registers, fills in the form and downloads the .qwc, as a browser would."""

import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx2
from lxml import html

from apatar.sandbox.story_stage import OrgAccess, StoryError

QWC = "ApatarQBW.qwc"
_RUN = re.compile(r"/runs/\d+/$")


class Visitor:
    """Fills in forms by the names of their fields and sends everything else that stands in them along."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def register(self, email: str, password: str) -> None:
        page = self._get("/register/")
        self._submit(page, {"email": email, "password1": password, "password2": password}, found_by="email")

    def connect(self, *, company: str, org: OrgAccess) -> str:
        """Fill in the form for both ways with user name, password and token; return the address of the .qwc."""
        values = {
            "company": company,
            "direction": "both",
            "method": "password",
            "salesforce_url": org.url,
            "salesforce_user": org.user,
            "salesforce_password": org.password,
            "security_token": org.security_token,
            "frequency": "",
        }
        saved = self._submit(self._get("/connections/new/"), values, found_by="company")
        for _element, _attribute, address, _place in _document(saved.text).iterlinks():
            if address.endswith(QWC):
                return urljoin(str(saved.url), str(address))
        raise StoryError(f"After Save no link to {QWC} was found. {complaints(saved.text)}")

    def download(self, address: str) -> bytes:
        return self._get(address).content

    def log_in(self, email: str, password: str) -> None:
        self._submit(self._get("/login/"), {"login": email, "password": password}, found_by="login")

    def review_and_release(self, connection: str) -> None:
        """Accept what was matched exactly, keep apart what only looks alike, and release the plan of the last run."""
        accepted = self._get(f"{connection}review/?show=exact")
        if _has_form(accepted, "many"):
            self._submit(accepted, {}, found_by="many")
        while _has_form(likely := self._get(f"{connection}review/?show=likely"), "row"):
            self._submit(likely, {}, found_by="row", button=("action", "apart"))
        self._submit(self._get(f"{self._last_run(connection)}release/"), {"sure": "yes"}, found_by="sure")

    def _last_run(self, connection: str) -> str:
        page = self._get(f"{connection}runs/")
        addresses = [urljoin(str(page.url), str(link[2])) for link in _document(page.text).iterlinks()]
        found = next((one for one in addresses if _RUN.search(one)), None)
        if found is None:
            raise StoryError(f"{page.url} shows no run.")
        return found

    def _get(self, address: str) -> httpx2.Response:
        response = self._client.get(address)
        if response.status_code != httpx2.codes.OK:
            raise StoryError(f"GET {address} answered {response.status_code}.")
        return response

    def _submit(
        self, page: httpx2.Response, values: Mapping[str, str], *, found_by: str, button: tuple[str, str] | None = None
    ) -> httpx2.Response:
        """Post the form that holds the field `found_by`, with only those of the values for which it has fields.

        `button` is name and value of the one that is pressed, where the form has several.
        """
        form = _form(page, found_by)
        known = set(form.fields.keys())
        content = {name: value or "" for name, value in form.form_values()}
        content |= {name: value for name, value in values.items() if name in known}
        content |= dict([button]) if button else {}
        address = urljoin(str(page.url), form.action or "")
        response = self._client.post(address, data=content, headers={"Referer": str(page.url)})
        if response.status_code != httpx2.codes.OK:
            raise StoryError(f"The form at {address} answered {response.status_code}. {complaints(response.text)}")
        return response


def complaints(page: str) -> str:
    """Return what a page complains of, for a story that stopped there."""
    found = _document(page).xpath("//*[contains(@class, 'error') or @role='alert']")
    return " ".join(" ".join(element.text_content().split()) for element in found)[:500]


def _document(page: str) -> Any:
    """Return a page as lxml's HTML, whose own methods its type hints do not know."""
    return html.document_fromstring(page or "<html></html>")


def _has_form(page: httpx2.Response, field: str) -> bool:
    return any(field in form.fields for form in _document(page.text).forms)


def _form(page: httpx2.Response, field: str) -> html.FormElement:
    for form in _document(page.text).forms:
        if field in form.fields:
            found: html.FormElement = form
            return found
    raise StoryError(f"{page.url} has no form with the field “{field}”. {complaints(page.text)}")
