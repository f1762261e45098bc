"""The dry run from the pages, with the real engine behind them: asked for, shown, released, carried out."""

from django.test import Client

from apatar.accounts.models import Person
from apatar.runs.models import Run
from tests.runs.world import EMAIL, World


def the_owner() -> Client:
    browser = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    browser.force_login(Person.objects.get(email=EMAIL), backend=backend)
    return browser


def page(browser: Client, run: Run) -> str:
    return " ".join(browser.get(f"/runs/{run.pk}/").content.decode().split())


def test_a_first_run_is_looked_at_released_and_carried_out(world: World) -> None:
    world.people.add("Kern Lighting", Phone="555-0100")
    world.books.add("Abel Bakery")
    browser = the_owner()
    browser.post(f"/connections/{world.connection.pk}/dry-run/")
    shown = world.run_well()
    text = page(browser, shown)
    assert "What this run would write" in text
    assert "<ins>555-0100</ins>" in text
    assert world.books.names() == ["Abel Bakery"]
    world.people.add("Late Comer")
    browser.post(f"/runs/{shown.pk}/release/", {"sure": "yes"})
    world.clock.pass_by(minutes=10)
    run = world.run_well()
    assert world.books.names() == ["Abel Bakery", "Kern Lighting"]
    assert f'<a href="/runs/{run.pk}/?state=shown#changes">1 change</a> came up' in page(browser, shown)
    assert "Late Comer" in browser.get(f"/runs/{run.pk}/?state=shown").content.decode()


def test_a_dry_run_that_is_asked_for_comes_with_the_next_call_whatever_the_frequency_says(world: World) -> None:
    world.people.add("Kern Lighting")
    world.save(frequency_minutes=24 * 60)
    for _ in range(3):
        world.clock.pass_by(minutes=10)
        world.sync()
        world.work()
    before = world.last_run().number
    the_owner().post(f"/connections/{world.connection.pk}/dry-run/")
    world.clock.pass_by(minutes=10)
    run = world.run_well()
    assert (run.number, run.outcome) == (before + 1, "shown")


def test_a_held_run_says_why_on_its_page_and_can_be_released(world: World) -> None:
    for number in range(4):
        world.people.add(f"Customer {number}")
    world.save(hold_creates=3)
    run = world.run_well()
    browser = the_owner()
    assert "4 records would be created in QuickBooks" in page(browser, run)
    browser.post(f"/runs/{run.pk}/release/", {"sure": "yes"})
    world.clock.pass_by(minutes=10)
    world.run_well()
    assert len(world.books.names()) == 4
