"""How many reminders a tick delivers in the time in which the same worker drains one task that does nothing.

One task per reminder could never be faster than tasks that do nothing; this is why rows are the queue. Each round fills
the broker with such tasks, starts a worker and times the drain, then times one tick over due inbox rows in the same
worker. Rounds follow each other, medians count; the ratio is the result, because both ran on the same machine within
seconds. The database is a test database, made and dropped by the measuring process (`bench.reminders_measured`).
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.surroundings import throw_away

ROOT = Path(__file__).resolve().parent.parent
GOAL = 15  # times the rate of tasks that do nothing
LONGEST = 600  # seconds
MEASURE = "import django; django.setup(); from bench import reminders_measured; reminders_measured.main()"


def run():
    """Measure in a process of its own, with throw-away secrets and data; DATABASE_URL and REDIS_URL are respected.

    Returns {"database", "broker", "noop_per_second", "reminders_per_second", "ratio", "goal", "met", "rounds"}: medians,
    and for each round a dict with the same three figures.
    """
    with tempfile.TemporaryDirectory(prefix="haimengyuan-bench-") as folder:
        command = [sys.executable, "-c", MEASURE]
        environment = os.environ | throw_away(folder)
        done = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=LONGEST
        )
    result = json.loads(done.stdout.splitlines()[-1])
    return result | {"goal": GOAL, "met": result["ratio"] >= GOAL}


def show(result):
    """The result in lines for people."""
    rounds = result["rounds"]
    lines = [f"reminders: {result['database']}, broker {result['broker']}, medians of {len(rounds)} rounds"]
    for name, words in [("noop_per_second", "tasks that do nothing"), ("reminders_per_second", "inbox rows")]:
        figures = [each[name] for each in rounds]
        lines.append(f"  {words:<22}{result[name]:>9,.0f} /s  [{min(figures):,.0f} to {max(figures):,.0f}]")
    met = "met" if result["met"] else "MISSED"
    lines.append(f"  {'ratio':<22}{result['ratio']:>9,.1f} x   goal {result['goal']} x: {met}")
    return "\n".join(lines)


if __name__ == "__main__":
    measured = run()
    print(show(measured))
    sys.exit(0 if measured["met"] else 1)
