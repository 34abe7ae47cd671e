"""The environment of a production that does not exist, and a look at the settings it gives."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HOST = "tickets.example.com"
ENVIRONMENT = {
    "DEBUG": "0",
    "SECRET_KEY": "no-secret-but-long-enough-for-a-production-0123456789",
    "SITE_URL": f"https://{HOST}",
    "ALLOWED_HOSTS": HOST,
    "DATABASE_URL": "postgresql://nobody@localhost:1/nothing",
    "REDIS_URL": "redis://localhost:1/0",
    "STRIPE_SECRET_KEY": "sk_test_production",
    "STRIPE_WEBHOOK_SECRET": "whsec_production",
    "EMAIL_URL": "submission://user:password@smtp.example.com:587",
}
MACHINE = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": os.environ.get("HOME", "/")}


def environ(**changes):
    """Of a process in production; None takes a variable away."""
    return {name: value for name, value in (MACHINE | ENVIRONMENT | changes).items() if value is not None}


def load_settings(monkeypatch, **changes):
    """The settings as production would read them, without a process of their own."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in environ(**changes).items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "moviebooking" / "settings.py"))


def run(*command, **changes):
    return subprocess.run(
        [sys.executable, *command], env=environ(**changes), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
