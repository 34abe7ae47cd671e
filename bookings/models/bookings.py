import secrets
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from movies.models import Movie
from theaters.models import Showtime

# No 0/O, 1/I/L, 5/S, 2/Z, U/V: a reference is read aloud over a counter.
ALPHABET = "346789ABCDEFGHJKMNPQRTWXY"


def new_reference() -> str:
    """Twelve characters in three groups, K7MD-9QXW-3FHT: 55 bits, nobody guesses another's."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(12))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


class BookingQuerySet(models.QuerySet):
    def waiting(self):
        """Keeping seats without a payment on its way: pending and in time, by the database's clock."""
        on_its_way = Q(payments__status="processing")
        return self.filter(status=Booking.Status.PENDING, expires_at__gt=Now()).exclude(on_its_way)

    def overdue(self):
        """Pending, the booking window is over, by the database's clock."""
        return self.filter(status=Booking.Status.PENDING, expires_at__lte=Now())

    def upcoming(self):
        """To look forward to: sold or waiting for payment, and not over."""
        to_come = self.filter(status__in=Booking.LIVE, showtime__ends_at__gt=Now())
        return to_come.order_by("showtime__starts_at", "pk")

    def past(self):
        """All the rest: the showtime is over, or the booking is."""
        over = Q(showtime__ends_at__lte=Now()) | ~Q(status__in=Booking.LIVE)
        return self.filter(over).order_by("-showtime__starts_at", "-pk")

    def seen(self):
        """Of those who were there: sold, not cancelled, and the showtime took place and is over."""
        return self.filter(status=Booking.Status.CONFIRMED, showtime__status="published", showtime__ends_at__lte=Now())

    def matching(self, words: str):
        """Found by what stands on paper or screen: reference or ticket code, with or without dashes, or an email."""
        letters = "".join(letter for letter in words.upper() if letter.isalnum())
        reference, serial = (f"{letters[:4]}-{letters[4:8]}-{letters[8:]}", f"{letters[:5]}-{letters[5:]}")
        # Three looks into an index each, and before the listing: with OR, or as a part of its many joins, PostgreSQL
        # reads every booking there ever was.
        every = self.model.objects.order_by().values_list("pk", flat=True)
        by_ticket = every.filter(booked_seats__tickets__serial=serial)
        by_email = every.alias(address=Lower("user__email")).filter(address=Lower(Value(words.strip())))
        return self.filter(pk__in=list(every.filter(reference=reference).union(by_ticket, by_email)))

    def for_listing(self):
        return self.select_related("showtime__movie", "showtime__screen__theater__city").prefetch_related("payments")


