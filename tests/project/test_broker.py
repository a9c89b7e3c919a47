"""Messages as files: a reader never meets half of one."""

import threading
import time

import pytest
from kombu import Connection
from kombu.transport import TRANSPORT_ALIASES, filesystem

from haimengyuan import broker

MESSAGES = 200


def options(folder):
    """Transport options for `folder`, whose name the tests also give to the queue: kombu remembers bindings by name."""
    for name in ("queue", "control", "state"):
        (folder / name).mkdir()
    return {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "state"),
        "polling_interval": 0.001,
    }


def pass_messages(transport, folder, monkeypatch, module):
    """Send while somebody reads without a pause; returns (the numbers that arrived, what the reader met)."""
    transport_options = options(folder)
    whole = module.dumps

    def slow_dumps(payload, **kwargs):
        time.sleep(0.0005)  # the moment between opening a file and having written it, made longer
        return whole(payload, **kwargs)

    monkeypatch.setattr(module, "dumps", slow_dumps)
    arrived, accidents = [], []

    def read():
        with Connection(transport, transport_options=transport_options).SimpleQueue(folder.name) as queue:
            give_up_at = time.monotonic() + 60
            while len(arrived) + len(accidents) < MESSAGES and time.monotonic() < give_up_at:
                try:
                    message = queue.get(timeout=0.2)
                except queue.Empty:
                    continue
                except ValueError as error:
                    accidents.append(error)
                    continue
                arrived.append(message.payload["number"])
                message.ack()

    reader = threading.Thread(target=read)
    with Connection(transport, transport_options=transport_options).SimpleQueue(folder.name) as queue:
        reader.start()
        for number in range(MESSAGES):
            queue.put({"number": number})
        reader.join(timeout=90)
    return arrived, accidents


def test_every_message_arrives_whole_and_in_order(tmp_path, monkeypatch):
    arrived, accidents = pass_messages("files://localhost", tmp_path, monkeypatch, broker)
    assert (arrived, accidents) == (list(range(MESSAGES)), [])


def test_the_transport_that_it_mends_fails_in_the_same_harness(tmp_path, monkeypatch):
    arrived, accidents = pass_messages("filesystem://localhost", tmp_path, monkeypatch, filesystem)
    assert accidents
    assert len(arrived) < MESSAGES


def test_nothing_but_messages_stays_in_the_queue(tmp_path):
    with Connection("files://localhost", transport_options=options(tmp_path)).SimpleQueue(
        tmp_path.name
    ) as queue:
        queue.put({"number": 1})
    names = [path.name for path in (tmp_path / "queue").iterdir()]
    assert [name.endswith(f".{tmp_path.name}.msg") for name in names] == [True]


def test_a_full_disk_is_reported_and_leaves_no_part(tmp_path, monkeypatch):
    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(broker.os, "fsync", no_space)
    queue = Connection("files://localhost", transport_options=options(tmp_path)).SimpleQueue(tmp_path.name)
    with queue, pytest.raises(broker.ChannelError, match="No space left on device"):
        queue.put({"number": 1})
    assert list((tmp_path / "queue").iterdir()) == []


def test_the_transport_has_its_own_name():
    assert TRANSPORT_ALIASES["files"] == "haimengyuan.broker:Transport"
    assert TRANSPORT_ALIASES["filesystem"] == "kombu.transport.filesystem:Transport"
