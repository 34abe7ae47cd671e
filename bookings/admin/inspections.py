from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from bookings import flows
from bookings.admin.base import REFUND, ReadOnly, booking_link
from bookings.flows.locking import database_now
from bookings.invariants import INVARIANTS
from bookings.models import Dispute, Inspection, Trouble
from theaters.admin.scope import InTheater
from theaters.money import format_money


class OpenFilter(admin.SimpleListFilter):
    """What is open comes first; what is over can be read up."""

    title, parameter_name = _("state"), "state"

    def lookups(self, request, model_admin):
        return [("all", _("All")), ("settled", _("Settled"))]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=[self.parameter_name]),
            "display": _("Open"),
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=False) if self.value() == "settled" else queryset.open()


@admin.register(Trouble)
class TroubleAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    theater_path = "booking__showtime__screen__theater"
    list_display = ["kind", "words", "booking_link", "first_seen_at", "last_seen_at", "settled_at", "settled_by"]
    list_display_links = None
    list_filter = [OpenFilter, "kind"]
    list_select_related = ["booking", "settled_by"]
    search_fields = ["words", "booking__reference", "about"]
    actions = ["settle"]
    rights = {"settle": REFUND}

    @admin.display(description=_("booking"))
    def booking_link(self, trouble):
        if trouble.booking is None:
            return "–"
        return booking_link(trouble.booking)

    @admin.action(description=_("Settled: somebody has seen to it"), permissions=["settle"])
    def settle(self, request, queryset):
        settled = queryset.open().update(settled_at=database_now(), settled_by=request.user)
        self.message_user(request, _("%d settled.") % settled)

    def has_settle_permission(self, request):
        return request.user.has_perm(REFUND)


@admin.register(Dispute)
class DisputeAdmin(InTheater, ReadOnly, admin.ModelAdmin):
    theater_path = "payment__booking__showtime__screen__theater"
    list_display = ["booking_link", "amount_in_words", "reason", "status", "answer_by", "opened_at", "stripe_id"]
    list_display_links = ["amount_in_words"]
    list_filter = ["status"]
    list_select_related = ["payment__booking"]
    search_fields = ["stripe_id", "payment__booking__reference"]

    @admin.display(description=_("booking"))
    def booking_link(self, dispute):
        return booking_link(dispute.payment.booking)

    @admin.display(description=_("amount"), ordering="amount")
    def amount_in_words(self, dispute):
        return format_money(dispute.amount, dispute.currency)


@admin.register(Inspection)
class InspectionAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["kind", "began_at", "ended_at", "is_clean", "summary"]
    list_filter = ["kind", "is_clean"]
    fields = ["kind", "began_at", "ended_at", "is_clean", "what_was_found"]
    actions = ["audit_now"]

    @admin.display(description=_("found"))
    def summary(self, inspection):
        if inspection.kind == Inspection.Kind.RECONCILIATION:
            return ", ".join(f"{what}: {n}" for what, n in inspection.results.items())
        return ", ".join(code for code, result in inspection.results.items() if result["broken"]) or "–"

    @admin.display(description=_("found"))
    def what_was_found(self, inspection):
        if inspection.kind == Inspection.Kind.RECONCILIATION:
            return format_html_join("", "<div>{}: {}</div>", inspection.results.items())
        rows = [
            (invariant.code, invariant.words, result["broken"], ", ".join(result["examples"]))
            for invariant in INVARIANTS
            if (result := inspection.results.get(invariant.code))
        ]
        return format_html(
            "<table><tbody>{}</tbody></table>",
            format_html_join("", "<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )

    @admin.action(description=_("Audit the books now"), permissions=["view"])
    def audit_now(self, request, queryset):
        inspection = flows.inspect_books()
        words = _("The books are in order.") if inspection.is_clean else _("The books are not in order, see Troubles.")
        self.message_user(request, words)
