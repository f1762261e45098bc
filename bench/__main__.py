"""`python -m bench`: measures, and prints figures beside their targets, the floor and the fastest peer."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence

from bench import first_run, idle, intake, invoices, memory, screens
from bench.figures import Figure
from bench.processes import BenchError
from bench.table import show, surroundings

MEASURES: dict[str, Callable[..., list[Figure]]] = {
    "idle": idle.measure,
    "intake": intake.measure,
    "memory": memory.measure,
    "first-run": first_run.measure,
    "invoices": invoices.measure,
    "screens": screens.measure,
}


def main(argv: Sequence[str]) -> int:
    """Measure what is named, or everything; 0 unless a measurement could not be made. A missed target is no error."""
    arguments = _parser().parse_args(argv)
    figures: list[Figure] = []
    try:
        for name in dict.fromkeys([*arguments.names, *arguments.only] or MEASURES):
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            figures += MEASURES[name](quick=arguments.quick)
    except BenchError as error:
        print(f"The benchmark stopped. {error}", file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps({"figures": [one.as_json() for one in figures], "surroundings": surroundings()}))
    else:
        show(figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(MEASURES)}", type=_name)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", type=_name)
    parser.add_argument("--quick", action="store_true", help="short rounds and a tenth of the records")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return parser


def _name(text: str) -> str:
    if text not in MEASURES:
        raise argparse.ArgumentTypeError(f"choose one of {', '.join(MEASURES)}")
    return text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
