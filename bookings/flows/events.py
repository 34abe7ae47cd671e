from bookings.flows.locking import patient
from bookings.flows.money_back import note_dispute, note_refund, note_refunds_of_charge
from bookings.flows.settling import confirm_booking
from bookings.payments import Event


@patient
def act_on_event(event: Event) -> None:
    """Do what an event of Stripe's asks for: any number of times, in any order. What it says is asked of Stripe again.

    Raises PaymentUnavailable, Busy: Stripe shall send it again. Raises PaymentRefused for an object Stripe does not
    show us.
    """
    if event.type.startswith("checkout.session."):
        confirm_booking(event.object_id, event=event)
    elif event.type.startswith("refund."):
        note_refund(event.object_id)
    elif event.type == "charge.refunded":
        note_refunds_of_charge(event.object_id)
    elif event.type.startswith("charge.dispute."):
        note_dispute(event.object_id)
