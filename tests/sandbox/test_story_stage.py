"""The stage starts processes, talks to commands and leaves nothing behind."""

import os
import socket
from pathlib import Path

import pytest

from apatar.sandbox.story_stage import OrgAccess, Stage, StoryError, free_port

ORG = OrgAccess("http://localhost:9/", "u", "p", "t", "c", "s")


def with_program(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Put a small program in the place of `apatar` for every process that is started."""
    package = folder / "apatar"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(f"import json, os, sys, time\n{program}")
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_a_service_is_ready_when_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "print('warming up')\nprint('ready http://localhost:1', os.getpid(), flush=True)\ntime.sleep(60)"
    with_program(tmp_path, monkeypatch, program)
    with Stage() as stage:
        url, process = stage.start_service(port=0, org=ORG).split()
        assert url == "http://localhost:1"
        os.kill(int(process), 0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(process), 0)


def test_a_service_that_ends_at_once_is_reported_with_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_program(tmp_path, monkeypatch, "sys.exit('the disk is full')")
    with Stage() as stage, pytest.raises(StoryError, match="the disk is full"):
        stage.start_service(port=0, org=ORG)


def test_the_org_tells_who_may_log_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = (
        "print(json.dumps({'ready': 'http://localhost:7', 'user': 'u', 'password': 'p', 'security_token': 't',"
        " 'client_id': 'c', 'client_secret': 's', 'admin_user': 'a', 'words': sys.argv}), flush=True)\ntime.sleep(60)"
    )
    with_program(tmp_path, monkeypatch, told)
    with Stage() as stage:
        org = stage.start_org(accounts=80, same=30)
    assert (org.host, org.user, org.client_secret) == ("localhost:7", "u", "s")


def test_commands_see_nothing_of_a_real_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_program(tmp_path, monkeypatch, "print(json.dumps(dict(os.environ)))")
    monkeypatch.setenv("DATABASE_URL", "postgres://real")
    monkeypatch.setenv("APATAR_SECRET_KEY", "real")
    with Stage() as stage:
        seen = stage.read("run", "list", "--json")
        assert seen["APATAR_HOME"] == str(stage.folder / "service")
    assert {"DATABASE_URL", "APATAR_SECRET_KEY"}.isdisjoint(seen)


def test_a_command_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_program(tmp_path, monkeypatch, "sys.exit('no such run')")
    with Stage() as stage, pytest.raises(StoryError, match=r"apatar run list.*no such run"):
        stage.command("run", "list")


def test_what_is_typed_reaches_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_program(tmp_path, monkeypatch, "print(sys.stdin.read(), *sys.argv[1:])")
    with Stage() as stage:
        printed = stage.connector("password", "user", typed="secret\n")
        assert printed == f"secret\n sandbox webconnector --home {stage.connector_home} password user\n"


def test_a_session_that_ended_badly_stops_the_story(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "print(json.dumps({'sessions': [{'well': False, 'status': 'QBWC1041: it broke'}]})); sys.exit(1)"
    with_program(tmp_path, monkeypatch, told)
    with Stage() as stage, pytest.raises(StoryError, match="QBWC1041: it broke"):
        stage.update_selected()


def test_the_folder_is_gone_afterwards() -> None:
    with Stage() as stage:
        stage.company_file.touch()
    assert not stage.folder.exists()


def test_a_port_that_is_taken_is_replaced() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(0) != 0
