from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from movies.forms import DayForm
from theaters.models import City, Showtime, Theater


def theaters(request):
    houses = Theater.objects.select_related("city").order_by("city__name", "name")
    return render(request, "theaters/theaters.html", {"theaters": houses})


def theater(request, slug):
    theater = get_object_or_404(Theater.objects.select_related("city").prefetch_related("refund_rules"), slug=slug)
    programme = Showtime.objects.published().filter(
        screen__theater=theater, is_listed=True, business_date__gte=theater.today
    )
    days = list(programme.order_by("business_date").values_list("business_date", flat=True).distinct())
    form = DayForm(request.GET)
    day, note = form.choose(days)
    showtimes = programme.filter(business_date=day).for_listing().prefetch_related("movie__genres")
    context = {
        "theater": theater,
        "day": day,
        "days": form.tabs(days, day),
        "note": note,
        "showtimes": list(showtimes.order_by("movie__title", "movie", "starts_at", "pk")),
    }
    return render(request, "theaters/theater.html", context)


@require_POST
def choose_city(request):
    """Keep the city for this visitor; an unknown one or none means everywhere."""
    slug = request.POST.get("city", "")
    request.session["city"] = slug if slug in set(City.objects.values_list("slug", flat=True)) else ""
    back = request.POST.get("next", "")
    is_safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect(back if back and is_safe else "movies:home")