class Booking(models.Model):
    """What a customer buys for one showtime. All amounts were frozen when it was made."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for payment")
        CONFIRMED = "confirmed", _("Confirmed")
        EXPIRED = "expired", _("Expired")
        FAILED = "failed", _("Payment failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Channel(models.TextChoices):
        WEB = "web", _("Website")
        COUNTER = "counter", _("Box office")

    class Comp(models.TextChoices):
        GUEST = "guest", _("Guest of the house")
        STAFF = "staff", _("Staff ticket")
        PRESS = "press", _("Press")
        GOODWILL = "goodwill", _("Goodwill after a complaint")
        PRIZE = "prize", _("Prize or voucher of the house")

    LIVE = (Status.PENDING, Status.CONFIRMED)

    reference = models.CharField(_("reference"), max_length=20, unique=True, default=new_reference, editable=False)
    # Empty at the counter, where nobody is asked, and once the booking is anonymised.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("customer"),
        null=True,
        on_delete=models.PROTECT,
        related_name="bookings",
    )
    anonymised_at = models.DateTimeField(_("anonymised at"), null=True, blank=True, editable=False)
    channel = models.CharField(_("sold by"), max_length=10, choices=Channel, default=Channel.WEB, db_default="web")
    sold_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("cashier"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # One form at the counter sells once, however often it is sent.
    sale_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)
    comp = models.CharField(_("free, because"), max_length=10, choices=Comp, blank=True, db_default="")
    comp_note = models.CharField(_("note"), max_length=200, blank=True, db_default="")
    showtime = models.ForeignKey(
        Showtime, verbose_name=_("showtime"), on_delete=models.PROTECT, related_name="bookings"
    )
    # What was bought: late money must not buy what the showtime has become since.
    movie = models.ForeignKey(Movie, verbose_name=_("movie"), on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField(_("starts at"))
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.PENDING)
    seat_labels = models.JSONField(_("seats"), default=list)
    currency = models.CharField(_("currency"), max_length=3)
    # With surcharges and less the discount: both are parts of it, shown in lines of their own.
    price_total = models.DecimalField(_("seats"), max_digits=12, decimal_places=3)
    surcharge_total = models.DecimalField(_("surcharge"), max_digits=12, decimal_places=3, db_default=Decimal(0))
    surcharge_name = models.CharField(_("name of the surcharge"), max_length=40, blank=True, db_default="")
    discount_total = models.DecimalField(_("discount"), max_digits=12, decimal_places=3, db_default=Decimal(0))
    promo_code = models.CharField(_("promo code"), max_length=32, blank=True, db_default="")
    fee_total = models.DecimalField(_("booking fee"), max_digits=12, decimal_places=3)
    tax_total = models.DecimalField(_("tax"), max_digits=12, decimal_places=3)
    total = models.DecimalField(_("total"), max_digits=12, decimal_places=3)
    # The tax on the fees, and of all that no slab covers; what each rate came to stands in `taxes`.
    tax_name = models.CharField(_("name of the tax"), max_length=30)
    tax_rate = models.DecimalField(_("tax rate in percent"), max_digits=6, decimal_places=3)
    taxes = models.JSONField(_("taxes"), default=list, db_default=Value([], models.JSONField()), editable=False)
    tax_included = models.BooleanField(_("prices include the tax"))
    fee_taxed = models.BooleanField(_("the fee is taxed"), default=True)
    refund_policy = models.JSONField(_("refund policy"), default=list)
    # {"minutes_before", "fee"}; empty: worth in an exchange what the refund policy gives.
    exchange_rule = models.JSONField(_("exchange rule"), default=dict, db_default=Value({}, models.JSONField()))
    created_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("to be paid by"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # The one payment that bought the seats; any other that came in goes back.
    paid_with = models.OneToOneField(
        "bookings.Payment",
        verbose_name=_("paid with"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="bought",
    )
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    # The payment that a new booking was written with, until it is asked for: see flows.start_payment.
    first_attempt = None
    objects = BookingQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        permissions = [
            ("refund_booking", "Can cancel a booking and refund it"),
            ("sell_at_counter", "Can sell, reprint and refund at the box office"),
            ("give_free_ticket", "Can give tickets away at the box office"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="booking_of_user"),
            models.Index(fields=["-created_at", "-id"], name="booking_made_at"),
            models.Index(fields=["showtime"], condition=Q(anonymised_at=None), name="booking_with_customer"),
            models.Index(fields=["expires_at"], condition=Q(status="pending"), name="booking_overdue"),
            models.Index(fields=["confirmed_at"], condition=Q(confirmed_at__isnull=False), name="booking_sold_at"),
            # Few are; the nightly audit looks for them among all there ever were.
            models.Index(
                fields=["showtime"], condition=~Q(surcharge_total=0) | ~Q(discount_total=0), name="booking_adjusted"
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="booking_total_not_negative"),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | Q(confirmed_at__isnull=False), name="booking_confirmed_has_time"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "cancelled"]) | Q(confirmed_at__isnull=True),
                name="booking_once_confirmed_never_undone",
            ),
            models.CheckConstraint(
                condition=Q(user__isnull=False) | Q(anonymised_at__isnull=False) | Q(channel="counter"),
                name="booking_has_customer_or_lost_it",
            ),
            models.CheckConstraint(
                condition=Q(channel="web") | Q(sold_by__isnull=False), name="booking_at_counter_has_cashier"
            ),
            models.CheckConstraint(condition=Q(comp="") | Q(total=0), name="booking_comp_is_free"),
        ]

    def __str__(self):
        return self.reference

    def get_absolute_url(self):
        return reverse("bookings:booking", args=[self.reference])

    @property
    def site_url(self) -> str:
        return settings.SITE_URL + self.get_absolute_url()

    @property
    def is_counter_sale(self):
        return self.channel == self.Channel.COUNTER

    @property
    def is_pending(self):
        return self.status == self.Status.PENDING

    @property
    def is_confirmed(self):
        return self.status == self.Status.CONFIRMED

    @property
    def is_payable(self):
        """For pages; the flow asks the database's clock."""
        return self.is_in_time(timezone.now()) and not self.is_being_paid

    @property
    def is_being_paid(self):
        """The customer has paid by a method whose money takes days."""
        return any(payment.status == "processing" for payment in self.payments.all())

    @property
    def exchanged_from(self):
        """The exchange that this booking is the new side of, done or not; else None."""
        return getattr(self, "exchange", None)

    @property
    def exchanged_into(self):
        """The exchange that has ended it; else None."""
        return self.exchanges.done().select_related("new").first()

    @property
    def credit(self) -> Decimal:
        """What old tickets pay of it."""
        return self.exchanged_from.credit if self.exchanged_from else Decimal(0)

    @property
    def due(self) -> Decimal:
        """What is, or was, to be paid in money."""
        return self.total - self.credit

    def funds(self) -> list:
        """The payments whose money stands behind it, its own first, then those of what it was exchanged for."""
        own = [self.paid_with] if self.paid_with else []
        exchange = self.exchanged_from
        return own + (exchange.old.funds() if exchange and exchange.is_done else [])

    def heir(self):
        """The booking that its money stands behind today: itself, or what it was exchanged for at last."""
        exchange = self.exchanged_into
        return exchange.new.heir() if exchange else self

    def is_in_time(self, now) -> bool:
        """May its customer still pay?"""
        return self.is_pending and now < self.expires_at

    def keeps_seats(self, now) -> bool:
        """Nobody else may take its seats: sold, or to be paid within window and grace."""
        grace = timedelta(seconds=settings.BOOKING_GRACE_SECONDS)
        return self.is_confirmed or (self.is_pending and now < self.expires_at + grace)

    @property
    def cards_total(self) -> Decimal:
        """The seats by the price card, before surcharge and discount."""
        return self.price_total + self.discount_total - self.surcharge_total

    @property
    def tax_lines(self) -> list[tuple[str, Decimal, Decimal]]:
        """(name, rate, amount) of each tax in it; together they are `tax_total`."""
        if not self.taxes:  # sold when there was but one rate
            return [(self.tax_name, self.tax_rate, self.tax_total)] if self.tax_total else []
        return [(name, Decimal(rate), Decimal(amount)) for name, rate, amount in self.taxes]

    def release_seats(self, now):
        """Others may have its seats now, and its promo code."""
        self.booked_seats.live().update(released_at=now)
        self.redemptions.live().update(released_at=now)

    def give_up(self, now, *, reason=""):
        """Its seats are free again. A session still open at Stripe is ended by `flows.end_abandoned_sessions`."""
        self.close(self.Status.EXPIRED, reason=reason)
        self.release_seats(now)

    def close(self, status, *, reason=""):
        self.status, self.reason = status, reason
        self.save(update_fields=["status", "reason"])
