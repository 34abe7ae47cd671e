"""“Tell me when booking opens.” Looking at a link changes nothing: mail scanners look at all of them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from bookings import flows
from bookings.exceptions import BookingError
from bookings.fan_forms import OpeningForm
from bookings.models import OpeningAlert
from bookings.rate_limits import count_question, count_try
from bookings.views.seats import with_status
from movies.models import Movie

MOST_BY_STRANGERS = 10


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def tell_me(request, slug):
    movie = get_object_or_404(Movie, slug=slug)
    given = request.POST if request.method == "POST" else None
    form = OpeningForm(given, user=request.user, home_city=request.session.get("city", ""))
    error = None
    if given is not None and form.is_valid():
        try:
            count_try(request, "tell-me", by_strangers=MOST_BY_STRANGERS)
            if address := form.cleaned_data.get("email"):
                count_question(request, "tell-me", address)
            messages.success(request, subscribe(request.user, movie, form.cleaned_data))
        except BookingError as refused:
            error = refused
        else:
            return redirect(movie)
    context = {"movie": movie, "form": form, "error": error}
    status = 400 if form.errors else 200
    return with_status(render(request, "movies/tell_me.html", context, status=status), error)


def subscribe(user, movie, wish) -> str:
    """What to say; to a stranger always the same, whoever has the address and whatever they asked for before."""
    city, names = wish["city"], {"movie": movie}
    if user.is_authenticated and has_verified(user):
        flows.order_alert(movie, user=user, city=city)
        return _("We will send you one mail when %(movie)s goes on sale.") % names
    flows.ask_for_alert(movie, email=wish.get("email") or user.email, city=city)
    return (
        _("Almost there: please open the mail that we send you now and confirm that you want to hear of %(movie)s.")
        % names
    )


def has_verified(user) -> bool:
    return user.emailaddress_set.filter(email__iexact=user.email, verified=True).exists()


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def opening(request, token):
    """The link of the first mail. Only its button confirms."""
    alert = OpeningAlert.objects.select_related("movie", "city").filter(token=token).first()
    if alert and request.method == "POST":
        flows.confirm_alert(alert)
        return redirect("bookings:opening", token=token)
    return private(render(request, "bookings/opening.html", {"alert": alert}, status=200 if alert else 404))


# Mail programs press this button (RFC 8058), and have no token of ours; the one in the address stands in for it.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def stop_opening(request, token):
    """The same answer for every token: what nobody wants to hear of is not sent."""
    if request.method == "POST":
        flows.stop_alert(token)
    return private(render(request, "bookings/stop_opening.html", {"is_stopped": request.method == "POST"}))


def private(response: HttpResponse) -> HttpResponse:
    """The address is a secret: it goes to no other page and into no search engine."""
    # Not no-referrer: without an origin our own forms would be refused.
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
