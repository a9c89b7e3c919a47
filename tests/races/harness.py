"""Many real threads at one row, each with a connection of its own, let go by one barrier."""

import fcntl
import os
import tempfile
import threading
from collections import Counter
from contextlib import contextmanager

from django.db import connection

WAIT = 60  # seconds; a deadlock is a failure, not a hanging suite


@contextmanager
def race_of_its_own():
    """One race at a time on this machine: two of fifty threads would use up PostgreSQL's hundred connections."""
    with open(f"{tempfile.gettempdir()}/haimengyuan-race-{os.getuid()}.lock", "w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def run_together(workers):
    """Run each worker in a thread of its own; returns their outcomes in order: a value, or the exception raised.

    A worker reads what a request would read and returns the function that acts on it; the acts begin at the same
    moment, so each of them may rely on something that is no longer true.
    """
    barrier = threading.Barrier(len(workers), timeout=WAIT)
    outcomes = [None] * len(workers)

    def run(index, worker):
        try:
            act = worker()
            barrier.wait()
            outcomes[index] = act()
        except Exception as error:  # noqa: BLE001 — whatever it is, the test names the ones it allows
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair, daemon=True) for pair in enumerate(workers)]
    with race_of_its_own():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
    assert not any(thread.is_alive() for thread in threads), "a thread never came back"
    return outcomes


def kinds(outcomes):
    """How many of the outcomes were values (None as the key) and how many exceptions of each class."""
    return Counter(type(found) if isinstance(found, Exception) else None for found in outcomes)
