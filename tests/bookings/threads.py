"""Many at once, each with its own database connection."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from time import sleep

from django.db import connection


def all_at_once(calls):
    """Start the calls in the same instant; [what each returned, or the exception it raised]."""
    start = Barrier(len(calls))

    def run(call):
        try:
            start.wait(timeout=30)
            return call()
        except Exception as error:  # noqa: BLE001 - which one it was is for the test to judge
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def in_a_thread(call):
    """Start it; gives the means to wait for what it returned or raised."""
    result = []

    def run():
        try:
            result.append(call())
        except Exception as error:  # noqa: BLE001 - which one it was is for the test to judge
            result.append(error)
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()

    def finish():
        thread.join(30)
        return result[0]

    return finish


def wait_until_somebody_waits():
    for _n in range(500):
        with connection.cursor() as cursor:
            # Within a transaction the first answer would be repeated.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            if cursor.fetchone()[0]:
                return
        sleep(0.01)
    raise AssertionError("nobody waits")


def kinds(results):
    """{name of the exception or of the result's type: how many}"""
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}
