"""What no browser sends, straight into gunicorn's socket."""

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

pytestmark = pytest.mark.django_db(transaction=True)

CRLF = b"\r\n"
HOST = b"Host: 127.0.0.1\r\n"
FORM = HOST + b"Content-Type: application/x-www-form-urlencoded\r\n"
TO_LOGIN, CHUNKED = b"POST /accounts/login/ HTTP/1.1\r\n" + FORM, b"Transfer-Encoding: chunked\r\n"
FIELDS = b"&".join(b"field%d=1" % number for number in range(10_000))
REFUSED = {
    "a line without end": b"GET /?q=" + b"x" * 9000 + b" HTTP/1.1\r\n" + HOST + CRLF,
    "a header without end": b"GET / HTTP/1.1\r\n" + HOST + b"X-Long: " + b"x" * 20_000 + CRLF + CRLF,
    "too many headers": b"GET / HTTP/1.1\r\n" + HOST + b"".join(b"X-%d: 1\r\n" % n for n in range(300)) + CRLF,
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length and chunks": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "no number": b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -1\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\n" + HOST + b"X-Odd : 1\r\n\r\n",
    "a NUL byte": b"GET / HTTP/1.1\r\n" + HOST + b"X-Odd: a\0b\r\n\r\n",
    "ten thousand fields": b"POST /accounts/login/ HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b"
    % (FORM, len(FIELDS), FIELDS),
    "ten megabytes": TO_LOGIN + b"Content-Length: 10000000\r\n\r\n" + b"x" * 10_000_000,
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + CRLF + CRLF,
}


def say(shop, words):
    """The status of the answer; None where the line is cut without one."""
    address = urlsplit(shop)
    with socket.create_connection((address.hostname, address.port), timeout=20) as line:
        try:
            line.sendall(words)
            answer = line.recv(65_536)
        except ConnectionError:
            return None
    return int(answer.split()[1]) if answer.startswith(b"HTTP/1.") else None


def test_odd_requests_are_refused(gunicorn_shop):
    answers = {name: say(gunicorn_shop, words) for name, words in REFUSED.items()}

    assert {name: status for name, status in answers.items() if status is not None and not 400 <= status < 500} == {}
    assert len([status for status in answers.values() if status]) >= 8


def test_half_requests_keep_nobody_waiting_for_long(gunicorn_shop):
    address = urlsplit(gunicorn_shop)
    with ExitStack() as stack:
        for _ in range(12):  # more than there are threads
            line = stack.enter_context(socket.create_connection((address.hostname, address.port)))
            line.sendall(b"POST /city/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Le")
        assert requests.get(f"{gunicorn_shop}/healthz", timeout=60).status_code == 200
