"""What PostgreSQL did for a query: how many rows it looked at, and which tables it read from end to end."""

import json

from django.db import connection, transaction

# As many rows as this, and a table is of the kind that grows.
LARGE = 20_000


def plan_of(sql: str) -> dict:
    """EXPLAIN (ANALYZE, BUFFERS) of a statement, whose effects are taken back."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql.replace("%", "%%"), [])
        found = cursor.fetchone()[0]
        transaction.set_rollback(True)
    return (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]


def nodes(plan: dict):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_read(plan: dict) -> int:
    """Rows of tables and indexes that were looked at, those that a filter threw away among them."""
    return round(sum(rows_of(node) for node in nodes(plan) if "Relation Name" in node or "Index Name" in node))


def rows_of(node: dict) -> float:
    away = sum(node.get(name, 0) for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck"))
    return (node["Actual Rows"] + away) * node["Actual Loops"]


def ways(plan: dict) -> str:
    """By which index, or from end to end, each table was reached."""
    found = {}
    for node in nodes(plan):
        if "Index Name" in node:
            found[node["Index Name"]] = None
        elif node["Node Type"].endswith("Seq Scan"):
            found[f"*{node['Relation Name']}*"] = None
    return ", ".join(found)


def pages_read(plan: dict) -> int:
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def read_from_end_to_end(plan: dict) -> list[str]:
    """Tables of many rows that no index was used for, or indexes that were gone through as if they were a table."""
    found = []
    for node in nodes(plan):
        rows = rows_of(node)
        if node["Node Type"].endswith("Seq Scan") and rows >= LARGE:
            found.append(f"{node['Relation Name']} ({rows:,.0f} rows, Seq Scan)")
        elif "Index Name" in node and rows >= LARGE:
            found.append(f"{node['Index Name']} ({rows:,.0f} rows, {node['Node Type']})")
    return found
