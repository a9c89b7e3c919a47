"""How many reminders a tick delivers in the time in which the same worker drains one task that does nothing.

One task per reminder could never be faster than tasks that do nothing; this is why rows are the queue. Each round fills
the broker with such tasks, starts a worker and times the drain, then times one tick over due inbox rows in the same
worker, then another over the questions of the day before an activity, each with a row that leaves as a text. Rounds follow each other, medians count; the ratio is the result, because both ran on the same machine within
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
# name of a figure → what is delivered
ROWS = {
    "reminders": "inbox rows",
    "activity_reminders": "questions before activities, with a text each",
}
MEASURE = "import django; django.setup(); from bench import reminders_measured; reminders_measured.main()"


def run():
    """Measure in a process of its own, with throw-away secrets and data; DATABASE_URL and REDIS_URL are respected.

    Returns {"database", "broker", "noop_per_second", "goal", "met", "rounds"} and for both names of `ROWS` what stands
    with "_per_second" and "_ratio" behind them: medians, and for each round a dict with the same five figures.
    """
    with tempfile.TemporaryDirectory(prefix="haimengyuan-bench-") as folder:
        command = [sys.executable, "-c", MEASURE]
        environment = os.environ | throw_away(folder)
        done = subprocess.run(
            command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, timeout=LONGEST
        )
    result = json.loads(done.stdout.splitlines()[-1])
    return result | {"goal": GOAL, "met": all(result[f"{name}_ratio"] >= GOAL for name in ROWS)}


def show(result):
    """The result in lines for people."""
    rounds = result["rounds"]
    lines = [f"reminders: {result['database']}, broker {result['broker']}, medians of {len(rounds)} rounds"]
    for name, words in {"noop": "tasks that do nothing", **ROWS}.items():
        figures = [each[f"{name}_per_second"] for each in rounds]
        line = f"  {words:<44}{result[f'{name}_per_second']:>9,.0f} /s  [{min(figures):,.0f} to {max(figures):,.0f}]"
        if name in ROWS:
            ratio = result[f"{name}_ratio"]
            line += f"  {ratio:,.1f} x, goal {GOAL} x: {'met' if ratio >= GOAL else 'MISSED'}"
        lines.append(line)
    return "\n".join(lines)


if __name__ == "__main__":
    measured = run()
    print(show(measured))
    sys.exit(0 if measured["met"] else 1)
