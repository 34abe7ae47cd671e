"""What the logs of a run must not hold: tracebacks, people, keys."""

import json
import re
from collections import Counter
from pathlib import Path

SECRETS = re.compile(
    r"[\w.+-]+@example\.com|sk_test_\w+|whsec_\w+"
    # A booking's reference; without a capital letter it would be a piece of some UUID.
    r"|\b(?=[0-9-]*[A-Z])[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"
)
# Celery's own words when its broker is gone: it has no quieter ones, and comes back, or is started again.
LIBRARY = ("celery.beat", "celery.bootsteps", "celery.worker", "kombu")


def tracebacks(log: Path) -> Counter:
    """The last line of each, and how often."""
    found = Counter()
    for line in log.read_text(errors="replace").splitlines():
        words = last_words(line)
        if words:
            found[words] += 1
    return found


def last_words(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line if line.startswith("Traceback") else ""
    trace = entry.get("exc_info") if isinstance(entry, dict) else None
    if trace and entry["logger"].startswith(LIBRARY):
        return ""
    return f"{entry['logger']}: {entry['message'][:80]}: {trace.splitlines()[-1][:120]}" if trace else ""


def leaks(log: Path) -> list[str]:
    return sorted(set(SECRETS.findall(log.read_text(errors="replace"))))
