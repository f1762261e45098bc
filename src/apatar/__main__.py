"""The command line: `apatar …`, also `python -m apatar …`."""

import os
import sys

SANDBOX = ("salesforce", "quickbooks", "webconnector")


def main() -> None:
    """Run the command named by the arguments; the sandbox and the demo know nothing of the service's own code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apatar.config.settings")
    words = sys.argv[1:]
    if words[:1] == ["sandbox"]:
        sys.exit(_sandbox(words[1:]))
    if words[:1] == ["demo"]:
        from apatar.sandbox.story import main as story  # noqa: PLC0415 each command imports what it needs

        sys.exit(story(words[1:]))
    from apatar.config.commands import run  # noqa: PLC0415

    sys.exit(run(words))


def _sandbox(words: list[str]) -> int:
    if words[:1] == ["salesforce"]:
        from apatar.sandbox.salesforce.cli import main as salesforce  # noqa: PLC0415

        return salesforce(words[1:])
    if words[:1] == ["quickbooks"]:
        from apatar.sandbox.quickbooks.cli import main as quickbooks  # noqa: PLC0415

        return quickbooks(words[1:])
    if words[:1] == ["webconnector"]:
        from apatar.sandbox.webconnector.cli import main as webconnector  # noqa: PLC0415

        return webconnector(words[1:])
    sys.stderr.write(f"apatar sandbox: say which one: {', '.join(SANDBOX)}.\n")
    return 2


if __name__ == "__main__":
    main()
