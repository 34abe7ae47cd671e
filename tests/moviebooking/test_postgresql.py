"""Whether a connection still lives is seen on it, and the server is asked only where it has said something."""

import select

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db(transaction=True)
# How PostgreSQL counts what a connection has begun to do.
LAST_QUERY = "SELECT query FROM pg_stat_activity WHERE pid = %s"


@pytest.fixture
def ours():
    """A connection as production keeps it: from one request to the next."""
    ours = connection.copy()
    ours.settings_dict = connection.settings_dict | {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    ask(ours, "SELECT 'the request before'")
    yield ours
    ours.close()


def ask(line, query, parameters=()):
    with line.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def begin_request(line) -> None:
    line.close_if_unusable_or_obsolete()  # as Django does it


def test_nothing_has_happened_then_the_next_request_asks_nothing_of_its_own(ours):
    backend = ours.connection.info.backend_pid
    begin_request(ours)
    ours.close_if_health_check_failed()

    assert ask(connection, LAST_QUERY, [backend]) == [("SELECT 'the request before'",)]
    assert ours.connection.info.backend_pid == backend


def test_server_has_hung_up_then_the_next_request_has_a_new_connection(ours):
    backend = ours.connection.info.backend_pid
    ask(connection, "SELECT pg_terminate_backend(%s, 5000)", [backend])
    begin_request(ours)

    assert ask(ours, "SELECT 1") == [(1,)]
    assert ours.connection.info.backend_pid != backend


def test_control_unchecked_the_next_request_breaks(ours):
    ask(connection, "SELECT pg_terminate_backend(%s, 5000)", [ours.connection.info.backend_pid])
    begin_request(ours)
    ours.health_check_enabled = False

    with pytest.raises(ours.Database.OperationalError):
        ours.connection.execute("SELECT 1")


def test_server_has_only_said_something_then_it_is_asked_and_the_connection_kept(ours):
    backend = ours.connection.info.backend_pid
    ask(ours, "SELECT 1")
    with ours.cursor() as cursor:
        cursor.execute("LISTEN greetings")
    with connection.cursor() as cursor:
        cursor.execute("NOTIFY greetings")
    assert select.select([ours.connection.pgconn.socket], [], [], 30)[0]
    begin_request(ours)
    ours.close_if_health_check_failed()

    assert ask(connection, LAST_QUERY, [backend]) == [("SELECT 1",)]
    assert ours.connection.info.backend_pid == backend
