"""A gunicorn of our own on loopback, asked from here, and the processor time that it took."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_WITHIN = 60  # seconds


class Server:
    """One synchronous worker, so that each request is answered alone, or several. Use it as a context."""

    def __init__(self, application, environment, *, workers=1):
        self.application, self.environment, self.workers = application, environment, workers

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as door:
            self.port = door.getsockname()[1]
            command = [sys.executable, "-m", "gunicorn", self.application, "--bind", f"fd://{door.fileno()}"]
            command += [
                "--workers",
                str(self.workers),
                "--worker-class",
                "sync",
                "--log-level",
                "error",
                "--no-control-socket",
            ]
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                pass_fds=(door.fileno(),),
                stdout=sys.stderr,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_error):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method, path, *, body=None, headers=None):
        """Send one request on a connection of its own; returns the status and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_WITHIN)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def cpu(self):
        """Seconds of processor time that the server's processes have had, children included."""
        return sum(_cpu_of(pid) for pid in _tree(self.process.pid))


def _tree(pid):
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):
            for child in children.read_text().split():
                yield from _tree(int(child))


def _cpu_of(pid):
    """From schedstat, in nanoseconds: the ticks of `stat` are longer than a request."""
    total = 0
    for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(FileNotFoundError):
            total += int(thread.read_text().split()[0])
    return total / 1e9


def requests_per_second(send, *, seconds, clients):
    """How many calls of `send` return per second when so many clients send one after the other."""
    ends = time.perf_counter() + seconds

    def keep_sending(_client):
        sent = 0
        while time.perf_counter() < ends:
            send()
            sent += 1
        return sent

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(keep_sending, range(clients))) / seconds


def cpu_per_request(server, send, *, times):
    """Seconds of processor time per request over so many calls of `send`."""
    before = server.cpu()
    for _request in range(times):
        send()
    time.sleep(0.005)  # the answer is out before the worker is done with it
    return (server.cpu() - before) / times
