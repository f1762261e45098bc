"""The pages of the review: what stands there, decisions by those who may, and nothing for strangers."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from apatar.connections.models import Connection
from apatar.runs.models import Link, Record
from apatar.runs.proposal import Ignored, Proposal
from tests.accounts.people import Someone, owner_of_a_workspace, stranger, teammate_of, viewer_with, visitor
from tests.journeys import plans, reviews, situations

pytestmark = pytest.mark.django_db


@contextmanager
def a_reviewed_connection(owner: Someone) -> Iterator[tuple[Connection, str]]:
    """A connection before its first release, with a plan that waits; yields the address of its review."""
    now = timezone.now()
    connection = situations.a_connection_in_step(owner.workspace, owner.person, now=now)
    connection.first_released_at = None
    connection.save()
    with scope(connection=connection):
        plans.a_plan(connection, 1, at=now)
        reviews.a_review(connection, now=now)
    yield connection, f"/connections/{connection.pk}/review/"


def rows(**narrowed: object) -> list[Proposal]:
    with scopes_disabled():
        return list(Proposal.objects.filter(**narrowed).order_by("pk"))


def choices() -> list[str]:
    return [one.choice for one in rows()]


def seen(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return " ".join(answer.content.decode().split())


def test_each_view_shows_what_it_counts_with_the_reason_and_what_tells_the_records_apart() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (_, door):
        likely = seen(owner.browser, door)
        assert likely.index("Kern Lighting Group") < likely.index("Harbor Tool Co"), "the surest first"
        assert "A similar name, the same phone · 90 of 100" in likely
        assert "555-0100" in likely
        assert "Northern Pines" in seen(owner.browser, f"{door}?show=exact")
        assert "Would be created in QuickBooks" in seen(owner.browser, f"{door}?show=salesforce")
        assert "Abel Bakery" in seen(owner.browser, f"{door}?show=quickbooks")
        assert "A vendor in QuickBooks already has the name" in seen(owner.browser, f"{door}?show=taken")
        narrowed = seen(owner.browser, f"{door}?name=harbor&least=80")
        assert "Harbor Tool Co" in narrowed
        assert "Kern Lighting" not in narrowed


def test_owner_and_teammate_decide_one_after_the_other_and_come_back_to_the_next_one() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (connection, door):
        first, second, *_ = rows()
        answer = owner.browser.post(f"{door}decide/", {"action": "accept", "row": first.pk, "at": 1, "show": "likely"})
        assert answer.headers["Location"] == f"{door}?show=likely&at=1"
        teammate_of(owner).browser.post(f"{door}decide/", {"action": "apart", "row": second.pk})
        assert choices()[:2] == ["link", "apart"]
        assert rows()[0].decided_by == "owner@example.com"
        with scope(connection=connection):
            assert Record.objects.filter(dirty=True).count() >= 4
        decided = seen(owner.browser, f"{door}?show=decided")
        assert "Belong together" in decided
        owner.browser.post(f"{door}decide/", {"action": "again", "row": first.pk})
        assert choices()[:2] == ["", "apart"]


def test_everything_of_a_view_is_accepted_at_once() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (_, door):
        owner.browser.post(f"{door}many/", {"show": "exact"})
        assert [one.choice for one in rows(kind="name")] == ["link"]
        owner.browser.post(f"{door}many/", {"show": "likely", "least": "90"})
        assert choices()[:2] == ["link", ""]


def test_before_the_first_release_exact_matches_are_accepted_first() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (connection, door):
        with scope(connection=connection):
            run = connection.runs.get()
        assert "1 exact match on the review page" in seen(owner.browser, f"/runs/{run.pk}/")
        assert "1 exact match to accept" in seen(owner.browser, f"/connections/{connection.pk}/")
        owner.browser.post(f"{door}many/", {"show": "exact"})
        assert "Release …" in seen(owner.browser, f"/runs/{run.pk}/")
        assert "Look, and release" in seen(owner.browser, f"/connections/{connection.pk}/")
        owner.browser.post(f"{door}decide/", {"action": "apart", "row": rows()[0].pk})
        assert "You have decided on the review page since" in seen(owner.browser, f"/runs/{run.pk}/")


def test_a_record_is_ignored_searched_linked_by_hand_and_unlinked() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (connection, door):
        zenith, abel = rows()[3], rows()[4]
        record = {"pair": reviews.PAIR, "side": "salesforce", "id": zenith.salesforce_id}
        page = seen(
            owner.browser, f"{door}search/?pair={reviews.PAIR}&side=salesforce&id={zenith.salesforce_id}&q=abel"
        )
        assert 'aria-label="Link Zenith Holding to Abel Bakery"' in page
        owner.browser.post(f"{door}decide/", {"action": "link", **record, "other": abel.quickbooks_id})
        [row] = rows(kind="hand")
        assert (row.salesforce_name, row.quickbooks_name, row.choice) == ("Zenith Holding", "Abel Bakery", "link")
        assert rows(kind="alone") == []
        with scope(connection=connection):
            pines = Link.objects.get()
        listed = seen(owner.browser, f"/connections/{connection.pk}/links/?name=pines")
        assert 'aria-label="Unlink Northern Pines from Northern Pines"' in listed
        owner.browser.post(f"{door}decide/", {"action": "unlink", "link": pines.pk, "here": "links"})
        assert [one.kind for one in rows(kind="parted")] == ["parted"]
        kern = rows()[0]
        end = {"pair": reviews.PAIR, "side": "quickbooks", "id": kern.quickbooks_id}
        owner.browser.post(f"{door}decide/", {"action": "ignore", **end})
        with scope(connection=connection):
            assert [one.name for one in Ignored.objects.all()] == ["Kern Lighting"]


def test_what_cannot_be_is_said_and_nothing_is_decided() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (connection, door):
        pines = rows(kind="name")[0]
        record = {"pair": reviews.PAIR, "side": "salesforce", "id": rows()[0].salesforce_id}
        answer = owner.browser.post(
            f"{door}decide/", {"action": "link", **record, "other": pines.quickbooks_id}, follow=True
        )
        assert "“Northern Pines” belongs to another record already" in answer.content.decode()
        assert owner.browser.post(f"{door}decide/", {"action": "dance"}).status_code == 404
        assert owner.browser.post(f"{door}decide/", {"action": "accept", "row": "0"}).status_code == 302
        for asked in ("?page=99", "?least=x&show=y", "?name=%00", "?at=99999"):
            seen(owner.browser, f"{door}{asked}")
        assert owner.browser.get(f"{door}search/?pair=x").status_code == 404
        assert choices() == [""] * 5
        assert connection.pk


def test_a_viewer_looks_and_changes_nothing_and_a_stranger_finds_nothing() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (connection, door):
        viewer, other = viewer_with(owner).browser, stranger().browser
        page = seen(viewer, door)
        assert "Kern Lighting Group" in page
        assert "Accept" not in page
        links = f"/connections/{connection.pk}/links/"
        search = f"{door}search/?pair={reviews.PAIR}&side=salesforce&id={rows()[0].salesforce_id}"
        for address in (door, links, search, f"{door}decisions.csv"):
            assert viewer.get(address).status_code == 200
            assert other.get(address).status_code == 404
            assert visitor().get(address).status_code == 302
        posts = ((f"{door}decide/", {"action": "accept", "row": rows()[0].pk}), (f"{door}many/", {"show": "exact"}))
        for address, data in (*posts, (f"{door}import/", {})):
            assert viewer.post(address, data).status_code == 403
            assert other.post(address, data).status_code == 404
        assert choices() == [""] * 5


def test_the_decisions_go_out_as_a_file_and_come_in_again() -> None:
    owner = owner_of_a_workspace()
    with a_reviewed_connection(owner) as (_, door):
        text = b"".join(owner.browser.get(f"{door}decisions.csv")).decode("utf-8-sig")
        lines = text.splitlines()
        assert lines[0].startswith("objects,salesforce_id,salesforce_name")
        at = next(at for at, line in enumerate(lines) if "Kern Lighting Group" in line)
        lines[at] += "link"
        file = SimpleUploadedFile("review.csv", "\r\n".join(lines).encode())
        answer = owner.browser.post(f"{door}import/", {"file": file}, follow=True)
        assert "1 decision was taken in." in answer.content.decode()
        assert choices()[:2] == ["link", ""]
        broken = SimpleUploadedFile("review.csv", "\r\n".join([*lines, "accounts_customers,1,,2,,,,,dance"]).encode())
        refused = owner.browser.post(f"{door}import/", {"file": broken})
        assert refused.status_code == 400
        assert "Line 7: “dance” is no decision" in refused.content.decode()
        assert owner.browser.post(f"{door}import/", {}).status_code == 400
