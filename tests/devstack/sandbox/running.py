"""A really running sandbox, and what a script says to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from telegram import Bot
from telegram.request import HTTPXRequest

ROOT = Path(__file__).resolve().parents[3]
TOKEN = "100000:sandbox"
START_SECONDS = 30


class Sandbox:
    """`python -m devstack.sandbox` on its own port, with its data in `folder`."""

    def __init__(self, folder: Path, port: int, **environ: str) -> None:
        self.address = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "SANDBOX_PORT": str(port),
            "SANDBOX_TOKEN": TOKEN,
            "DATA_DIR": str(folder),
            **environ,
        }
        command = [sys.executable, "-m", "devstack.sandbox"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment)
        self.client = httpx.Client(base_url=self.address, timeout=30)
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while True:
            try:
                self.client.get("/healthz").raise_for_status()
            except httpx.TransportError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return

    def end(self, by: signal.Signals = signal.SIGTERM) -> int:
        self.client.close()
        self.process.send_signal(by)
        return self.process.wait(timeout=30)

    def control(self, action: str, **values: Any) -> Any:
        answer = self.client.post(f"/control/{action}", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refusal(self, action: str, **values: Any) -> str:
        answer = self.client.post(f"/control/{action}", json=values)
        assert answer.status_code == 422, answer.text
        return str(answer.json()["error"])

    def chat(self, user: int, after: int = 0) -> Any:
        return self.client.get("/control/messages", params={"user": user, "after": after}).json()

    def calls(self, method: str) -> list[Any]:
        found = self.client.get("/control/calls", params={"method": method}).json()["calls"]
        return list(found)

    def call(self, method: str, **values: Any) -> httpx.Response:
        """One call of the Bot API as any client would make it."""
        return self.client.post(f"/bot{TOKEN}/{method}", json=values)

    def bot(self, token: str = TOKEN) -> Bot:
        # Plain HTTP: reading the certificates of the world would be most of a test's time.
        quick = [HTTPXRequest(httpx_kwargs={"verify": False}) for _ in range(2)]
        return Bot(
            token,
            base_url=f"{self.address}/bot",
            base_file_url=f"{self.address}/file/bot",
            request=quick[0],
            get_updates_request=quick[1],
        )
