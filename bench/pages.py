"""What pages cost: processor time per request, in multiples of a bare Django view on the same kind of server.

Each case is bracketed by the bare view, rounds follow each other, medians count: milliseconds of a busy machine say
nothing, the ratio does. Queries are counted exactly. Goals: a fraction of what the best comparable portals cost.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.server import ROOT
from bench.surroundings import throw_away

LONGEST = 400  # seconds
MEASURE = "import django; django.setup(); from bench import pages_measured; pages_measured.main()"


def run():
    """Measure in a process of its own, with throw-away secrets and data; DATABASE_URL is respected.

    Returns {"database", "hello_ms", "cases": [{"name", "queries", "cost", "low", "high", "queries_goal", "cost_goal"}],
    "rush": {"signups_per_second", "hello_per_second", "ratio", "goal"}}.
    """
    with tempfile.TemporaryDirectory(prefix="haimengyuan-bench-") as folder:
        Path(folder, "static").mkdir()
        environment = os.environ | throw_away(folder)
        environment |= {
            "REDIS_URL": "",  # pages are kept in the memory of the process, as in the embedded mode
            "HASHED_STATIC_NAMES": "0",
            "TRUSTED_PROXY_COUNT": "1",  # every request comes from another visitor, as far as limits can see
            "ALLOWED_HOSTS": "127.0.0.1",
            "PORTAL_DEMO": "1",
            "DATABASE_CONN_MAX_AGE": "600",
        }
        done = subprocess.run(
            [sys.executable, "-c", MEASURE],
            env=environment,
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            timeout=LONGEST,
        )
    return json.loads(done.stdout.splitlines()[-1])


def missed(case):
    """What a case misses of its goals, in words; "" for nothing. Cases without a goal miss nothing."""
    words = []
    if case["queries_goal"] is not None and case["queries"] > case["queries_goal"]:
        words.append("queries")
    if case["cost_goal"] is not None and case["cost"] > case["cost_goal"]:
        words.append("cost")
    return " and ".join(words)


def missed_rush(rush):
    """Whether fewer signed up for one activity at the same time than there should be."""
    return rush["ratio"] < rush["goal"]


def say_rush(rush):
    """The rush on one activity in a sentence."""
    met = "MISSED" if missed_rush(rush) else "met"
    return (
        f"{rush['signups_per_second']:,.0f} sign-ups a second for one activity, {rush['ratio']:.3f} of the "
        f"{rush['hello_per_second']:,.0f} that the bare view answers (goal {rush['goal']}: {met})"
    )


def table(result):
    """The result as rows of texts, the head first."""
    rows = [("case", "queries", "goal", "x hello", "of rounds", "goal", "")]
    for case in result["cases"]:
        goals = ["-" if goal is None else f"{goal}" for goal in (case["queries_goal"], case["cost_goal"])]
        spread = f"{case['low']:.1f} to {case['high']:.1f}"
        verdict = f"MISSED: {missed(case)}" if missed(case) else "met" if case["cost_goal"] else ""
        rows.append(
            (case["name"], str(case["queries"]), goals[0], f"{case['cost']:.1f}", spread, goals[1], verdict)
        )
    return rows


def show(result):
    """The result in lines for people."""
    rows = table(result)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        f"pages: {result['database']}, {result['rounds']} rounds, hello = {result['hello_ms']:.2f} ms of processor"
    ]
    for row in rows:
        cells = [
            text.ljust(width) if column in (0, 6) else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    lines.append(f"  {say_rush(result['rush'])}")
    return "\n".join(lines)
