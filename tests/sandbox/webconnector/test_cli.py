"""The commands of `apatar sandbox webconnector`."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from apatar.sandbox.webconnector import cli
from apatar.sandbox.webconnector.home import Home
from tests.sandbox.webconnector.stub import PASSWORD, FakeQuickBooks, Service, fault, qwc, serving


def added(folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Add the application of a service and its password; return the words every command begins with."""
    file = folder / "app.qwc"
    file.write_bytes(qwc(AppURL=service.url, AppSupport=service.url))
    words = ["--home", str(folder / "home")]
    assert cli.main([*words, "add", str(file), "--yes"]) == 0
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    assert cli.main([*words, "password", "user"]) == 0
    monkeypatch.setattr(cli, "open_request_processor", lambda _company: FakeQuickBooks())
    return words


def test_the_whole_way_from_the_file_to_ok(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as service:
        words = added(tmp_path, service, monkeypatch)
        assert cli.main([*words, "update", "--company", "books.qbw"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Test Application: OK"
    assert "*** Calling authenticate()" in (tmp_path / "home" / "QWCLog.txt").read_text()
    assert PASSWORD not in (tmp_path / "home" / "QWCLog.txt").read_text()


def test_a_summary_is_one_json_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as service:
        words = added(tmp_path, service, monkeypatch)
        capsys.readouterr()
        cli.main([*words, "update", "--company", "books.qbw", "--json", "Test Application"])
    summary: dict[str, Any] = json.loads(capsys.readouterr().out)
    [session] = summary["sessions"]
    assert (session["application"], session["status"], session["well"], session["requests"]) == (
        "Test Application",
        "OK",
        True,
        1,
    )


def test_a_session_that_ended_badly_exits_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(sendRequestXML=fault("it broke")) as service:
        words = added(tmp_path, service, monkeypatch)
        assert cli.main([*words, "update", "--company", "books.qbw"]) == 1
    assert "Test Application: QBWC1041: it broke" in capsys.readouterr().out


def test_mishaps_can_be_ordered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving() as service:
        words = added(tmp_path, service, monkeypatch)
        assert cli.main([*words, "update", "--company", "b.qbw", "--fault", "lose-response:receiveResponseXML"]) == 1
    assert service.operations[-1] == "receiveResponseXML"


def test_a_senseless_mishap_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--home", str(tmp_path), "update", "--fault", "explode"])
    assert end.value.code == 2
    assert "is no mishap" in capsys.readouterr().err


def test_a_refusal_is_shown_with_its_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "app.qwc"
    file.write_bytes(qwc(AppURL="https://192.0.2.7/soap"))
    assert cli.main(["--home", str(tmp_path), "add", str(file), "--yes"]) == 1
    assert capsys.readouterr().err.startswith("QBWC1001: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--home", str(tmp_path), "add", str(tmp_path / "none.qwc")]) == 1
    assert "none.qwc" in capsys.readouterr().err


@pytest.mark.parametrize(("typed", "entries"), [("y\n", 1), ("\n", 0)])
def test_the_user_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: str, entries: int) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    file = tmp_path / "app.qwc"
    with serving() as service:
        file.write_bytes(qwc(AppURL=service.url, AppSupport=service.url))
        cli.main(["--home", str(tmp_path), "add", str(file)])
    assert len(Home(tmp_path).entries()) == entries


def test_an_empty_password_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert cli.main(["--home", str(tmp_path), "password", "user"]) == 1
    assert Home(tmp_path).password("user") is None


def test_the_applications_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as service:
        words = added(tmp_path, service, monkeypatch)
    capsys.readouterr()
    assert cli.main([*words, "list"]) == 0
    assert capsys.readouterr().out == "Test Application (user): Not yet updated\n"
