from django.contrib.auth.decorators import login_required, permission_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bookings import flows
from bookings.forms import DoorForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@permission_required("bookings.check_in_ticket", raise_exception=True)
def door(request):
    """Type or scan a code; the next one can follow at once."""
    form = DoorForm(request.POST or None)
    admission = flows.admit(form.cleaned_data["code"], by=request.user) if form.is_valid() else None
    return render(request, "bookings/door.html", {"form": DoorForm() if admission else form, "admission": admission})
