"""The set-up form and its labels, at its door and beyond."""

import re
from html.parser import HTMLParser

import pytest
from django.test import Client
from django_scopes import scopes_disabled

from apatar.connections.credentials import read_credentials
from apatar.connections.models import Connection
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor

pytestmark = pytest.mark.django_db

FILLED_IN = {
    "company": "Rock Castle Construction",
    "direction": "both",
    "method": "password",
    "salesforce_url": "https://login.salesforce.com",
    "salesforce_user": "ada@example.com",
    "salesforce_password": "s3cret-pass",
    "security_token": "t0ken-abc",
    "frequency": "15",
}


class Labels(HTMLParser):
    """Collects label texts by the field they belong to, legends, and buttons."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.labels: dict[str, str] = {}
        self.legends: list[str] = []
        self.buttons: list[str] = []
        self._open = ""
        self._text = ""
        self._for = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"label", "legend", "button"}:
            self._open, self._text, self._for = tag, "", dict(attrs).get("for") or ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open:
            return
        words = " ".join(self._text.split())
        if tag == "label":
            self.labels[self._for] = words
        elif tag == "legend":
            self.legends.append(words)
        else:
            self.buttons.append(words)
        self._open = ""


def set_up(by: Someone, **changes: str) -> Connection:
    answer = by.browser.post("/connections/new/", {**FILLED_IN, **changes})
    assert answer.status_code == 302, answer.content.decode()
    with scopes_disabled():
        return Connection.objects.latest("id")


def as_it_stands(connection: Connection) -> Connection:
    with scopes_disabled():
        return Connection.objects.get(pk=connection.pk)


def test_the_labels_are_the_contract() -> None:
    seen = Labels(owner_of_a_workspace().browser.get("/connections/new/").content.decode())
    assert seen.labels["id_company"] == "Company/Organization"
    assert seen.labels["id_salesforce_user"] == "Salesforce user name"
    assert seen.labels["id_salesforce_password"] == "Salesforce password"
    assert seen.labels["id_security_token"] == "Security token"
    assert seen.labels["id_frequency"] == "Integration Frequency"
    assert "Direction of synchronization" in seen.legends
    assert [seen.labels[f"id_direction_{n}"] for n in range(3)] == [
        "Salesforce → QuickBooks",
        "QuickBooks → Salesforce",
        "Both ways",
    ]


def test_the_token_says_how_to_reset_it() -> None:
    page = owner_of_a_workspace().browser.get("/connections/new/").content.decode()
    assert "Setup > Personal Setup > My Personal Information > Reset My Security Token" in page


def test_the_button_says_save_and_then_update() -> None:
    owner = owner_of_a_workspace()
    assert "Save" in Labels(owner.browser.get("/connections/new/").content.decode()).buttons
    saved = set_up(owner)
    buttons = Labels(owner.browser.get(f"/connections/{saved.pk}/").content.decode()).buttons
    assert "Update" in buttons
    assert "Save" not in buttons


def test_saving_makes_a_connection_of_the_workspace() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner)
    assert saved.workspace == owner.workspace
    assert saved.owner == owner.person
    assert (saved.company, saved.direction, saved.frequency_minutes) == ("Rock Castle Construction", "both", 15)
    assert read_credentials(saved) == {"password": "s3cret-pass", "security_token": "t0ken-abc"}


def test_the_smallest_form_is_enough() -> None:
    owner = owner_of_a_workspace()
    needed = ("company", "direction", "salesforce_user", "salesforce_password", "security_token")
    answer = owner.browser.post("/connections/new/", {name: FILLED_IN[name] for name in needed})
    assert answer.status_code == 302
    with scopes_disabled():
        saved = Connection.objects.get()
    assert saved.salesforce_url == "https://login.salesforce.com"
    assert saved.frequency_minutes is None


def test_secrets_reach_the_database_sealed_only() -> None:
    saved = set_up(owner_of_a_workspace())
    assert "s3cret-pass" not in saved.sealed_credentials
    assert "t0ken-abc" not in saved.sealed_credentials


def test_saved_secrets_are_never_shown_again() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner)
    page = owner.browser.get(f"/connections/{saved.pk}/").content.decode()
    assert "s3cret-pass" not in page
    assert "t0ken-abc" not in page
    assert "Saved. Leave it empty to keep it." in page


def test_the_saved_consumer_key_is_shown_and_its_secret_is_not() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner, method="client-credentials", client_id="consumer-key-1", client_secret="hush-hush")
    page = owner.browser.get(f"/connections/{saved.pk}/").content.decode()
    assert 'type="text" name="client_id" value="consumer-key-1"' in page
    assert "hush-hush" not in page
    assert "consumer-key-1" not in saved.sealed_credentials


def test_an_update_with_the_same_consumer_key_keeps_the_open_session() -> None:
    owner = owner_of_a_workspace()
    app = {"method": "client-credentials", "client_id": "consumer-key-1"}
    saved = set_up(owner, **app, client_secret="hush-hush")
    with scopes_disabled():
        Connection.objects.filter(pk=saved.pk).update(sealed_session="an open session")
    again = {**FILLED_IN, **app, "salesforce_password": "", "security_token": ""}
    assert owner.browser.post(f"/connections/{saved.pk}/", again).status_code == 302
    assert as_it_stands(saved).sealed_session == "an open session"


def test_another_consumer_key_replaces_the_saved_one_and_an_empty_one_is_asked_for() -> None:
    owner = owner_of_a_workspace()
    app = {"method": "client-credentials", "client_id": "consumer-key-1", "client_secret": "hush-hush"}
    saved = set_up(owner, **app)
    address = f"/connections/{saved.pk}/"
    page = owner.browser.post(address, {**FILLED_IN, **app, "client_id": ""}).content.decode()
    assert "Fill in the consumer key" in page
    owner.browser.post(address, {**FILLED_IN, **app, "client_id": "consumer-key-2"})
    assert read_credentials(as_it_stands(saved))["client_id"] == "consumer-key-2"


def test_typed_secrets_do_not_come_back_with_an_error() -> None:
    page = owner_of_a_workspace().browser.post("/connections/new/", {**FILLED_IN, "company": ""}).content.decode()
    assert "s3cret-pass" not in page
    assert "t0ken-abc" not in page


def test_empty_secrets_keep_the_saved_ones() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner)
    changed = {**FILLED_IN, "salesforce_password": "", "security_token": "", "frequency": "30"}
    assert owner.browser.post(f"/connections/{saved.pk}/", changed).status_code == 302
    saved = as_it_stands(saved)
    assert saved.frequency_minutes == 30
    assert read_credentials(saved) == {"password": "s3cret-pass", "security_token": "t0ken-abc"}


def test_an_update_that_leaves_the_login_alone_keeps_the_open_session() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner)
    with scopes_disabled():
        Connection.objects.filter(pk=saved.pk).update(sealed_session="an open session")
    owner.browser.post(f"/connections/{saved.pk}/", {**FILLED_IN, "salesforce_password": "", "security_token": ""})
    saved = as_it_stands(saved)
    assert saved.sealed_session == "an open session"
    assert saved.settings_changed_at is not None


def test_what_never_changes_in_the_qwc_survives_an_update() -> None:
    owner = owner_of_a_workspace()
    saved = set_up(owner)
    before = (saved.file_id, saved.webconnector_user)
    owner.browser.post(f"/connections/{saved.pk}/", {**FILLED_IN, "company": r"D:\books\other.qbw"})
    saved = as_it_stands(saved)
    assert saved.company == r"D:\books\other.qbw"
    assert (saved.file_id, saved.webconnector_user) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"company": ""}, "This field is required"),
        ({"direction": "sideways"}, "Select a valid choice"),
        ({"salesforce_user": ""}, "Fill in the user name"),
        ({"salesforce_password": ""}, "Fill in the password"),
        ({"frequency": "0"}, "greater than or equal to 1"),
        ({"frequency": "often"}, "Enter a whole number"),
        ({"salesforce_url": "https://evil.example"}, "does not belong to Salesforce"),
        ({"salesforce_url": "http://login.salesforce.com"}, "must begin with https"),
        ({"salesforce_url": "https://login.salesforce.com.evil.example"}, "does not belong to Salesforce"),
        ({"method": "client-credentials"}, "Fill in the consumer key"),
        ({"method": "jwt", "client_id": "key"}, "Paste the private key"),
    ],
)
def test_a_mistake_is_answered_beside_its_field(changes: dict[str, str], sentence: str) -> None:
    owner = owner_of_a_workspace()
    page = owner.browser.post("/connections/new/", {**FILLED_IN, **changes}).content.decode()
    assert sentence in page
    assert 'aria-invalid="true"' in page
    assert "Nothing was saved" in page
    with scopes_disabled():
        assert not Connection.objects.exists()


def test_a_field_in_error_names_its_error_to_screen_readers() -> None:
    page = owner_of_a_workspace().browser.post("/connections/new/", {**FILLED_IN, "company": ""}).content.decode()
    field = re.search(r'<input[^>]*name="company"[^>]*>', page)
    assert field
    assert "id_company_error" in field[0]
    assert 'id="id_company_error"' in page


@pytest.mark.parametrize("method", ["client-credentials", "jwt", "web-server"])
def test_every_way_to_log_in_can_be_saved(method: str) -> None:
    owner = owner_of_a_workspace()
    extra = {"client_id": "key", "client_secret": "shh", "private_key": "-----BEGIN PRIVATE KEY-----"}
    saved = set_up(owner, method=method, **extra)
    assert saved.salesforce_method == method
    assert read_credentials(saved)["client_id"] == "key"


def test_a_teammate_sets_up_and_updates() -> None:
    owner = owner_of_a_workspace()
    teammate = teammate_of(owner)
    saved = set_up(teammate)
    assert saved.workspace == owner.workspace
    assert owner.browser.get(f"/connections/{saved.pk}/").status_code == 200


def test_a_viewer_neither_sets_up_nor_updates() -> None:
    owner = owner_of_a_workspace()
    viewer, saved = viewer_with(owner), set_up(owner)
    assert viewer.browser.get("/connections/new/").status_code == 403
    assert viewer.browser.post("/connections/new/", FILLED_IN).status_code == 403
    assert viewer.browser.post(f"/connections/{saved.pk}/", FILLED_IN).status_code == 403
    page = viewer.browser.get(f"/connections/{saved.pk}/").content.decode()
    assert "but not change it" in page
    assert "Update" not in Labels(page).buttons


def test_a_stranger_finds_nothing_and_changes_nothing() -> None:
    saved = set_up(owner_of_a_workspace())
    other = stranger()
    assert other.browser.get(f"/connections/{saved.pk}/").status_code == 404
    assert other.browser.post(f"/connections/{saved.pk}/", {**FILLED_IN, "company": "Mine"}).status_code == 404
    saved = as_it_stands(saved)
    assert saved.company == "Rock Castle Construction"


def test_a_visitor_is_asked_to_log_in() -> None:
    assert visitor().get("/connections/new/").headers["Location"] == "/login/?next=/connections/new/"
    assert visitor().post("/connections/new/", FILLED_IN).status_code == 302


def test_the_form_needs_its_csrf_token() -> None:
    owner = owner_of_a_workspace()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner.person, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert browser.post("/connections/new/", FILLED_IN).status_code == 403
