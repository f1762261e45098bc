"""What the operator may say: environment variables, one settings file, secrets also from files."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs


class SettingError(RuntimeError):
    """A setting cannot be used as it is; the message says which one and what it must look like."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Settings by name: the process environment wins over the file named by APATAR_CONFIG."""

    values: Mapping[str, str]

    @classmethod
    def of_process(cls) -> "Environment":
        named = os.environ.get("APATAR_CONFIG")
        return cls({**(read_settings_file(Path(named)) if named else {}), **os.environ})

    def text(self, name: str, default: str = "") -> str:
        return self.values.get(name, default).strip()

    def secret(self, name: str) -> str:
        """The value of NAME, or the content of the file that NAME_FILE names; empty where neither is set."""
        named = self.text(f"{name}_FILE")
        if not named:
            return self.text(name)
        try:
            return Path(named).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise _unreadable(f"{name}_FILE", named) from error

    def number(self, name: str) -> int:
        """A whole number, 0 where the setting is absent."""
        text = self.text(name, "0")
        if not text.isdecimal():
            raise SettingError(f"{name} is {text!r}; it must be a whole number, such as 1.")
        return int(text)

    def words(self, name: str) -> list[str]:
        """A list written with commas or spaces."""
        return self.text(name).replace(",", " ").split()

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of `allowed`; the first of them where the setting is absent."""
        value = self.text(name, allowed[0]).lower()
        if value not in allowed:
            raise SettingError(f"{name} is {value!r}; it must be one of: {', '.join(allowed)}.")
        return value


def read_settings_file(path: Path) -> dict[str, str]:
    """Read NAME=value lines; blank lines and lines that start with # are passed over."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise _unreadable("APATAR_CONFIG", str(path)) from error
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def _unreadable(name: str, path: str) -> SettingError:
    return SettingError(f"{name} names {path}, which cannot be read. Correct the path or remove it.")


def data_folder(environment: Environment) -> Path:
    """Return APATAR_HOME, made if it is not there, readable by its owner only."""
    named = environment.text("APATAR_HOME")
    home = Path(named) if named else Path(platformdirs.user_data_dir("apatar", appauthor=False))
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return home


def kept_secret(environment: Environment, name: str, file: Path, make: Callable[[], str]) -> str:
    """Return the secret `name`: from the settings, else from `file`, which is made at the first start."""
    return environment.secret(name) or _from_file(file) or _write_new(file, make())


class SecretMaker:
    """Makes a new random secret of so many bytes."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __call__(self) -> str:
        return secrets.token_urlsafe(self._size)


def _from_file(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


def _write_new(file: Path, content: str) -> str:
    """Write a file only its owner can read; where another process was first, take what it wrote."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        handle.write(content + "\n")
    try:
        os.link(draft, file)  # fails where the file is already there: two first starts agree on one secret
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        draft.replace(file)
        return content
    finally:
        draft.unlink(missing_ok=True)
    return _from_file(file)
