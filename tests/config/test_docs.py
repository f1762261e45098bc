"""What stands in README, CONTRIBUTING, CHANGELOG and docs/, held against what is built."""

import argparse
import re
import tempfile
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver

from apatar.config import commands
from apatar.sandbox import story
from apatar.sandbox.quickbooks import access
from apatar.sandbox.quickbooks import cli as quickbooks_cli
from apatar.sandbox.salesforce.faults import Faults
from apatar.sandbox.webconnector import cli as webconnector_cli
from apatar.sandbox.webconnector.faults import Mishap

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CONFIG = ROOT / "src" / "apatar" / "config"
EXAMPLE_FOLDERS = ("/srv/apatar", "/var/lib/apatar")
"""Where the server's page puts an installation; whoever follows it and runs the tests there is no leak."""

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
SETTING = re.compile(r"\b(?:APATAR_[A-Z_]+|DATABASE_URL|EMAIL_URL)\b")
READ = re.compile(r"ENVIRONMENT\.[a-z]+\(\s*\"([A-Z_]+)\"")
"""A setting as it is asked for: ENVIRONMENT.text(, .secret(, .choice(, .words( or .number( whatever its name."""
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
PLACEHOLDERS = {
    "<int:pk>": "ID", "<str:key>": "KEY", "<slug:pair>": "PAIR", "<str:name>": "NAME", "<int:number>": "NUMBER",
}  # fmt: skip
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def settings_that_are_read() -> set[str]:
    text = text_of(CONFIG / "settings.py") + text_of(CONFIG / "environment.py")
    return {*SETTING.findall(text), *READ.findall(text)}


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub and others make of a page's headings."""
    headings = HEADING.findall(FENCE.sub("", text_of(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links_of(page: Path) -> Iterator[str]:
    for one, other in LINK.findall(FENCE.sub("", text_of(page))):
        yield one or other


def options_of(parser: argparse.ArgumentParser, *, common: frozenset[str] = frozenset()) -> set[str]:
    """Every long option of a parser and of the parsers below it."""
    found: set[str] = set()
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                found |= options_of(below, common=common)
        found |= {option for option in action.option_strings if option.startswith("--")}
    return found - common - {"--help"}


def options_of_command(name: str) -> set[str]:
    command = load_command_class(get_commands()[name], name)
    common = frozenset(options_of(BaseCommand().create_parser("apatar", name)))
    return options_of(command.create_parser("apatar", name), common=common)


def addresses_of(patterns: list[Any], before: str = "/") -> Iterator[str]:
    """Every address as the reference writes it: ID and KEY stand for what varies."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from addresses_of(one.url_patterns, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            address = before + re.sub(r"\^|\$", "", str(one.pattern))
            address = re.sub(r"\(\?P<uidb36>.*\)/", "…/", address)
            for placeholder, word in PLACEHOLDERS.items():
                address = address.replace(placeholder, word)
            yield address


@pytest.mark.parametrize("command", sorted(commands.OURS))
def test_every_command_has_its_heading_in_the_reference(command: str) -> None:
    assert f"\n## {command}\n" in text_of(REFERENCE / "commands.md")


@pytest.mark.parametrize("command", sorted(commands.OURS))
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert re.search(rf"^\| `{command}\b", text_of(ROOT / "README.md"), re.MULTILINE)


@pytest.mark.parametrize("command", sorted(set(commands.OURS) - {"demo", "sandbox", "migrate"}))
def test_every_option_of_a_command_stands_in_the_reference(command: str) -> None:
    assert [one for one in options_of_command(command) if one not in text_of(REFERENCE / "commands.md")] == []


def test_every_option_of_the_demo_and_the_sandbox_stands_in_the_reference() -> None:
    parsers = (story._parser(), quickbooks_cli._parser(), webconnector_cli._parser())
    options = set().union(*(options_of(parser) for parser in parsers))
    assert [one for one in sorted(options) if one not in text_of(REFERENCE / "commands.md")] == []


@pytest.mark.parametrize("setting", sorted(settings_that_are_read()))
def test_every_setting_stands_in_the_reference_and_in_the_readme(setting: str) -> None:
    assert f"| `{setting}` |" in text_of(REFERENCE / "settings.md")
    assert f"`{setting}`" in text_of(ROOT / "README.md")


def test_the_reference_names_no_setting_that_nobody_reads() -> None:
    table = re.findall(r"^\| `(\w+)` \|", text_of(REFERENCE / "settings.md"), re.MULTILINE)
    assert sorted(table) == sorted(settings_that_are_read())


def test_every_address_stands_in_the_reference() -> None:
    reference = text_of(REFERENCE / "addresses.md")
    missing = [one for one in addresses_of(get_resolver().url_patterns) if f"`{one}`" not in reference]
    assert missing == []


def test_every_fault_mishap_and_state_of_the_sandbox_stands_in_the_reference() -> None:
    reference = text_of(REFERENCE / "sandbox.md")
    names = [*(one.name for one in fields(Faults)), *Mishap, *access.STATES]
    assert [name for name in names if f"`{name}`" not in reference] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    broken = []
    for link in links_of(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.is_file() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


def test_every_page_is_reached_from_the_list_of_pages() -> None:
    listed = {(DOCS / link).resolve() for link in links_of(DOCS / "README.md")}
    assert [name_of(page) for page in DOCS.rglob("*.md") if page.name != "README.md" and page not in listed] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_names_a_path_of_this_machine(page: Path) -> None:
    text = text_of(page)
    for example in EXAMPLE_FOLDERS:
        text = text.replace(example, "")
    here = (str(ROOT), str(Path.home()) + "/", tempfile.gettempdir() + "/")
    assert [path for path in here if path in text] == []


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").glob("*.png")), ids=lambda path: str(path.name))
def test_every_picture_is_small_and_shown_somewhere(picture: Path) -> None:
    assert picture.stat().st_size < 150_000
    assert any(picture.name in text_of(page) for page in PAGES)
