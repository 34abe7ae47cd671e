"""A stand-in for Stripe's API and payment page, for development and tests only. See README.md."""

from bookings.stripe_sandbox.sandbox import Sandbox

__all__ = ["Sandbox"]
