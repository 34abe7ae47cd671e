import time
from functools import wraps

from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.authentication import get_authentication_records
from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from bookings import flows, personal_data
from bookings.exceptions import BookingError, NotErasable


def proven_owner(view):
    """Whoever has no password to be asked for (Google) must have signed in just now; allauth asks the others."""

    @wraps(view)
    def wrapped(request):
        records = get_authentication_records(request, request.user)
        signed_in_at = max((record["at"] for record in records), default=0)
        if request.user.has_usable_password() or time.time() - signed_in_at < REAUTHENTICATION_TIMEOUT:
            return reauthentication_required(view)(request)
        logout(request)
        messages.info(request, _("Please sign in once more: this page is for the owner of the account alone."))
        return redirect_to_login(reverse("bookings:your_data"))

    return login_required(wrapped)


@require_safe
def privacy(request):
    context = {
        "days": settings.ANONYMISE_AFTER_DAYS,
        "hold_minutes": max(1, settings.HOLD_SECONDS // 60),
        "session_days": settings.SESSION_COOKIE_AGE // 86400,
    }
    return render(request, "bookings/privacy.html", context)


@require_safe
@never_cache
@proven_owner
def your_data(request):
    return render(request, "bookings/your_data.html", {"days": settings.ANONYMISE_AFTER_DAYS})


@require_safe
@never_cache
@proven_owner
def export_data(request):
    headers = {"Content-Disposition": 'attachment; filename="your-data.json"'}
    dumps = {"indent": 2, "ensure_ascii": False}
    return JsonResponse(personal_data.export(request.user), json_dumps_params=dumps, headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@proven_owner
def erase_data(request):
    """Say what goes and what stays, then let it go."""
    reasons, status = flows.reasons_to_keep(request.user), 200
    if request.method == "POST":
        try:
            flows.erase_person(request.user)
        except NotErasable as error:
            reasons, status = error.reasons, error.status
        except BookingError as error:
            reasons, status = [str(error)], error.status
        else:
            logout(request)
            messages.success(request, _("Your account is erased. Goodbye, and you are welcome at the box office."))
            return redirect("movies:home")
    return render(request, "bookings/erase_data.html", {"reasons": reasons}, status=status)
