"""The person of the story: registers, fills in the form and downloads the .qwc, as a browser would."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin

import httpx2
from lxml import html

from apatar.sandbox.story_stage import OrgAccess, StoryError

QWC = "ApatarQBW.qwc"


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

    def _get(self, address: str) -> httpx2.Response:
        response = self._client.get(address)
        if response.status_code != httpx2.codes.OK:
            raise StoryError(f"GET {address} answered {response.status_code}.")
        return response

    def _submit(self, page: httpx2.Response, values: Mapping[str, str], *, found_by: str) -> httpx2.Response:
        """Post the form that holds the field `found_by`, with only those of the values for which it has fields."""
        form = _form(page, found_by)
        known = set(form.fields.keys())
        content = {name: value or "" for name, value in form.form_values()}
        content |= {name: value for name, value in values.items() if name in known}
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


def _form(page: httpx2.Response, field: str) -> html.FormElement:
    for form in _document(page.text).forms:
        if field in form.fields:
            found: html.FormElement = form
            return found
    raise StoryError(f"{page.url} has no form with the field “{field}”. {complaints(page.text)}")
