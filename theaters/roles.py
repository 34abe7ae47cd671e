"""What each role may do in its theater.

Rights that Django gives a person, directly or through a group, hold in every theater: that is the head office. A role
gives rights in its theater alone. Ask `may` about one theater, `theaters_with` for all; `user.has_perm` only says that
there is some theater.
"""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.db.models import QuerySet

from theaters.models import Membership, Theater

Role = Membership.Role


def every(actions: str, *models: str) -> frozenset[str]:
    """every("view change", "movies.movie") -> movies.view_movie, movies.change_movie"""
    return frozenset(
        "{}.{}_{}".format(model.split(".")[0], action, model.split(".")[1])
        for model in models
        for action in actions.split()
    )


MOVIES = "movies.movie", "movies.certificate", "movies.credit", "movies.genre", "movies.language"
ROOMS = (
    "theaters.screen",
    "theaters.seatlayout",
    "theaters.seat",
    "theaters.seatcategory",
    "theaters.seatoutage",
    "theaters.houseseats",
)
PRICES = "theaters.tickettype", "theaters.pricecard", "theaters.price", "theaters.surcharge", "theaters.holiday"
PROMOS = "bookings.promocode", "bookings.redemption"
HOUSE = "theaters.city", "theaters.theater", "theaters.refundrule", "theaters.taxrule"
SALES = (
    *("bookings.booking", "bookings.bookedseat", "bookings.ticket", "bookings.doorscan", "bookings.mail"),
    "bookings.seatrelease",
)
MONEY = "bookings.payment", "bookings.refund", "bookings.dispute"
TILL = "bookings.shift", "bookings.cashmovement"
TROUBLE = "bookings.trouble", "bookings.showtimecancellation", "bookings.showtimemove", "bookings.breakdown"

WAITING = "bookings.waitingentry"

REVIEWS = every("view change", "movies.review")
SEES_PROGRAMME = every("view", *MOVIES, "theaters.showtime")
PLANS = every("view add change", *MOVIES, "theaters.showtime")
REPORTS = every("view add", "bookings.filmweekreturn") | {"bookings.view_reports"}
LETS_IN = frozenset({"bookings.check_in_ticket"})
SUPERVISES = LETS_IN | {"bookings.supervise_door"}
# Who sells also sends a mail again that did not arrive.
SELLS = frozenset({"bookings.sell_at_counter", "theaters.sell_house_seats", "bookings.change_mail"})
GRANTS: dict[str, frozenset[str]] = {
    Role.USHER: LETS_IN | SEES_PROGRAMME,
    Role.BOX_OFFICE: SUPERVISES | SELLS | SEES_PROGRAMME | every("view", *SALES, *PRICES, *PROMOS, WAITING),
    Role.PROGRAMMER: PLANS | every("view", *ROOMS, *PRICES, *HOUSE),
    Role.ACCOUNTANT: SEES_PROGRAMME
    | REPORTS
    | every("view", *SALES, *MONEY, *TILL, *TROUBLE, *PRICES, *PROMOS, *HOUSE),
    Role.MANAGER: SUPERVISES
    | SELLS
    | PLANS
    | REPORTS
    | REVIEWS
    | every("view add change delete", *ROOMS, *PRICES, "theaters.refundrule", "theaters.taxrule")
    | every("view add change delete", "bookings.promocode")
    | every("view change", "theaters.city", "theaters.theater")
    | every("view", *SALES, *MONEY, *TILL, "theaters.membership", "bookings.redemption")
    | every("view add change", *TROUBLE)
    | every("view delete", WAITING)
    | {"bookings.refund_booking", "bookings.give_free_ticket", "bookings.close_shift", "theaters.delete_showtime"},
}
GRANTS[Role.OWNER] = GRANTS[Role.MANAGER] | every("view add change delete", "theaters.membership")


class RoleBackend(BaseBackend):
    """The sum of what somebody's roles grant, wherever."""

    def get_all_permissions(self, user_obj, obj=None):
        if obj is not None or user_obj.is_anonymous or not (user_obj.is_active and user_obj.is_staff):
            return set()
        if not hasattr(user_obj, "_role_permissions"):
            roles = set(user_obj.memberships.values_list("role", flat=True))
            user_obj._role_permissions = set().union(*(GRANTS[role] for role in roles))
        return user_obj._role_permissions

    def has_module_perms(self, user_obj, app_label):
        return any(permission.startswith(f"{app_label}.") for permission in self.get_all_permissions(user_obj))


def has_everywhere(user, permission: str) -> bool:
    """Head office: the right does not come from a role."""
    return user.is_active and (user.is_superuser or ModelBackend().has_perm(user, permission))


def theaters_with(user, permission: str) -> QuerySet[Theater]:
    """The theaters in which somebody may do this, such as "bookings.refund_booking"."""
    if has_everywhere(user, permission):
        return Theater.objects.all()
    if user.is_anonymous or not (user.is_active and user.is_staff):
        return Theater.objects.none()
    roles = [role for role, granted in GRANTS.items() if permission in granted]
    return Theater.objects.filter(memberships__user=user, memberships__role__in=roles)


def may(user, permission: str, theater: Theater) -> bool:
    return has_everywhere(user, permission) or theaters_with(user, permission).filter(pk=theater.pk).exists()
