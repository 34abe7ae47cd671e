"""HTTP on the loopback interface: the API, the payment page, and the controls for tests."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bookings.stripe_sandbox.control import Control

if TYPE_CHECKING:
    from bookings.stripe_sandbox.sandbox import Sandbox

LARGEST_BODY = 1_000_000


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, sandbox: "Sandbox"):
        self.sandbox = sandbox
        self.control = Control(sandbox)
        # Loopback only: whoever reaches this port can mark any order as paid.
        super().__init__(("127.0.0.1", port), Handler)

    def start(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def verify_request(self, request: object, client_address: tuple) -> bool:
        return ip_address(client_address[0]).is_loopback

    def handle_error(self, request: object, client_address: tuple) -> None:
        # A client that hung up is part of the play; anything else should be seen.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "moviebooking-stripe-stand-in"
    sys_version = ""
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def _route(self, method: str) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY:
            self._send(413, {"Content-Type": "text/plain"}, "This request is too large.")
            return
        body = self.rfile.read(size).decode("utf-8", "replace")
        url = urlsplit(self.path)
        if url.path.startswith("/v1/"):
            self._call_api(method, url.path, body if method == "POST" else url.query)
        elif url.path.startswith("/_sandbox/"):
            self._control(method, url.path.removeprefix("/_sandbox/"), body)
        else:
            page = self.server.sandbox.pages.answer(method, url.path, body)
            self._send(page.status, page.headers, page.body)

    def _call_api(self, method: str, path: str, text: str) -> None:
        answer = self.server.sandbox.api.answer(method, path, text, self.headers.get)
        if answer.lost:
            self.close_connection = True
        else:
            self._send(answer.status, answer.headers, answer.body)

    def _control(self, method: str, name: str, body: str) -> None:
        # A form on some web page can post to this port too, but never with this content type.
        if method == "POST" and "application/json" not in self.headers.get("Content-Type", ""):
            status, answer = 415, {"error": "Send JSON with Content-Type: application/json."}
        else:
            status, answer = self.server.control.answer(method, name, body)
        self._send(status, {"Content-Type": "application/json"}, json.dumps(answer))

    def _send(self, status: int, headers: dict[str, str], body: str) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        # Kept-alive connections would go on talking to a stand-in that has been stopped.
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Silent: what was asked is in `Sandbox.requests`."""
