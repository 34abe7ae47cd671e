"""Changes told to browsers, too, whose owners want it: beside each mail, once for each letter."""

import logging
from datetime import timedelta

import requests
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from bookings.documents import start_in_words
from bookings.flows.locking import database_now
from bookings.models import Mail, Push, PushSubscription
from bookings.push import SubscriptionGone, deliver
from bookings.wakeup import wake

logger = logging.getLogger(__name__)

MOST_SILENT = 3
BATCH = 200
MOST_BROWSERS = 10
# News of yesterday only confuses.
WORTH_TELLING = timedelta(hours=4)
NEWS = {
    Mail.Kind.CANCELLED: _("Cancelled: %(movie)s"),
    Mail.Kind.SHOWTIME_CANCELLED: _("Called off: %(movie)s"),
    Mail.Kind.MOVED: _("Moved: %(movie)s"),
    Mail.Kind.BROKEN_OFF: _("We are sorry: %(movie)s"),
    Mail.Kind.REFUNDED: _("Your money comes back: %(movie)s"),
    Mail.Kind.PAID_BACK: _("Your money comes back: %(movie)s"),
    Mail.Kind.REMINDER: _("Soon: %(movie)s"),
}


def subscribe(user, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Tell this browser from now on, and nobody else who has used it. The oldest of too many is told no more."""
    keys = {"user": user, "p256dh": p256dh, "auth": auth}
    with transaction.atomic():
        subscription, _is_new = PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=keys)
        kept = user.push_subscriptions.order_by("-pk").values_list("pk", flat=True)[:MOST_BROWSERS]
        user.push_subscriptions.exclude(pk__in=list(kept)).delete()
    return subscription


def unsubscribe(user, *, endpoint: str) -> None:
    user.push_subscriptions.filter(endpoint=endpoint).delete()


def push_beside(mail: Mail) -> None:
    """Write down who is to be told, in the caller's transaction."""
    booking = mail.booking
    # Who has cancelled it themselves knows.
    is_own = mail.kind == Mail.Kind.CANCELLED and booking.cancelled_by_id == booking.user_id
    if mail.kind not in NEWS or is_own or booking.user_id is None:
        return
    browsers = PushSubscription.objects.filter(user=booking.user_id)
    pushes = [Push(subscription=browser, mail=mail, letter=mail.message_id) for browser in browsers]
    if pushes:
        Push.objects.bulk_create(pushes, ignore_conflicts=True)
        wake("bookings.send_pushes")


def send_due_pushes() -> int:
    """Send what is due; returns how many were tried. After three that nobody answered a round ends."""
    tried = silent = 0
    for pk in list(Push.objects.due().values_list("pk", flat=True)[:BATCH]):
        waiting = Push.objects.select_related("subscription", "mail__booking__showtime__screen__theater")
        if push := waiting.claim(pk):
            tried += 1
            silent = 0 if send(push) else silent + 1
        if silent == MOST_SILENT:
            break
    return tried


def send(push: Push) -> bool:
    """Whether there was an answer."""
    browser, now = push.subscription, database_now()
    if now - push.created_at > WORTH_TELLING:
        push.fail("too late")
        return True
    try:
        deliver(browser.endpoint, browser.p256dh, browser.auth, message(push), topic=push.letter.hex)
    except (SubscriptionGone, ValueError):
        browser.delete()  # and with it all that waits for it
    except requests.RequestException as error:
        logger.warning("push not sent, will try again", extra={"push": push.pk, "kind": type(error).__name__})
        push.put_off(type(error).__name__, now)
        return False
    else:
        Push.objects.filter(pk=push.pk).update(status=Push.Status.SENT)
    return True


def message(push: Push) -> dict:
    """Nothing of the person or the booking: what it is about, and when. A second one of a letter takes its place."""
    showtime = push.mail.booking.showtime
    return {
        "title": NEWS[push.mail.kind] % {"movie": showtime.movie.title},
        "body": f"{start_in_words(showtime)}, {showtime.screen.name}",
        "tag": push.letter.hex,
    }
