"""A program of its own: fakeredis on a Unix socket, where no redis-server can be had."""

import os
import socket
import sys


def imitate_redis(path: str) -> None:
    from fakeredis import TcpFakeServer

    class UnixFakeServer(TcpFakeServer):
        address_family = socket.AF_UNIX

        def get_request(self):
            # Unix sockets have no address to tell clients apart by, and fakeredis needs one.
            return self.socket.accept()[0], (f"client-{next(self.client_ids)}", 0)

    os.umask(0o077)
    UnixFakeServer(path).serve_forever()


if __name__ == "__main__":
    imitate_redis(sys.argv[1])
