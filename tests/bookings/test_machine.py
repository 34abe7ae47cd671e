"""Whatever happens, in whatever order: no seat twice, no money without tickets or refund. `make prove` looks longer."""

import os

import pytest
import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.machine.rules import Shop

EXAMPLES = int(os.environ.get("PROVE_EXAMPLES", "0"))
# Shrinking replays a failure hundreds of times: only where there is time for it.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
SHORT = settings(max_examples=12, stateful_step_count=30, derandomize=True, database=None, phases=QUICK)
LONG = settings(max_examples=EXAMPLES or 1, stateful_step_count=40, print_blob=True, database=None, phases=QUICK)


@pytest.mark.django_db(transaction=True)
def test_anything_in_any_order_then_seats_and_money_are_right(sandbox, monkeypatch):
    monkeypatch.setattr(Shop, "sandbox", sandbox)
    # The library waits half a second before it tries again, which is kind to Stripe and slow here.
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    how = LONG if EXAMPLES else SHORT
    quiet = settings(how, deadline=None, suppress_health_check=list(HealthCheck))

    run_state_machine_as_test(Shop, settings=quiet)
