"""Hostile requests, spoken over raw sockets to a real server process.

Whatever comes: a status of the table, an answer below 64 KiB that echoes nothing long, and a server that still serves.
"""

from __future__ import annotations

import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

LONG = 200
GOOD = b"GET /sample/things HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Server:
    port: int
    process: subprocess.Popen[str]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = _start()
    with started.process:
        yield started
        started.process.kill()


def _start() -> Server:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.edges.serve_sample"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline()
    return Server(int(url.rsplit(":", 1)[1]), process)


def head(first: str, *lines: str) -> bytes:
    return "\r\n".join([first, *lines, "", ""]).encode("latin-1")


def get(target: str, *lines: str) -> bytes:
    return head(f"GET {target} HTTP/1.1", "Host: a", "Connection: close", *lines)


def post(body: bytes, *lines: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    start = head("POST /sample/things HTTP/1.1", "Host: a", "Connection: close", f"Content-Length: {size}", *lines)
    return start + body


def chunked(*pieces: bytes, lines: tuple[str, ...] = ()) -> bytes:
    start = head("POST /sample/things HTTP/1.1", "Host: a", "Connection: close", "Transfer-Encoding: chunked", *lines)
    return start + b"".join(pieces)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


END = b"0\r\n\r\n"
ZEROS = b"[" + b"0," * 999_999 + b"0]"

# name, bytes to send, status
ROWS: list[tuple[str, bytes, int]] = [
    # request lines
    ("no HTTP at all", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20, 400),
    ("unknown method", head("FROBNICATE /sample/things HTTP/1.1", "Host: a"), 400),
    ("lower-case method", head("get /sample/things HTTP/1.1", "Host: a"), 400),
    ("no version", b"GET /sample/things\r\n\r\n", 505),
    ("version 2.0", head("GET /sample/things HTTP/2.0", "Host: a"), 505),
    ("version 9.9", head("GET /sample/things HTTP/9.9", "Host: a"), 400),
    ("preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    ("space in the target", head("GET /sample/a b HTTP/1.1", "Host: a"), 400),
    ("NUL in the target", head("GET /sample/\x00 HTTP/1.1", "Host: a"), 400),
    ("raw bytes in the target", head("GET /sample/\xff\xfe HTTP/1.1", "Host: a"), 400),
    ("bare line feeds", b"GET /sample/things HTTP/1.1\nHost: a\n\n", 400),
    ("asterisk target", head("OPTIONS * HTTP/1.1", "Host: a"), 400),
    ("CONNECT", head("CONNECT evil:443 HTTP/1.1", "Host: a"), 400),
    ("absolute target without path", head("GET http://evil HTTP/1.1", "Host: a"), 400),
    ("absolute target", get("http://evil/sample/things"), 200),
    ("scheme of another kind", head("GET file:///etc/passwd HTTP/1.1", "Host: a"), 400),
    ("fragment in the target", get("/sample/things#x"), 200),
    ("path that only looks like the prefix", get("/samplex/things"), 404),
    ("dots in the path", get("/sample/../../etc/passwd"), 404),
    ("percent-encoded NUL", get("/sample/things/%00"), 200),
    ("broken percent-encoding", get("/sample/%zz%"), 404),
    ("target of 32,768 bytes", get("/sample/things?" + "q" * 32_753), 200),
    ("target of 32,769 bytes", get("/sample/things?" + "q" * 32_754), 414),
    ("target of 60,000 bytes", get("/sample/" + "q" * 60_000), 414),
    ("target of 70,000 bytes", get("/sample/" + "q" * 70_000), 414),
    ("target without end", b"GET /" + b"q" * 1_000_000, 414),
    # headers
    ("no Host", head("GET /sample/things HTTP/1.1"), 400),
    ("two Hosts", head("GET /sample/things HTTP/1.1", "Host: a", "Host: b"), 400),
    ("Host that is a list", head("GET /sample/things HTTP/1.1", "Host: a, b"), 400),
    ("empty Host", head("GET /sample/things HTTP/1.1", "Host: "), 400),
    ("NUL in a header", get("/sample/things", "X-A: a\x00b"), 400),
    ("space before the colon", get("/sample/things", "X-A : b"), 400),
    ("folded header", get("/sample/things", "X-A: a", " b"), 400),
    ("header without name", get("/sample/things", ": b"), 400),
    ("a hundred headers", get("/sample/things", *[f"X-{n}: y" for n in range(98)]), 200),
    ("a hundred and one headers", get("/sample/things", *[f"X-{n}: y" for n in range(99)]), 431),
    ("headers of 60,000 bytes", get("/sample/things", *[f"X-{n}: {'y' * 593}" for n in range(98)]), 200),
    ("headers of 70,000 bytes", get("/sample/things", *[f"X-{n}: {'y' * 707}" for n in range(98)]), 431),
    ("one header without end", head("GET / HTTP/1.1", "Host: a")[:-2] + b"X-A: " + b"y" * 1_000_000, 431),
    ("header flood", head("GET / HTTP/1.1", "Host: a")[:-2] + b"X-A: y\r\n" * 200_000, 431),
    ("upgrade to another protocol", get("/sample/things", "Upgrade: h2c").replace(b"close", b"upgrade"), 200),
    ("request id with a line feed in disguise", get("/sample/things", "X-Request-Id: a%0d%0aX-Evil: 1"), 200),
    # lengths
    ("length and chunked", chunked(END, lines=("Content-Length: 3",)), 400),
    ("two lengths", post(b"[]", "Content-Length: 3"), 400),
    ("negative length", post(b"", length=-1), 400),
    ("length with a sign", head("POST /sample/things HTTP/1.1", "Host: a", "Content-Length: +2") + b"[]", 400),
    ("length beyond 64 bit", post(b"", length=10**25), 400),
    ("coding that is not chunked", head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: xchunked") + END, 400),
    ("chunked inside gzip", head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: gzip, chunked") + END, 400),
    ("chunked twice", chunked(END, lines=("Transfer-Encoding: chunked",)), 400),
    ("chunked in HTTP/1.0", head("POST / HTTP/1.0", "Host: a", "Transfer-Encoding: chunked") + END, 400),
    ("chunk size that is no number", chunked(b"zz\r\nabc\r\n"), 400),
    ("negative chunk size", chunked(b"-1\r\nabc\r\n"), 400),
    ("chunk size beyond 64 bit", chunked(b"f" * 20 + b"\r\nabc\r\n"), 400),
    ("chunk longer than it says", chunked(b"2\r\n[{}]\r\n", END), 400),
    ("chunk extension without end", chunked(b"2;a=" + b"x" * 300_000), 431),
    ("trailers without end", chunked(chunk(b"[{}]"), b"0\r\n" + b"X-T: y\r\n" * 30_000), 431),
    ("trailer that names another Host", chunked(chunk(b"[{}]"), b"0\r\nHost: evil\r\n\r\n"), 200),
    ("body of one-byte chunks", chunked(*(chunk(b"%c" % c) for c in b'[{"a": 1}]' + b" " * 50_000), END), 200),
    # sizes
    ("declared too large", post(b"", length=2 * 1024 * 1024 + 1), 413),
    ("declared far too large", post(b"", length=10**15), 413),
    ("declared too large, wants to be asked", post(b"", "Expect: 100-continue", length=10**9), 413),
    ("sent too large", post(b" " * (4 * 1024 * 1024)), 413),
    ("streamed too large", chunked(*[chunk(b" " * 65_536)] * 64, END), 413),
    ("a million zeros", post(ZEROS), 413),
    ("ten thousand and one items", post(b"[" + b"{}," * 10_000 + b"{}]"), 413),
    ("ten thousand items", post(b"[" + b"{}," * 9_999 + b"{}]"), 200),
    # JSON
    ("empty body", post(b""), 400),
    ("byte-order mark", post(b"\xef\xbb\xbf[]"), 400),
    ("NaN", post(b'[{"a":NaN}]'), 400),
    ("Infinity", post(b'[{"a":-Infinity}]'), 400),
    ("1e999", post(b'[{"a":1e999}]'), 400),
    ("integer of 65 bits", post(b'[{"a":9223372036854775808}]'), 400),
    ("integer of a million digits", post(b'[{"a":' + b"9" * 1_000_000 + b"}]"), 400),
    ("lone surrogate", post(b'[{"a":"\\ud800"}]'), 400),
    ("NUL, escaped", post(b'[{"a":"\\u0000"}]'), 400),
    ("NUL, raw", post(b'[{"a":"\x00"}]'), 400),
    ("invalid UTF-8", post(b'[{"a":"\xff"}]'), 400),
    ("invalid UTF-8 in a key", post(b'[{"\xc0\x80":1}]'), 400),
    ("duplicate key", post(b'[{"a":1,"a":2}]'), 400),
    ("duplicate key of 100,000 characters", post(b'[{"%b":1,"%b":2}]' % (b"k" * 100_000, b"k" * 100_000)), 400),
    ("nesting of 65", post(b'[{"a":' + b"[" * 63 + b"]" * 63 + b"}]"), 400),
    ("nesting of 64", post(b'[{"a":' + b"[" * 62 + b"]" * 62 + b"}]"), 200),
    ("nesting of a million", post(b"[" * 1_000_000), 400),
    ("a million zeros inside an item", post(b'[{"a":' + ZEROS + b"}]"), 200),
    ("text after the value", post(b"[{}] x"), 400),
    ("items that are no objects", post(b"[1,2]"), 400),
    ("a string", post(b'"' + b"x" * 100_000 + b'"'), 400),
    ("form data", post(b"a=1&b=2", "Content-Type: application/x-www-form-urlencoded"), 400),
]


@pytest.mark.parametrize(("sent", "status"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_hostile_request_gets_a_small_answer_and_the_server_goes_on(server: Server, sent: bytes, status: int) -> None:
    answer = ask(server, sent)
    assert read_status(answer) == status, answer[:300]
    assert len(answer) < 65_536
    assert not echoes(sent, answer)
    assert read_status(ask(server, GOOD)) == 200


def test_a_million_zeros_cost_less_than_a_third_of_a_second(server: Server) -> None:
    start = time.perf_counter()
    assert read_status(ask(server, post(ZEROS))) == 413
    assert time.perf_counter() - start < 0.3


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        pytest.param(b"", b"", id="nothing at all"),
        pytest.param(b"GET /sample/things HTTP/1.1\r\n", b"X-A: y\r\n", id="headers one by one"),
        pytest.param(b"\r\n", b"\r\n", id="empty lines"),
        pytest.param(post(b"", length=1000), b"", id="a body that never comes"),
        pytest.param(post(b"", length=1000), b" ", id="a body byte by byte"),
        pytest.param(chunked(), chunk(b" "), id="chunks one by one"),
    ],
)
def test_a_slow_sender_is_told_so_and_let_go(server: Server, first: bytes, drip: bytes) -> None:
    start = time.perf_counter()
    with server.connect() as connection:
        connection.sendall(first)
        while not select.select([connection], [], [], 0.2)[0]:
            assert time.perf_counter() - start < 4
            connection.sendall(drip)
        answer = read_all(connection)
    assert read_status(answer) == 408
    assert 0.7 < time.perf_counter() - start < 4


def test_a_kept_connection_is_closed_when_it_idles(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(GOOD.replace(b"close", b"keep-alive"))
        start = time.perf_counter()
        assert read_status(read_all(connection)) == 200
        assert 0.8 < time.perf_counter() - start < 2.5


def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    targets = [get(f"/sample/things/{n}").replace(b"close", b"keep-alive") for n in range(20)]
    answer = ask(server, b"".join(targets) + GOOD)
    assert answer.count(b"HTTP/1.1 200") == 21
    assert re.findall(rb'{"id":"(\d+)"}', answer) == [b"%d" % n for n in range(20)]


def test_garbage_behind_a_good_request_does_not_cost_its_answer(server: Server) -> None:
    answer = ask(server, get("/sample/slow").replace(b"close", b"keep-alive") + b"\x00\x01garbage\r\n\r\n")
    assert answer.count(b"HTTP/1.1") == 1
    assert b'{"slow":"done"}' in answer


def test_a_flood_of_pipelined_requests_is_cut_off(server: Server) -> None:
    answer = ask(server, get("/sample/slow").replace(b"close", b"keep-alive") + GOOD.replace(b"close", b"alive") * 5000)
    assert 1 <= answer.count(b"HTTP/1.1") < 50


def test_a_length_that_lies_short_does_not_smuggle_a_request_into_the_answer(server: Server) -> None:
    answer = ask(server, post(b"[{}]", length=4) + get("/sample/things/smuggled"))
    assert answer.count(b"HTTP/1.1") == 1


def test_a_sender_that_leaves_in_the_middle_harms_nobody(server: Server) -> None:
    for _ in range(20):
        with server.connect() as connection:
            connection.sendall(post(b"[{", length=1000))
    assert read_status(ask(server, GOOD)) == 200


def test_connections_beyond_the_bound_are_refused_and_the_rest_served(server: Server) -> None:
    time.sleep(0.6)  # lingering connections of earlier tests
    opened = [server.connect() for _ in range(60)]
    try:
        refused = sum(read_status(read_all(one)) == 503 for one in opened if select.select([one], [], [], 0.05)[0])
        assert 15 <= refused <= 25
    finally:
        for one in opened:
            one.close()
    time.sleep(0.1)
    assert read_status(ask(server, GOOD)) == 200


def test_a_stream_that_breaks_is_cut_and_not_ended_politely(server: Server) -> None:
    answer = ask(server, get("/sample/breaks"))
    assert b"first" in answer
    assert not answer.endswith(b"0\r\n\r\n")


def test_answers_name_no_software(server: Server) -> None:
    answer = ask(server, GOOD).lower()
    assert b"\r\nserver:" not in answer
    assert b"\r\ndate:" not in answer


def test_sigterm_lets_a_running_request_finish_and_runs_the_shutdown() -> None:
    server = _start()
    with server.process, server.connect() as connection:
        connection.sendall(get("/sample/slow"))
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        assert b'{"slow":"done"}' in read_all(connection)
        assert server.process.communicate(timeout=10)[0] == "shutdown ran\n"
    assert server.process.returncode == 0


def ask(server: Server, sent: bytes) -> bytes:
    """Everything that comes back until the server closes, while sending at the same time."""
    received = bytearray()
    rest = memoryview(sent)
    with server.connect() as connection:
        connection.setblocking(False)
        deadline = time.perf_counter() + 5
        while time.perf_counter() < deadline:
            readable, writable, _ = select.select([connection], [connection] if rest else [], [], 5)
            try:
                if writable:
                    rest = rest[connection.send(rest[:262_144]) :]
                piece = connection.recv(65_536) if readable else None
            except (BrokenPipeError, ConnectionResetError):
                break
            if piece == b"":
                break
            received += piece or b""
    return bytes(received)


def read_all(connection: socket.socket) -> bytes:
    pieces = []
    while piece := connection.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)


def read_status(answer: bytes) -> int:
    match = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(match[1]) if match else 0


def echoes(sent: bytes, answer: bytes) -> bool:
    """Whether any stretch of more than 200 bytes came back."""
    windows: Callable[[int], bytes] = lambda start: answer[start : start + LONG + 1]  # noqa: E731
    return any(windows(start) in sent for start in range(0, max(len(answer) - LONG, 0), 50))
