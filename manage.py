#!/usr/bin/env python
import os
import sys
from pathlib import Path

SAYS_WHERE_WE_ARE = {"DEBUG", "SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "SITE_URL"}


def join_the_running_shop():
    """Where nothing says otherwise this is a development machine: be one with the shop of `make run`."""
    if SAYS_WHERE_WE_ARE & os.environ.keys():
        return
    os.environ["DEBUG"] = "1"
    remembered = Path(__file__).parent / "var" / "environment"
    if remembered.exists():
        lines = remembered.read_text().splitlines()
        os.environ.update(line.split("=", 1) for line in lines if line.split("=", 1)[0] not in os.environ)


if __name__ == "__main__":
    join_the_running_shop()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "moviebooking.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
