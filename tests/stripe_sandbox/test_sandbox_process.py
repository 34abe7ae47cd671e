import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bookings.stripe_sandbox import Sandbox

ROOT = Path(__file__).parents[2]


@pytest.fixture
def launch(tmp_path):
    started = []

    def launch(*arguments, **environment):
        clean = {name: value for name, value in os.environ.items() if name not in ("DEBUG", "STRIPE_SECRET_KEY")}
        keys = {"STRIPE_SECRET_KEY": "sk_test_local", "STRIPE_WEBHOOK_SECRET": "whsec_local"}
        command = [sys.executable, "-m", "bookings.stripe_sandbox", "--data", str(tmp_path / "stripe.sqlite3")]
        process = subprocess.Popen(
            [*command, *arguments], cwd=ROOT, env=clean | keys | environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        started.append(process)
        return process

    yield launch
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def refusal(process):
    _, errors = process.communicate(timeout=20)
    return process.returncode, errors.strip()


def test_start_then_one_line_tells_where_and_a_signal_ends_it(launch, connect, order):
    process = launch()
    line = process.stdout.readline().strip()
    assert line.rpartition(":")[0] == "Stripe stand-in on http://127.0.0.1"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_killed_and_started_again_then_the_address_is_the_same(launch):
    first = launch()
    line = first.stdout.readline()
    first.kill()
    first.wait()
    assert launch().stdout.readline() == line


@pytest.mark.parametrize("word", ["0", "false", "No", "OFF"])
def test_debug_is_off_then_it_does_not_start(launch, word):
    assert refusal(launch(DEBUG=word)) == (
        2,
        "DEBUG is off, so this may be production. The stand-in for Stripe is for development only.",
    )


@pytest.mark.parametrize("key", ["sk_live_x", "rk_live_x"])
def test_a_live_key_then_it_does_not_start(launch, key):
    assert refusal(launch(STRIPE_SECRET_KEY=key)) == (
        2,
        "This is a live Stripe key. The stand-in takes only test keys, such as sk_test_local.",
    )


def test_a_second_stand_in_on_the_same_file_then_does_not_start(launch, tmp_path):
    with Sandbox(secret_key="sk_test_local", data=tmp_path / "stripe.sqlite3"):
        code, sentence = refusal(launch())
    assert (code, sentence.partition(".sqlite3 ")[2]) == (2, "cannot be opened. Is another stand-in using it?")


def test_a_port_in_use_then_it_does_not_start(launch, sandbox):
    port = sandbox.url.rpartition(":")[2]
    assert refusal(launch("--port", port)) == (
        2,
        f"Port {port} cannot be used. Is another server listening there?",
    )


def test_no_key_then_it_does_not_start(launch):
    assert refusal(launch(STRIPE_SECRET_KEY=""))[0] == 2


def test_it_then_listens_on_loopback_only(sandbox):
    assert sandbox._server.server_address[0] == "127.0.0.1"


def test_the_package_then_imports_neither_django_nor_the_project():
    program = (
        "import sys, bookings.stripe_sandbox, bookings.stripe_sandbox.__main__\n"
        "names = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(names & {'django', 'accounts', 'movies', 'theaters', 'moviebooking'}),"
        " [n for n in sys.modules if n.startswith('bookings.') and not n.startswith('bookings.stripe_sandbox')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True, capture_output=True, check=True)
    assert done.stdout.strip() == "[] []"
