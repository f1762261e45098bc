"""The commands that the demo prints for a new terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apatar.sandbox.quickbooks.cli import main as quickbooks
from apatar.sandbox.story_again import SOURCE, adding_command, apatar, updating_command

CHECKOUT = SOURCE.parent


@pytest.fixture(autouse=True)
def _started_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def interpreter(path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "executable", str(program(path)))
    return path


def test_from_a_checkout_the_source_and_the_interpreter_are_relative(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    interpreter(tmp_path / ".venv" / "bin" / "python", monkeypatch)
    monkeypatch.setenv("PYTHONPATH", "src")
    monkeypatch.setattr("apatar.sandbox.story_again.SOURCE", tmp_path / "src")
    assert apatar() == "PYTHONPATH=src .venv/bin/python -m apatar"


def test_an_installed_apatar_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = interpreter(tmp_path / "bin" / "python", monkeypatch)
    program(python.with_name("apatar"))
    monkeypatch.setenv("PATH", str(python.parent))
    assert apatar() == "apatar"


def test_an_activated_environment_is_named_as_a_new_terminal_has_not_activated_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python = interpreter(tmp_path / ".venv" / "bin" / "python", monkeypatch)
    program(python.with_name("apatar"))
    monkeypatch.setenv("PATH", str(python.parent))
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / ".venv"))
    assert apatar() == ".venv/bin/apatar"


def test_without_the_script_the_interpreter_calls_the_module(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpreter(tmp_path / "with space" / "python", monkeypatch)
    assert apatar() == "'with space/python' -m apatar"


def test_a_program_elsewhere_keeps_its_whole_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    python = interpreter(tmp_path / "bin" / "python", monkeypatch)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    assert apatar() == f"{python} -m apatar"


def test_the_update_names_the_home_and_the_company_on_lines_of_their_own() -> None:
    command = updating_command(connector_home=Path("my pc"), company_file=Path("a.qbw"))
    assert command.splitlines()[1:] == ["  --home 'my pc' \\", "  update --company a.qbw"]


def test_a_new_terminal_takes_the_printed_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "my company.qbw"
    assert quickbooks(["new", str(file), "--customers", "0"]) == 0
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    command = adding_command(file)
    terminal = {"PATH": os.defpath, "LANG": "C.UTF-8"}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, env=terminal, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert str(SOURCE) not in command
    assert "<Name>Harbor Bakery</Name>" in done.stdout
