"""Keep a few child processes alive in the foreground, and leave none behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

GIVE_UP_STARTS = 4
GIVE_UP_SECONDS = 60
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_WITH_PARENT = Path(__file__).with_name("end_with_parent.py")


@dataclass(frozen=True)
class Program:
    """One child: the name before its lines, its command, and open files that it inherits.

    `ask_again`: a stop that comes while it starts gets lost, so it is repeated. To others a second one means "at once".
    """

    name: str
    command: list[str]
    pass_fds: tuple[int, ...] = ()
    ask_again: bool = False


@dataclass
class Supervisor:
    """Starts the programs, restarts one that ends by itself, and stops all of them on a signal.

    `say` gets the sentences for the person at the terminal; children's lines go to standard output.
    """

    programs: list[Program]
    say: Callable[[str], None]
    grace_seconds: float = 20
    stopping: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self):
        self._running: dict[str, subprocess.Popen] = {}
        self._starts = defaultdict(lambda: deque(maxlen=GIVE_UP_STARTS))

    def run(self, on_tick=lambda: None) -> int:
        """Block until a stop signal or until a program keeps failing; returns the exit status, 0 or 1.

        `on_tick` is called about twice a second.
        """
        previous = {number: signal.signal(number, self._ask_to_stop) for number in STOP_SIGNALS}
        try:
            for program in self.programs:
                self._start(program)
            gave_up = False
            while not gave_up and not self.stopping.wait(0.5):
                gave_up = self._restart_the_ended()
                on_tick()
            return 1 if gave_up else 0
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _ask_to_stop(self, *_):
        self.stopping.set()

    def _start(self, program):
        self._starts[program.name].append(time.monotonic())
        child = subprocess.Popen(
            [sys.executable, "-S", str(END_WITH_PARENT), str(os.getpid()), *program.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # a session of its own: Ctrl-C at the terminal reaches the manager alone, and a second one changes nothing
            start_new_session=True,
            pass_fds=program.pass_fds,
        )
        threading.Thread(target=self._copy_lines, args=(program.name, child.stdout), daemon=True).start()
        self._running[program.name] = child

    @staticmethod
    def _copy_lines(name, stream):
        for line in stream:
            sys.stdout.write(f"{name:6} | {line.decode(errors='replace')}")
            sys.stdout.flush()

    def _restart_the_ended(self):
        """Start again what ended by itself; True when a program has ended too often to go on."""
        for program in self.programs:
            child = self._running[program.name]
            if child.poll() is None or self.stopping.is_set():
                continue
            starts = self._starts[program.name]
            if len(starts) == GIVE_UP_STARTS and time.monotonic() - starts[0] < GIVE_UP_SECONDS:
                self.say(f"{program.name} 连续退出（状态 {child.returncode}），不再重试。")
                return True
            self.say(f"{program.name} 退出（状态 {child.returncode}），正在重新启动……")
            self._kill_group(child)
            self._start(program)
        return False

    def _stop_all(self):
        self.say("正在停止……（最多约 20 秒，请稍候）")
        started_at = time.monotonic()
        asks = 0
        while (waited := time.monotonic() - started_at) < self.grace_seconds and self._alive():
            if waited >= 3 * asks:
                for program in self._alive():
                    if asks == 0 or program.ask_again:
                        self._running[program.name].terminate()
                asks += 1
            time.sleep(0.1)
        for child in self._running.values():
            self._kill_group(child)
            child.wait()
        self.say("已停止。")

    def _alive(self):
        return [p for p in self.programs if p.name in self._running and self._running[p.name].poll() is None]

    @staticmethod
    def _kill_group(child):
        """End whatever the child left in its session: a web server that was killed leaves its workers."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
