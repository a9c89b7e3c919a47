"""Run a command that the kernel ends together with the process that started it, even one that was killed.

    python end_with_parent.py PARENT_PID COMMAND [ARGUMENT ...]

Run by its path: it needs nothing but the standard library. Only Linux can do this; elsewhere the command just runs.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before the kernel was asked
            sys.exit(1)
    os.execv(command[0], command)
