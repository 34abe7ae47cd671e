from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from movies.forms import DayForm
from movies.kept_pages import kept_page
from theaters.access import Need, keep_needs, needs_of
from theaters.models import City, Showtime, Theater

AS_PRINTED = ["movie__title", "movie", "format", "audio_language__name", "subtitle_language__name", "starts_at", "pk"]


@kept_page
def theaters(request):
    houses = Theater.objects.select_related("city").order_by("city__name", "name")
    return render(request, "theaters/theaters.html", {"theaters": houses})


@kept_page
def theater(request, slug):
    theater = get_object_or_404(Theater.objects.select_related("city").prefetch_related("refund_rules"), slug=slug)
    programme = Showtime.objects.filter(screen__theater=theater)
    form, days = DayForm(request.GET), programme.upcoming_or_cancelled().days()
    day, note = form.choose(days)
    # What runs already is listed too: somebody at the door wants to know.
    on_show = programme.on_the_programme().filter(business_date=day)
    showtimes = on_show.for_listing().select_related("movie__language").prefetch_related("movie__genres")
    context = {
        "theater": theater,
        "day": day,
        "days": form.tabs(days, day),
        "note": note,
        "showtimes": list(showtimes.order_by(*AS_PRINTED)),
    }
    return render(request, "theaters/theater.html", context)


@require_POST
def choose_city(request):
    """Keep the city for this visitor; an unknown one or none means everywhere."""
    slug = request.POST.get("city", "")
    request.session["city"] = slug if slug in set(City.objects.values_list("slug", flat=True)) else ""
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back) if is_ours else redirect("movies:home")


@require_http_methods(["GET", "HEAD", "POST"])
def access(request):
    """What the visitor needs, kept in their browser; none of it clears it."""
    if request.method != "POST":
        chosen, back = needs_of(request), request.GET.get("next", "")
        return render(request, "theaters/access.html", {"needs": Need, "chosen": chosen, "next": back})
    needs = [] if "clear" in request.POST else [need for need in Need if need in request.POST.getlist("need")]
    back = request.POST.get("next", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    response = HttpResponseRedirect(back) if is_ours else redirect("theaters:access")
    keep_needs(response, needs)
    messages.success(request, said_to(needs))
    return response


def said_to(needs) -> str:
    if not needs:
        return _("Your access needs are forgotten.")
    return _("Your access needs are kept in this browser. Showtimes that fit are marked and come first.")
