"""What the operator may say, and what is said to an operator who is wrong."""

import stat
import threading
from pathlib import Path

import pytest

from apatar.config.environment import (
    Environment,
    SecretMaker,
    SettingError,
    data_folder,
    kept_secret,
    read_settings_file,
)


def given(**values: str) -> Environment:
    return Environment(values)


def test_a_setting_is_trimmed_and_may_be_absent() -> None:
    assert given(NAME="  x ").text("NAME") == "x"
    assert given().text("NAME", "y") == "y"


def test_a_list_is_written_with_commas_or_spaces() -> None:
    assert given(HOSTS="a:1, b  c,").words("HOSTS") == ["a:1", "b", "c"]
    assert given().words("HOSTS") == []


def test_a_choice_is_one_of_the_allowed_and_the_first_by_default() -> None:
    assert given(MODE="CLOSED").choice("MODE", ("open", "closed")) == "closed"
    assert given().choice("MODE", ("open", "closed")) == "open"
    with pytest.raises(SettingError, match="MODE is 'maybe'; it must be one of: open, closed"):
        given(MODE="maybe").choice("MODE", ("open", "closed"))


def test_a_secret_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n")
    assert given(KEY_FILE=str(tmp_path / "secret"), KEY="not this").secret("KEY") == "s3cret"
    assert given(KEY="this").secret("KEY") == "this"
    assert given().secret("KEY") == ""


def test_a_secret_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=r"KEY_FILE names .* cannot be read\. Correct the path or remove it\."):
        given(KEY_FILE=str(tmp_path / "nothing")).secret("KEY")


def test_the_environment_wins_over_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "apatar.conf"
    file.write_text("# ours\n\nAPATAR_URL=https://from.file\nAPATAR_FROM='A <a@b.c>'\nnonsense\n")
    monkeypatch.setenv("APATAR_CONFIG", str(file))
    monkeypatch.setenv("APATAR_URL", "https://from.environment")
    environment = Environment.of_process()
    assert environment.text("APATAR_URL") == "https://from.environment"
    assert environment.text("APATAR_FROM") == "A <a@b.c>"


def test_a_settings_file_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="APATAR_CONFIG names"):
        read_settings_file(tmp_path / "nothing")


def test_the_data_folder_is_its_owners_only(tmp_path: Path) -> None:
    home = data_folder(given(APATAR_HOME=str(tmp_path / "a" / "home")))
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_secret_is_made_once_and_its_owners_only(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    first = kept_secret(given(), "KEYS", file, SecretMaker(32))
    assert kept_secret(given(), "KEYS", file, SecretMaker(32)) == first
    assert len(first) >= 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert kept_secret(given(KEYS="set"), "KEYS", file, SecretMaker(32)) == "set"


def test_two_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    together, made = threading.Barrier(8), []

    def start() -> None:
        together.wait()
        made.append(kept_secret(given(), "KEYS", tmp_path / "keys", SecretMaker(32)))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["keys"]
