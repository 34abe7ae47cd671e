"""Django's backend for PostgreSQL, which does not spend a journey on asking whether the server is still there.

A server that ends a connection says so on it and hangs up. So a connection on which nothing has come in since its last
answer is as good as one that has just answered `SELECT 1`; only where something has, that question is asked.
"""

import select

from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus


class DatabaseWrapper(base.DatabaseWrapper):
    def is_usable(self):
        return (not self.errors_occurred and is_quiet(self.connection)) or super().is_usable()


def is_quiet(connection) -> bool:
    if connection is None or connection.pgconn.status != ConnStatus.OK:
        return False
    line = select.poll()
    line.register(connection.pgconn.socket, select.POLLIN)
    return not line.poll(0)
