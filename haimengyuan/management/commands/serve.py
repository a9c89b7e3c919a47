"""web + worker + beat under one command, for an installation on one machine."""

import fcntl
import http.client
import os
import socket
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from haimengyuan.lib.supervisor import Program, Supervisor
from haimengyuan.management.prepare import DEMO_LOGINS, prepare

WEB_THREADS = 8
WORKER_THREADS = 4


class Command(BaseCommand):
    help = "Prepare, then run the web server, the worker and the scheduler until Ctrl-C."

    def add_arguments(self, parser):
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--no-demo", action="store_true", default=os.environ.get("DEMO") == "0")
        parser.add_argument(
            "--reload", action="store_true", help="restart the web server when a file changes"
        )

    def handle(self, *args, host, port, no_demo, reload, **options):
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        os.environ["PORT"] = str(port)  # the programs put it into the links that they send
        with only_one(settings.VAR_DIR / "serve.lock"), reserve(host, port) as door:
            prepare(demo=not no_demo, say=self.say)
            status = Supervisor(programs(door, reload=reload), self.say).run(self.announcer(host, port))
        sys.exit(status)

    def say(self, sentence):
        self.stdout.write(sentence)
        self.stdout.flush()

    def announcer(self, host, port):
        """A function for the supervisor's ticks that tells once that the portal answers, and how to get in."""
        waiting = [True]

        def announce():
            if waiting and answers(host, port):
                waiting.clear()
                self.say(f"门户已就绪：http://{host}:{port}/　（按 Ctrl-C 停止）")
                logins = settings.VAR_DIR / DEMO_LOGINS
                if logins.exists():
                    self.say(f"演示账号（保存在 {logins}）：\n{logins.read_text().rstrip()}")

        return announce


def only_one(path):
    """A lock that the kernel drops with this process; raises CommandError when another one serves the same data."""
    lock = path.open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(f"{path.parent} 里的门户已经在运行，请先停止它。") from error
    return lock


def reserve(host, port):
    """The bound socket that the web server will listen on; raises CommandError when the port is taken."""
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        door.close()
        raise CommandError(
            f"端口 {port} 不能使用（{error.strerror}）。换一个端口，例如：PORT={port + 1} make run"
        ) from error
    return door


def programs(door, *, reload):
    """The three programs of one machine; `door` is the socket that the web server serves."""
    celery = [sys.executable, "-m", "celery", "--app", "haimengyuan", "--quiet"]
    # Celery warns of root at each start, in seven lines that hide the rest
    quiet = [sys.executable, "-W", "ignore:You're running the worker with superuser", *celery[1:]]
    queues = ",".join(queue.name for queue in settings.CELERY_TASK_QUEUES)
    web = [
        *(sys.executable, "-m", "gunicorn", "haimengyuan.wsgi", "--bind", f"fd://{door.fileno()}"),
        *("--worker-class", "gthread", "--threads", str(WEB_THREADS), "--graceful-timeout", "10"),
        *("--log-level", "warning", "--no-control-socket"),
        *(["--reload"] if reload else []),
    ]
    worker = [
        *(*quiet, "worker", "--pool", "threads", "--concurrency", str(WORKER_THREADS), "--queues", queues),
        *("--without-gossip", "--without-mingle"),
    ]
    beat = [*celery, "beat", "--pidfile="]
    return [
        Program("web", web, pass_fds=(door.fileno(),)),
        Program("worker", worker),
        Program("beat", beat, ask_again=True),
    ]


def answers(host, port):
    """Whether the web server answers at all. The question also warms the first page for the first visitor."""
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/")
        return bool(connection.getresponse().status)
    except OSError:
        return False
    finally:
        connection.close()
