"""Messages as files, for an installation that has no Redis.

Kombu's own file transport opens a message under its final name and writes it afterwards. A reader that comes in
between sees half a message, and the worker ends. Here a message is written beside the queue, flushed to the disk
and renamed into it, so a name in the queue is always a whole message.

A message that a killed worker held is lost. That is harmless: the rows of the database are the queue, and every
task is a tick or a sweep that finds them again.
"""

import contextlib
import os
import time
import uuid

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps

TRANSPORT_NAME = "files"


class Channel(filesystem.Channel):
    """Kombu's file channel with whole messages only and names that sort by the time of the wall clock."""

    def _put(self, queue, payload, **kwargs):
        """Put one message into `queue`; raises ChannelError when the disk refuses it."""
        # kombu names files by a clock that starts again at each boot, which would put new messages before old ones
        name = f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg"
        beside = os.path.join(self.data_folder_out, f".{name}.part")
        try:
            with open(beside, "wb") as part:
                part.write(str_to_bytes(dumps(payload)))
                part.flush()
                os.fsync(part.fileno())
            os.rename(beside, os.path.join(self.data_folder_out, name))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(beside)
            raise ChannelError(f"Cannot write a message for {queue!r}: {error.strerror}") from error


class Transport(filesystem.Transport):
    """The transport that the address `files://` stands for."""

    Channel = Channel
    polling_interval = 0.1


TRANSPORT_ALIASES[TRANSPORT_NAME] = "haimengyuan.broker:Transport"
