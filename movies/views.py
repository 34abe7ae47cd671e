from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, render

from movies.forms import DayForm, FilterForm, showtimes_on_sale
from movies.models import Credit, Movie

PAGE = 24
BILLING = [Credit.Role.DIRECTOR, Credit.Role.CAST, Credit.Role.WRITER, Credit.Role.MUSIC]


def next_showtimes(showtimes):
    """For cards: the first few of each movie, as `next_showtimes`."""
    return Prefetch("showtimes", showtimes.for_listing()[:3], to_attr="next_showtimes")


def home(request):
    city = request.session.get("city", "")
    cards = Movie.objects.for_cards()
    showtimes = next_showtimes(showtimes_on_sale().in_city(city))
    context = {
        "movies": cards.now_showing(city).prefetch_related(showtimes),
        "coming_soon": cards.coming_soon().order_by("release_on", "title")[:12],
    }
    return render(request, "movies/home.html", context)


def browse(request):
    form = FilterForm(request.GET, home_city=request.session.get("city", ""))
    chosen = form.chosen()
    movies = form.movies().for_cards().prefetch_related(next_showtimes(form.showtimes(chosen)))
    page = Paginator(movies, PAGE).get_page(request.GET.get("page"))
    return render(request, "movies/browse.html", {"form": form, "page": page, "chosen": chosen})


def movie(request, slug):
    movie = get_object_or_404(Movie.objects.for_cards().prefetch_related("credits"), slug=slug)
    everywhere = movie.showtimes.upcoming()
    here = everywhere.in_city(request.session.get("city", ""))
    is_elsewhere = not here.exists() and everywhere.exists()
    showtimes = everywhere if is_elsewhere else here
    days = list(showtimes.order_by("business_date").values_list("business_date", flat=True).distinct())
    form = DayForm(request.GET)
    day, note = form.choose(days)
    programme = showtimes.filter(business_date=day).for_listing().order_by("screen__theater__name", "starts_at", "pk")
    context = {
        "movie": movie,
        "billing": sorted(movie.credits.all(), key=lambda credit: BILLING.index(credit.role)),
        "day": day,
        "days": form.tabs(days, day),
        "note": note,
        "showtimes": list(programme),
        "is_elsewhere": is_elsewhere,
    }
    return render(request, "movies/movie.html", context)
