"""The folder of a Web Connector keeps applications and passwords."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from apatar.sandbox.webconnector.errors import Refused, UnusableHome
from apatar.sandbox.webconnector.home import Home
from tests.sandbox.webconnector.stub import FILE, application

URL = "http://localhost:1/soap"
OTHER_FILE = FILE.replace("90A44FB5", "00000000")


def test_an_application_is_kept(tmp_path: Path) -> None:
    Home(tmp_path).add(application(URL))
    [entry] = Home(tmp_path).entries()
    assert entry.application == application(URL)
    assert entry.status == "Not yet updated"


def test_the_same_name_and_file_replace_and_keep_the_history(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.save(replace(home.add(application(URL)), status="OK", minimum_run=300))
    home.add(application("http://localhost:2/soap"))
    [entry] = home.entries()
    assert entry.application.app_url == "http://localhost:2/soap"
    assert (entry.status, entry.minimum_run) == ("OK", 300)


def test_another_file_is_another_application(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(application(URL))
    home.add(application(URL, file_id=OTHER_FILE, user_name="second"))
    assert [entry.application.user_name for entry in home.entries()] == ["user", "second"]


def test_another_name_for_the_same_owner_and_file_is_refused(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(application(URL))
    with pytest.raises(Refused, match="QBWC1039: Unique OwnerID/FileID pair"):
        home.add(application(URL, app_name="Another"))


def test_a_unique_name_replaces_whatever_had_it(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(application(URL, unique_name="one"))
    home.add(application(URL, unique_name="one", app_name="Renamed", file_id=OTHER_FILE))
    assert [entry.application.app_name for entry in home.entries()] == ["Renamed"]


def test_an_application_is_found_by_name_user_or_file(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(application(URL, display_name="Shown"))
    for name in ("Test Application", "Shown", "user", FILE):
        assert home.find(name).application.user_name == "user"
    with pytest.raises(Refused, match="QBWC1011"):
        home.find("Unknown")


def test_a_name_that_two_have_is_not_enough(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.add(application(URL))
    home.add(application(URL, file_id=OTHER_FILE, user_name="second"))
    with pytest.raises(Refused, match="QBWC1019"):
        home.find("Test Application")


def test_a_password_is_kept_out_of_sight(tmp_path: Path) -> None:
    Home(tmp_path).set_password("user", "geheim-ß-密码")
    stored = tmp_path / "applications.json"
    assert Home(tmp_path).password("user") == "geheim-ß-密码"
    assert Home(tmp_path).password("nobody") is None
    assert "geheim" not in stored.read_text()
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_one_update_at_a_time(tmp_path: Path) -> None:
    with (
        Home(tmp_path).update_lock(),
        pytest.raises(UnusableHome, match="Another update"),
        Home(tmp_path).update_lock(),
    ):
        pytest.fail("two updates at once")
    with Home(tmp_path).update_lock():
        assert Home(tmp_path).entries() == []


def test_a_damaged_file_is_explained(tmp_path: Path) -> None:
    (tmp_path / "applications.json").write_text("{")
    with pytest.raises(UnusableHome, match="add the applications again"):
        Home(tmp_path).entries()
