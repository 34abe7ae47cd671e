"""`python -m bookings.stripe_sandbox`: the stand-in as a process of its own."""

import argparse
import os
import signal
import sqlite3
import sys
import threading

from bookings.stripe_sandbox.sandbox import Sandbox

OFF = ("0", "false", "no", "off")


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bookings.stripe_sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes the port of last time, or any free one")
    parser.add_argument("--data", default="var/stripe_sandbox.sqlite3", metavar="FILE")
    parser.add_argument("--secret-key", default=os.environ.get("STRIPE_SECRET_KEY", ""))
    parser.add_argument("--webhook-url", metavar="URL", default="http://127.0.0.1:8000/stripe/webhook/")
    parser.add_argument(
        "--webhook-secret", default=os.environ.get("STRIPE_WEBHOOK_SECRET", ""), help="several, with commas: all sign"
    )
    parser.add_argument("--later-after", type=int, default=5, metavar="SECONDS", help="until a late payment is settled")
    parser.add_argument("--rate-limit", type=int, metavar="N", help="requests a second per endpoint (Stripe: 25)")
    return parser.parse_args(arguments)


def main() -> int:
    if os.environ.get("DEBUG", "").strip().lower() in OFF:
        return refuse("DEBUG is off, so this may be production. The stand-in for Stripe is for development only.")
    options = parse()
    try:
        sandbox = Sandbox(
            secret_key=options.secret_key,
            webhook_url=options.webhook_url,
            webhook_secret=options.webhook_secret,
            data=options.data,
            port=options.port,
            later_after=options.later_after,
            rate_limit=options.rate_limit,
        ).start()
    except ValueError as error:
        return refuse(str(error))
    except sqlite3.OperationalError:
        return refuse(f"{options.data} cannot be opened. Is another stand-in using it?")
    except OSError:
        return refuse(f"Port {options.port} cannot be used. Is another server listening there?")
    asked_to_stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: asked_to_stop.set())
    print(f"Stripe stand-in on {sandbox.url}", flush=True)
    asked_to_stop.wait()
    sandbox.stop()
    return 0


def refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
