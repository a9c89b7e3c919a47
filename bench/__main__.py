"""`python -m bench` (or `make bench`): every measurement in one run; `--write` keeps the figures in docs/bench.md."""

import argparse
import os
import platform
import sys
from datetime import UTC, datetime

from bench import pages, reminders
from bench.server import ROOT

PAGE = ROOT / "docs" / "bench.md"
HEAD = """# What pages and reminders cost

Written by `python -m bench --write`; do not edit. The unit is the processor time of a bare Django view on the same
server in the same run, so the figures do not depend on the machine; the goals are a fraction of what comparable
portals cost. Each figure is the median of interleaved rounds; beside other work they come out a little too high, since the
bare view needs less of the processor's memory. On PostgreSQL the server's own time is not counted.

"""


def main():
    """Measure, print, and return 0 when every goal is met, else 1."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the figures to docs/bench.md")
    parser.add_argument("--only", choices=["pages", "reminders"], help="one of the two")
    chosen = parser.parse_args()
    found = {}
    if chosen.only != "reminders":
        found["pages"] = pages.run()
        print(pages.show(found["pages"]), flush=True)
    if chosen.only != "pages":
        found["reminders"] = reminders.run()
        print(reminders.show(found["reminders"]), flush=True)
    if chosen.write:
        PAGE.write_text(written(found))
    return int(misses_a_goal(found))


def misses_a_goal(found):
    """Whether anything that was measured stays behind."""
    misses = []
    if "pages" in found:
        misses += [*map(pages.missed, found["pages"]["cases"]), pages.missed_rush(found["pages"]["rush"])]
    if "reminders" in found:
        misses.append(not found["reminders"]["met"])
    return any(misses)


def written(found):
    """The figures as a page of Markdown."""
    load = f"load {os.getloadavg()[2]:.1f} on {os.cpu_count()} processors, the measurement included"
    parts = [f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}, {load}.\n"]
    if "pages" in found:
        head, *rows = pages.table(found["pages"])
        parts.append(f"## Pages, on {found['pages']['database']}\n")
        lines = [head, ["---"] * len(head), *rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n")
        parts.append(f"Several clients at once: {pages.say_rush(found['pages']['rush'])}.\n")
    if "reminders" in found:
        result = found["reminders"]
        parts.append(f"## Reminders, on {result['database']}, broker {result['broker']}\n")
        parts.append(
            f"While the worker drains one task that does nothing, one tick delivers {result['reminders_ratio']:,.0f} "
            f"reminders, or {result['activity_reminders_ratio']:,.0f} questions of the day before an activity with a "
            f"text message to write beside each (goal of both: {result['goal']}).\n"
        )
    return HEAD + "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
