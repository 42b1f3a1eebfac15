"""``python -m benchmarks [booking] [search] [promotion] …``: one JSON line for each figure."""

import json
import sys
from collections.abc import Callable, Mapping

from benchmarks import booking, offer_latency, panel, promotion, punctuality, search
from benchmarks.stack import Stack, stack

BENCHES: Mapping[str, Callable[[Stack], list[dict[str, object]]]] = {
    "booking": booking.measure,
    "search": search.measure,
    "promotion": promotion.measure,
    "panel": panel.measure,
    "punctuality": punctuality.measure,
    "offers": offer_latency.measure,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"Not a benchmark: {', '.join(sorted(unknown))}. There are: {', '.join(BENCHES)}.")
        return 2
    for name in names or BENCHES:
        with stack() as running:
            for figure in BENCHES[name](running):
                print(json.dumps(figure, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
