"""What no client should send: bytes that are no HTTP, bodies that are no JSON, wrong values."""

import json
import random
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

HOST = b"Host: localhost\r\n"
LINES = [
    b"GET / HTTP/9.9",
    b"GET /",
    b"G\x00T / HTTP/1.1",
    b"GET  /  HTTP/1.1",
    b"GET /%ff%fe%00 HTTP/1.1",
    b"GET /\xff\xfe HTTP/1.1",
    b"GET /../../etc/passwd HTTP/1.1",
    b"GET http://[::1/healthz HTTP/1.1",
    b"GET /api/v1/institutions?lat=%ff&lng=%00 HTTP/1.1",
    b"GET /api/v1/institutions?" + b"a=1&" * 2_000 + b" HTTP/1.1",
    b"GET /" + b"a" * 100_000 + b" HTTP/1.1",
    b"TRACE / HTTP/1.1",
    b"CONNECT localhost:1 HTTP/1.1",
    b"PROPFIND /api/v1/bookings HTTP/1.1",
    b"DELETE /healthz HTTP/1.1",
    b"PUT /api/v1/bookings HTTP/1.1",
    b"\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
]
HEADERS = [
    b"Content-Length: -1\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: 1, 2\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: gzip, chunked, identity\r\n",
    b"X: " + b"a" * 70_000 + b"\r\n",
    b"X: y\r\n" * 200,
    b"X\x00: y\r\n",
    b": y\r\n",
    b"X y\r\n",
    b"Authorization: Bearer \xff\xff\r\n",
    b"Authorization: Bearer " + b"x" * 5_000 + b"\r\n",
    b"Authorization: Basic =\r\n",
    b"Accept-Language: " + b"zh;q=x," * 500 + b"\r\n",
    b"Content-Type: application/json; charset=utf-99\r\n",
    b"Cookie: " + b";=;" * 500 + b"\r\n",
    b"Idempotency-Key: \xf0\r\n",
    b"Expect: 100-continue\r\n",
    b"Range: bytes=0-,1-\r\n",
    b"X-Request-Id: \x7f\x01\r\n",
]
# No body of any operation is one of these.
BODIES: list[bytes] = [
    b"",
    b"{",
    b"}",
    b"null",
    b"[]",
    b'"text"',
    b"1e999",
    b"NaN",
    b'{"a": Infinity}',
    b'{"a": 1, "a": 2}',
    b'{"\\ud800": "\\udfff"}',
    b"\xff\xfe{}",
    b'{"a": "\xc3\x28"}',
    b'{"a": "\x00"}',
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b"9" * 60_000,
    b'{"a": ' + b"9" * 5_000 + b"}",
    b"{}" + b" " * 70_000,
]
# No field of any operation may hold one of these.
VALUES: list[Any] = [
    {"x": {}},
    [[]],
    "\x00",
    "\ud800",
    "a" * 5_000,
    10**400,
    -(10**30),
    1e308,
    float("nan"),
    float("-inf"),
]
NOWHERE = [
    "0",
    "-1",
    "9" * 19,
    "9" * 400,
    "1.5",
    "%00",
    "%ff",
    "1%2F..",
    "'",
    "null",
    "1e3",
]

QUERIES = ["a=%00", "limit=%ff", "limit=9e99", "cursor=%00", "cursor=" + "A" * 199]


def requests(rnd: random.Random, how_many: int) -> Iterator[bytes]:
    """So many requests that are wrong as HTTP, half of them noise."""
    for number in range(how_many):
        match number % 4:
            case 0:
                yield rnd.choice(LINES) + b"\r\n" + HOST + b"\r\n"
            case 1:
                header = rnd.choice(HEADERS)
                yield b"POST /api/v1/bookings HTTP/1.1\r\n" + HOST + header + b"\r\n5\r\nabc"
            case 2:
                yield rnd.randbytes(rnd.randint(1, 400)) + b"\r\n\r\n"
            case _:
                good = bytearray(b"GET /api/v1/bookings?limit=5 HTTP/1.1\r\n" + HOST + b"\r\n")
                for _ in range(rnd.randint(1, 4)):
                    good[rnd.randrange(len(good) - 4)] = rnd.randrange(256)
                yield bytes(good)


def send(port: int, request: bytes) -> tuple[int, bytes]:
    """The status of the first answer and all that came; 0 where the server just hung up."""
    received = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        wire.sendall(request)
        # Nothing more will come, so a server that waits for the rest gives up at once.
        wire.shutdown(socket.SHUT_WR)
        while chunk := wire.recv(65536):
            received += chunk
    found = re.match(rb"HTTP/1\.[01] (\d{3})", received)
    return int(found[1]) if found else 0, received


def bodies(schema: dict[str, Any], rnd: random.Random) -> Iterator[bytes]:
    """Bodies that an operation with this schema must refuse: no JSON, or one field of no type."""
    yield from BODIES
    for name in schema.get("properties", {}):
        facts = dict.fromkeys(schema.get("required", []), 1)
        for value in rnd.sample(VALUES, 3):
            yield json.dumps(facts | {name: value}).encode()
        yield json.dumps(facts | {name + "\x00": 1}).encode()
