"""A mail server over a real socket that takes, refuses, stalls or hangs up as a test tells it."""

import socket
import socketserver
import threading
from email import message_from_bytes, policy


class HangUp(Exception):
    """Cut the line without an answer."""


class Sink:
    """`at_recipient(address)` and `after_data(message)` give the status to answer with; they may wait or HangUp."""

    def __init__(self, port=0):
        self.port, self.messages, self.connections, self.commands = port, [], 0, []
        self.at_recipient = lambda address: 250
        self.after_data = lambda message: 250
        self.server = None

    def __enter__(self):
        self.server = Server(("127.0.0.1", self.port), Conversation)
        self.server.sink, self.port = self, self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()
        for line in self.server.lines:
            line.close()

    def restart(self):
        """As if it had been down: every line is cut."""
        self.__exit__()
        self.__enter__()

    @property
    def recipients(self):
        return [message["To"] for message in self.messages]


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self, *args):
        self.lines = []
        super().__init__(*args)

    def handle_error(self, request, client_address):
        """A client that was killed is what some tests are about."""


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        sink = self.server.sink
        sink.connections += 1
        self.server.lines.append(self.connection)
        self.answer(220)
        try:
            while (line := self.rfile.readline()) and self.obey(sink, line.decode().strip()):
                pass
        except HangUp:
            self.connection.shutdown(socket.SHUT_RDWR)

    def obey(self, sink, line):
        sink.commands.append(line)
        verb = line[:4].upper()
        if verb == "RCPT":
            self.answer(sink.at_recipient(line[line.index("<") + 1 : line.index(">")]))
        elif verb == "DATA":
            self.answer(354)
            self.take(sink)
        else:
            self.answer(221 if verb == "QUIT" else 250)
        return verb != "QUIT"

    def take(self, sink):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if not line:
            return  # the sender died in the middle: that is no message
        message = message_from_bytes(b"".join(lines), policy=policy.default)
        status = sink.after_data(message)
        if status == 250:
            sink.messages.append(message)
        self.answer(status)

    def answer(self, status):
        self.wfile.write(b"%d words of the server\r\n" % status)
