from django.db.models import Prefetch
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from movies.filters import showtimes_on_sale, soonest_of
from movies.forms import DayForm, FilterForm
from movies.kept_pages import kept_page
from movies.models import Credit, Movie
from movies.pages import LongListPaginator
from movies.search import find
from movies.trailers import let_play, player_of

ON_HOME = 60
AT_A_GLANCE, OF_A_DAY = 3, 4
SUGGESTIONS = 7
BILLING = [Credit.Role.DIRECTOR, Credit.Role.CAST, Credit.Role.WRITER, Credit.Role.MUSIC]


def next_showtimes(showtimes, needs, at_most=AT_A_GLANCE):
    """For cards: the first few of each movie, as `next_showtimes`; those that meet the visitor's needs first."""
    listed = showtimes.for_listing().prefetch_related(None)  # a card's movie brings its certificates itself
    return Prefetch("showtimes", listed.fitting_first(needs)[:at_most], "next_showtimes")


@kept_page
def home(request):
    showtimes = showtimes_on_sale().in_city(request.session.get("city", ""))
    form, days = DayForm(request.GET), showtimes.days()
    day, note = form.wanted(days)
    if day:
        showtimes = showtimes.filter(business_date=day)
    cards = Movie.objects.for_cards()
    showing = cards.filter(pk__in=showtimes.order_by().values("movie")).annotate(soonest=soonest_of(showtimes))
    on_a_card = next_showtimes(showtimes, request.access_needs, OF_A_DAY if day else AT_A_GLANCE)
    movies = showing.prefetch_related(on_a_card)
    context = {
        "movies": list(movies.order_by("soonest", "title", "pk")[:ON_HOME]),
        "coming_soon": cards.coming_soon().order_by("release_on", "title")[:12],
        "day": day,
        "days": form.tabs(days, day),
        "note": note,
    }
    return render(request, "movies/home.html", context)


@kept_page
def browse(request):
    needs = request.access_needs
    form = FilterForm(request.GET, home_city=request.session.get("city", ""), needs=needs)
    movies = form.finder.ordered(form.order).for_cards()
    movies = movies.prefetch_related(next_showtimes(form.finder.showtimes(), needs))
    page = LongListPaginator(movies).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "chosen": form.chosen,
        "days": form.days(),
        "taken_away": links_without(request, form),
        # Search engines are not shown what there is not.
        "is_unlisted": bool(form.errors) or not page.object_list or request.GET.get("page", "1") != str(page.number),
    }
    if not page.object_list:
        context["ways_out"] = [
            {"words": form.words(name), "count": count, "url": link_with(request, **{name: None})}
            for name, count in form.finder.ways_out()
        ]
        context["next_day"] = next_day(request, form)
    return render(request, "movies/browse.html", context)


def link_with(request, **changes):
    """This page's address with other filters, from its first page on; None takes one away."""
    params = request.GET.copy()
    params.pop("page", None)
    for name, value in changes.items():
        # These stand in the address even if they are none, or the visitor's own would come back.
        stays = name == "city" or (name == "need" and request.access_needs)
        if value is None and not stays:
            params.pop(name, None)
        else:
            params[name] = value or ""
    return f"{request.path}?{params.urlencode()}"


def links_without(request, form):
    """What is chosen, each with the address that takes it away."""
    return [{"words": form.words(name), "url": link_with(request, **{name: None})} for name in form.chosen]


def next_day(request, form):
    found = form.finder.next_day()
    return found and found | {"url": link_with(request, date=found["business_date"].isoformat())}


@require_GET
def suggestions(request):
    """Movies for what is being typed, as JSON: options for the list, and a sentence to be read out."""
    hits = find(request.GET.get("q", ""), SUGGESTIONS)
    movies = Movie.objects.in_bulk([hit.movie for hit in hits])
    found = [(movies[hit.movie], hit) for hit in hits if hit.movie in movies]
    options = [{"movie": movie, "note": note_on(movie, hit)} for movie, hit in found]
    said = ngettext("%(count)s suggestion", "%(count)s suggestions", len(options)) % {"count": len(options)}
    html = render_to_string("movies/_suggestions.html", {"options": options}).strip()
    response = JsonResponse({"options": html, "said": said if options else _("No suggestions")})
    response["Cache-Control"] = "private, max-age=60"
    return response


def note_on(movie, hit):
    if hit.person:
        return _("with %(name)s") % {"name": hit.person}
    if movie.release_on and movie.release_on > timezone.localdate():
        return _("From %(day)s") % {"day": date_format(movie.release_on, "j F Y")}
    return str(movie.release_on.year) if movie.release_on else ""


@kept_page
def movie(request, slug):
    movie = get_object_or_404(Movie.objects.for_cards().prefetch_related("credits"), slug=slug)
    city, upcoming = request.session.get("city", ""), movie.showtimes.upcoming()
    is_elsewhere = not upcoming.in_city(city).exists() and upcoming.exists()
    showtimes = movie.showtimes.upcoming_or_cancelled().in_city("" if is_elsewhere else city)
    form, days = DayForm(request.GET), showtimes.days()
    day, note = form.choose(days)
    programme = showtimes.filter(business_date=day).for_listing().order_by("screen__theater__name", "starts_at", "pk")
    player = player_of(movie.trailer_url)
    context = {
        "movie": movie,
        "billing": sorted(movie.credits.all(), key=lambda credit: BILLING.index(credit.role)),
        "day": day,
        "days": form.tabs(days, day),
        "note": note,
        "showtimes": list(programme),
        "is_elsewhere": is_elsewhere,
        "player": player,
    }
    response = render(request, "movies/movie.html", context)
    return let_play(response, player) if player else response


@kept_page
def reviews(request, slug):
    movie = get_object_or_404(Movie, slug=slug)
    approved = movie.reviews.approved().select_related("user")
    page = LongListPaginator(approved).get_page(request.GET.get("page"))
    return render(request, "movies/reviews.html", {"movie": movie, "page": page})
