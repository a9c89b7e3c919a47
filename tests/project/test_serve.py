"""Web, worker and beat under one command: they come up together, come back, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from haimengyuan.lib.supervisor import Program, Supervisor
from haimengyuan.management.commands.serve import only_one, reserve

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, as the kernel's help is Linux's too"),
]


def wait_for(condition, seconds, what):
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def processes_of(mark):
    """{pid: command line} of every living process whose environment holds `mark`, which children inherit."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return found


class Portal:
    """`manage.py serve` on a free port with a folder of its own."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.mark = f"HAIMENGYUAN_TEST_MARK={folder}"
        name, _, value = self.mark.partition("=")
        environment = os.environ | {name: value, "VAR_DIR": str(folder), "PORT": str(self.port), "DEMO": "0"}
        environment |= {"DATABASE_URL": "", "REDIS_URL": ""}
        self.log = folder / "serve.log"
        with self.log.open("w") as log:
            self.manager = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdout=log,
                stderr=log,
            )

    def answers(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=20).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def wait_until_served(self):
        wait_for(lambda: self.answers() or self.manager.poll() is not None, 240, "an answer of the portal")
        assert self.manager.poll() is None, self.log.read_text()
        for name in ("worker", "beat", "gunicorn"):
            wait_for(lambda name=name: self.child(name), 60, name)

    def child(self, name):
        """The pid of the child whose command holds `name`, None while there is none."""
        children = Path(f"/proc/{self.manager.pid}/task/{self.manager.pid}/children").read_text().split()
        commands = self.processes()
        return next((int(pid) for pid in children if f" {name} " in commands.get(int(pid), "")), None)

    def processes(self):
        return processes_of(self.mark)

    def end(self):
        for pid in [self.manager.pid, *self.processes()]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.manager.wait()


@pytest.fixture
def portal(tmp_path):
    portal = Portal(tmp_path)
    yield portal
    portal.end()


def test_the_whole_life_of_the_portal(portal):
    portal.wait_until_served()

    first = portal.child("worker")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: portal.child("worker") not in {None, first}, 60, "a new worker")
    assert portal.answers()

    portal.manager.send_signal(signal.SIGINT)
    time.sleep(0.2)
    portal.manager.send_signal(signal.SIGINT)  # impatience changes nothing
    assert portal.manager.wait(timeout=60) == 0
    assert portal.processes() == {}
    assert not portal.answers()
    said = portal.log.read_text()
    assert said.index("门户已就绪") < said.index("正在停止") < said.index("已停止")
    assert "worker 退出（状态 -9），正在重新启动" in said


def test_a_manager_that_is_killed_takes_its_children_along(portal):
    portal.wait_until_served()
    os.kill(portal.manager.pid, signal.SIGKILL)
    portal.manager.wait()
    wait_for(lambda: portal.processes() == {}, 60, "the end of every child")


def test_a_taken_port_is_refused_with_a_way_out():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"端口 {port} 不能使用.*PORT={port + 1} make run"):
            reserve("127.0.0.1", port)


def test_two_portals_do_not_share_one_folder(tmp_path):
    with only_one(tmp_path / "serve.lock"), pytest.raises(CommandError, match="已经在运行"):
        only_one(tmp_path / "serve.lock")


def run_in_main_thread(programs):
    said = []
    status = Supervisor(programs, said.append, grace_seconds=5).run()
    return status, said


def test_a_program_that_keeps_failing_stops_the_others():
    failing = Program("web", [sys.executable, "-S", "-c", "raise SystemExit(3)"])
    lasting = Program("beat", [sys.executable, "-S", "-c", "import time; time.sleep(600)"])
    began = time.monotonic()
    status, said = run_in_main_thread([failing, lasting])
    assert status == 1
    assert said.count("web 退出（状态 3），正在重新启动……") == 3
    assert said[-3:] == [
        "web 连续退出（状态 3），不再重试。",
        "正在停止……（最多约 20 秒，请稍候）",
        "已停止。",
    ]
    assert time.monotonic() - began < 60


def test_a_program_that_will_not_stop_is_killed():
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    supervisor = Supervisor([Program("web", [sys.executable, "-S", "-c", deaf])], lambda line: None, 1)
    threading.Timer(1.5, supervisor.stopping.set).start()
    began = time.monotonic()
    assert supervisor.run() == 0
    assert time.monotonic() - began < 60
