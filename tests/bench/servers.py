"""The shop that is measured: the servers of production, in processes of their own."""

from typing import ClassVar

from tests.prove.servers import House


class BenchHouse(House):
    """Nobody is slowed down: all the customers come from one address, and each of them clicks without rest."""

    settings = "tests.bench.settings"
    own_environment: ClassVar[dict[str, str]] = {
        "RATE_LIMIT_PER_CUSTOMER": "100000000",
        "RATE_LIMIT_PER_ADDRESS": "100000000",
        # At thousands of requests a second, a process would be replaced every five seconds.
        "GUNICORN_CMD_ARGS": "--max-requests 0",
    }
