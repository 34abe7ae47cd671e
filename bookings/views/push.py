from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from bookings import flows
from bookings.exceptions import TooManyTries
from bookings.forms import PushForm
from bookings.rate_limits import count_try


@require_POST
@never_cache
@login_required
def push(request):
    """A browser asks to be told of changes, or with `stop` no more; see static/js/ticket_push.js."""
    form = PushForm(request.POST)
    try:
        count_try(request, "push")
    except TooManyTries as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    if "stop" in request.POST:
        flows.unsubscribe(request.user, endpoint=request.POST.get("endpoint", ""))
    elif form.is_valid():
        flows.subscribe(request.user, **form.cleaned_data)
    else:
        return JsonResponse({"errors": form.errors}, status=400)
    return HttpResponse(status=204)
