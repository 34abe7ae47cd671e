"""Everything the stand-in remembers, in one SQLite file: a restart loses no payment and no undelivered event."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS open_sessions ON objects (json_extract(body, '$.expires_at'))
    WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open';
CREATE INDEX IF NOT EXISTS refunds_of_charge ON objects (json_extract(body, '$.charge')) WHERE kind = 'refund';
CREATE TABLE IF NOT EXISTS idempotency_keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, saved_at INTEGER);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, event TEXT NOT NULL, due_at REAL, attempts INTEGER DEFAULT 0, ended_at REAL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_at) WHERE ended_at IS NULL;
CREATE TABLE IF NOT EXISTS settlements (session TEXT PRIMARY KEY, due_at INTEGER NOT NULL, succeed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS remembered (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
TABLES = ("objects", "idempotency_keys", "deliveries", "settlements")


class Store:
    def __init__(self, path: str | Path):
        if str(path) != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=3)
        self._db.row_factory = sqlite3.Row
        # Two stand-ins on one file would deliver every event twice; the second one must not even start.
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Alone in the store until done; all or nothing. May be nested: the inner one rolls back by itself."""
        with self._lock:
            step = f"step_{self._depth}"
            self._db.execute(f"SAVEPOINT {step}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._db.execute(f"ROLLBACK TO {step}")
                raise
            finally:
                self._db.execute(f"RELEASE {step}")
                self._depth -= 1

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def put(self, kind: str, object_id: str, body: object) -> None:
        self.run(
            "INSERT INTO objects (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            kind, object_id, json.dumps(body),
        )  # fmt: skip

    def get(self, kind: str, object_id: str | None) -> dict | None:
        found = self.rows("SELECT body FROM objects WHERE kind = ? AND id = ?", kind, object_id)
        return json.loads(found[0]["body"]) if found else None

    def find(self, kind: str, condition: str = "1", *values: object) -> list[dict]:
        """Oldest first. The condition is ours, never a client's; its values are bound."""
        sql = f"SELECT body FROM objects WHERE kind = ? AND {condition} ORDER BY number"  # noqa: S608
        return [json.loads(row["body"]) for row in self.rows(sql, kind, *values)]

    def page(
        self, kind: str, where: Iterable[tuple[str, object]], limit: int, after: str | None, before: str | None
    ) -> tuple[list[dict], bool]:
        """Newest first, and whether there is more; `after` and `before` are ids, as in Stripe's lists."""
        conditions, values = ["kind = ?"], [kind]
        for condition, value in where:
            conditions.append(condition)
            values.extend(value if isinstance(value, list) else [value])
        for cursor, sign in ((after, "<"), (before, ">")):
            if cursor:
                conditions.append(f"number {sign} (SELECT number FROM objects WHERE kind = ? AND id = ?)")  # noqa: S608
                values.extend((kind, cursor))
        order = "ASC" if before else "DESC"
        sql = f"SELECT body FROM objects WHERE {' AND '.join(conditions)} ORDER BY number {order} LIMIT ?"  # noqa: S608
        found = [json.loads(row["body"]) for row in self.rows(sql, *values, limit + 1)]
        chosen = found[:limit]
        return (chosen[::-1] if before else chosen), len(found) > limit

    def remember(self, name: str, value: object) -> None:
        self.run("INSERT OR REPLACE INTO remembered VALUES (?, ?)", name, json.dumps(value))

    def recall(self, name: str) -> object:
        found = self.rows("SELECT value FROM remembered WHERE name = ?", name)
        return json.loads(found[0]["value"]) if found else None

    def forget_everything(self) -> None:
        with self.transaction():
            for table in TABLES:
                self.run(f"DELETE FROM {table}")  # noqa: S608
