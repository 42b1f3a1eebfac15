"""A chat server at the HTTP border that records what it is sent and fails as it is told."""

import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from types import TracebackType
from typing import Any

from werkzeug.formparser import parse_form_data

from devstack import process

TOKEN = "100000:fake"


@dataclass(frozen=True)
class Sent:
    """One message that arrived in a chat."""

    at: float
    method: str
    chat_id: int
    text: str
    fields: dict[str, Any]
    files: dict[str, tuple[str, bytes]]

    @property
    def buttons(self) -> list[str]:
        """Addresses of the inline buttons, in reading order."""
        rows = json.loads(self.fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        return [button.get("callback_data", "") for row in rows for button in row]


@dataclass(frozen=True)
class Answer:
    """What a call gets instead of the usual: refused before, or cut off `after`, its effect."""

    status: int = 200
    description: str = ""
    retry_after: int | None = None
    cut: str = ""
    silent_seconds: float = 0.0


@dataclass
class FakeChat:
    """Runs in threads of this process; also takes text messages at /sms."""

    blocked: set[int] = field(default_factory=set)
    sent: list[Sent] = field(default_factory=list)
    calls: int = 0
    answers: deque[Answer] = field(default_factory=deque)
    sms: list[dict[str, str]] = field(default_factory=list)
    # What each message takes to be sent.
    seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def will(self, *answers: Answer) -> None:
        """Answer the next calls so, one after the other."""
        self.answers.extend(answers)

    def texts(self, chat_id: int) -> list[str]:
        return [message.text for message in self.sent if message.chat_id == chat_id]

    def __enter__(self) -> "FakeChat":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, chat: FakeChat) -> None:
        super().__init__(("127.0.0.1", process.free_port()), _Call)
        self.chat = chat


class _Call(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # The head and the body of an answer leave in two pieces; Nagle would hold the second back.
    disable_nagle_algorithm = True

    @property
    def chat(self) -> FakeChat:
        return self.server.chat

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(size)
        with self.chat.lock:
            self.chat.calls += 1
            answer = self.chat.answers.popleft() if self.chat.answers else Answer()
        time.sleep(answer.silent_seconds or self.chat.seconds)
        if answer.cut == "before":
            self._cut()
        elif answer.status != 200:
            self._refuse(answer)
        elif self.path == "/sms":
            self.chat.sms.append(json.loads(body))
            self._say(202, {})
        else:
            self._take(body, answer)

    def _take(self, body: bytes, answer: Answer) -> None:
        message = _read(self.path, self.headers["Content-Type"], body)
        if message.chat_id in self.chat.blocked:
            self._refuse(Answer(403, "Forbidden: bot was blocked by the user"))
            return
        with self.chat.lock:
            self.chat.sent.append(message)
        if answer.cut == "after":
            self._cut()
            return
        result = {
            "message_id": len(self.chat.sent),
            "date": 1,
            "chat": {"id": message.chat_id, "type": "private"},
            "text": message.text,
        }
        self._say(200, {"ok": True, "result": result})

    def _refuse(self, answer: Answer) -> None:
        body: dict[str, Any] = {
            "ok": False,
            "error_code": answer.status,
            "description": answer.description or f"Error {answer.status}",
        }
        if answer.retry_after:
            body["parameters"] = {"retry_after": answer.retry_after}
        self._say(answer.status, body)

    def _say(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # Whoever asked was killed or has lost patience.
            self.close_connection = True

    def _cut(self) -> None:
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing: the tests look at what was sent."""


def _read(path: str, kind: str, body: bytes) -> Sent:
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    _, form, files = parse_form_data(environ)
    contents = {}
    for name, file in files.items():
        contents[name] = file.filename or "", file.read()
        file.close()
    return Sent(
        at=time.time(),
        method=path.rsplit("/", 1)[-1],
        chat_id=int(form["chat_id"]),
        text=form.get("text") or form.get("caption", ""),
        fields=dict(form),
        files=contents,
    )
