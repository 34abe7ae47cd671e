"""Whatever happens, in whatever order: no seat twice, no money without tickets or refund. `make prove` looks longer."""

import os

import pytest
import stripe
from hypothesis import HealthCheck, Phase
from hypothesis import settings as examples
from hypothesis.stateful import run_state_machine_as_test

from bookings.flows import settling
from tests.machine.rules import Shop

EXAMPLES = int(os.environ.get("PROVE_EXAMPLES", "0"))
# Shrinking replays a failure hundreds of times: only where there is time for it.
QUICK = [Phase.explicit, Phase.reuse, Phase.generate]
SHORT = examples(max_examples=12, stateful_step_count=30, derandomize=True, database=None, phases=QUICK)
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "report_multiple_bugs": False}
LONG = examples(max_examples=EXAMPLES or 1, stateful_step_count=40, print_blob=True, database=None, phases=QUICK)


@pytest.fixture(autouse=True)
def shop(sandbox, settings, monkeypatch):
    monkeypatch.setattr(Shop, "sandbox", sandbox)
    # Three customers do what a thousand would.
    settings.RATE_LIMIT_PER_CUSTOMER = settings.MAX_LAPSED_HOLDS = 10_000
    # The library waits half a second before it tries again, which is kind to Stripe and slow here.
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)


@pytest.mark.django_db(transaction=True)
def test_anything_in_any_order_then_seats_and_money_are_right():
    run_state_machine_as_test(Shop, settings=examples(LONG if EXAMPLES else SHORT, **QUIET))


@pytest.mark.skipif(bool(EXAMPLES), reason="the control is part of the short run")
@pytest.mark.django_db(transaction=True)
def test_control_money_that_nobody_owes_back_then_it_is_found(monkeypatch):
    monkeypatch.setattr(settling, "owe_refund", lambda *args, **kwargs: None)

    with pytest.raises(AssertionError, match="I3"):
        run_state_machine_as_test(Shop, settings=examples(SHORT, max_examples=200, **QUIET))
