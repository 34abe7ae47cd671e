"""A second factor besides the password for whoever works in the office."""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _

KEYS = "publickey-credentials-get=(self)"
ASKS_FOR_KEYS = ("/accounts/2fa/", "/accounts/reauthenticate/")
OFFICE = ("/admin/", "/door/", "/box-office/")


def two_factor(get_response):
    """With STAFF_TWO_FACTOR the office opens only to those whose password alone does not open it."""

    def middleware(request):
        is_office = request.path.startswith(OFFICE)
        if settings.STAFF_TWO_FACTOR and is_office and request.user.is_staff and not is_mfa_enabled(request.user):
            words = _("The office asks for a second factor besides the password. Set one up, then come back.")
            messages.warning(request, words)
            return redirect("mfa_index")
        response = get_response(request)
        if request.path.startswith(ASKS_FOR_KEYS):
            response.headers["Permissions-Policy"] = KEYS
        return response

    return middleware
