from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from devstack import process
from tests.devstack.sandbox.running import ROOT, Sandbox


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL])
def test_a_restart_keeps_chats_updates_and_the_growth_of_numbers(
    tmp_path: Path, by: signal.Signals
) -> None:
    port = process.free_port()
    first = Sandbox(tmp_path, port)
    sent = first.control("send", user=70001, text="一")
    message = first.call("sendMessage", chat_id=70001, text="二").json()["result"]
    first.client.post("/sms", json={"phone": "+8613800000001", "text": "三"})
    first.end(by)

    second = Sandbox(tmp_path, port)
    assert [one["text"] for one in second.chat(70001)["messages"]] == ["一", "二"]
    pending = second.call("getUpdates").json()["result"]
    assert [one["update_id"] for one in pending] == [sent["update_id"]]
    found = second.client.get("/control/sms", params={"phone": "+8613800000001"}).json()
    assert [one["text"] for one in found["messages"]] == ["三"]
    later = second.control("send", user=70001, text="四")
    assert later["update_id"] > sent["update_id"]
    assert later["message_id"] > message["message_id"]
    second.end()


def test_stopping_does_not_wait_for_a_long_poll(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, process.free_port())
    address = f"{sandbox.address}/bot100000:sandbox/getUpdates?timeout=50"
    poll = subprocess.Popen(
        [sys.executable, "-c", f"import httpx; httpx.get('{address}')"], stderr=subprocess.DEVNULL
    )
    watched = f"{sandbox.address}/app/stream?user=70001"
    with sandbox.client.stream("GET", watched) as stream:
        assert next(stream.iter_lines()) == "retry: 1000"
        sandbox.process.terminate()
        assert sandbox.process.wait(timeout=15) == 0
    poll.wait(timeout=15)
    sandbox.client.close()


def test_many_waiting_pages_do_not_starve_the_bot(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, process.free_port())
    streams = []
    for _ in range(40):
        one = socket.create_connection(("127.0.0.1", int(sandbox.address.rsplit(":", 1)[1])))
        one.sendall(b"GET /app/stream?user=70001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert one.recv(15) == b"HTTP/1.1 200 OK"
        streams.append(one)
    answered = threading.Event()

    def ask() -> None:
        sandbox.call("getMe")
        answered.set()

    asking = threading.Thread(target=ask)
    asking.start()
    assert answered.wait(timeout=20)
    asking.join()
    for one in streams:
        one.close()
    sandbox.end()


@pytest.mark.parametrize(
    ("environ", "sentence"),
    [
        ({"SANDBOX_PORT": "eighty"}, "SANDBOX_PORT must be a number"),
        ({"SANDBOX_TOKEN": "secret"}, "SANDBOX_TOKEN must look like"),
        ({"DATA_DIR": "/dev/null/x"}, "cannot write to DATA_DIR"),
    ],
)
def test_what_cannot_work_gets_one_clear_sentence(
    tmp_path: Path, environ: dict[str, str], sentence: str
) -> None:
    settings = {"DATA_DIR": str(tmp_path), "SANDBOX_PORT": str(process.free_port())}
    ended = subprocess.run(
        [sys.executable, "-m", "devstack.sandbox"],
        cwd=ROOT,
        env=os.environ | settings | environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert sentence in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_taken_port_gets_one_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "devstack.sandbox"],
            cwd=ROOT,
            env=os.environ | {"DATA_DIR": str(tmp_path), "SANDBOX_PORT": str(port)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (
        1,
        f"Port {port} is taken; set SANDBOX_PORT to another one.\n",
    )
