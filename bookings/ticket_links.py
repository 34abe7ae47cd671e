"""A link that opens a booking's tickets without signing in, as good as the mail it stands in.

It speaks for the tickets of its day: as soon as one is issued anew, because a code was in wrong hands or the seats have
moved, it is void. Who cancels ends it, too, and so does the end of the showtime (`flows.live_tickets`). Whoever has the
mail has the codes in it already; the link shows no more than those, and nothing can be done there.
"""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db.models import Max
from django.urls import reverse

from bookings.models import Booking


def ticket_link(booking: Booking) -> str:
    signature = signer(booking).signature(booking.reference)
    return settings.SITE_URL + reverse("bookings:opened", args=[booking.reference, signature])


def booking_of(reference: str, signature: str) -> Booking | None:
    """The booking that a link of ours opens; None when it is not ours, or void."""
    found = Booking.objects.for_listing().filter(reference=reference, user__isnull=False).first()
    try:
        return found and signer(found).unsign(f"{reference}:{signature}") and found
    except BadSignature:
        return None


def signer(booking: Booking) -> Signer:
    newest = booking.booked_seats.aggregate(ticket=Max("tickets"))["ticket"]
    return Signer(salt=f"tickets of a booking, up to {newest}")
