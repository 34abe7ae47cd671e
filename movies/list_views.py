"""The watchlist, and lists to show to friends. Every row is looked up at its owner; what is another's is a 404."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.db.models import F, OuterRef, Subquery
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from movies.forms import showtimes_on_sale
from movies.list_forms import AddForm, ListForm, NoteForm
from movies.lists import MOST_LISTED, MOST_LISTS, MOST_WATCHED, MovieList
from movies.models import Movie
from movies.views import next_showtimes


def first_what_can_be_booked(movies, request):
    """Those with a showtime in the city first, the soonest of all on top; then what is coming; then the rest."""
    here = showtimes_on_sale().in_city(request.session.get("city", ""))
    soonest = Subquery(here.filter(movie=OuterRef("pk")).order_by("starts_at").values("starts_at")[:1])
    cards = movies.for_cards().prefetch_related(next_showtimes(here, request.access_needs)).annotate(soonest=soonest)
    return cards.order_by(F("soonest").asc(nulls_last=True), F("release_on").desc(nulls_last=True), "title")


@require_safe
@never_cache
@login_required
def watchlist(request):
    keep_wish(request)
    mine = Movie.objects.filter(pk__in=request.user.watchlist.values("movie"))
    context = {
        "movies": first_what_can_be_booked(mine, request),
        "lists": request.user.movie_lists.all(),
        "form": ListForm(),
    }
    return render(request, "movies/watchlist.html", context)


def keep_wish(request):
    """What they wanted to add before they signed in."""
    movie = Movie.objects.filter(pk=request.session.pop("wish", None) or 0).first()
    if movie and add(request.user, movie):
        messages.success(request, _("%(movie)s is on your watchlist.") % {"movie": movie})


def add(user, movie) -> bool:
    if user.watchlist.count() >= MOST_WATCHED:
        return False
    user.watchlist.get_or_create(movie=movie)
    return True


@require_POST
def watch(request, slug):
    """Put a movie on the watchlist, or with `remove` take it off. Who is not signed in finds it there once they are."""
    movie = get_object_or_404(Movie, slug=slug)
    if not request.user.is_authenticated:
        request.session["wish"] = movie.pk
        messages.info(request, _("Please sign in or sign up. %(movie)s will be on your watchlist.") % {"movie": movie})
        sign_in = redirect_to_login(reverse("movies:watchlist"))
        return HttpResponse(status=204, headers={"HX-Redirect": sign_in.url}) if request.htmx else sign_in
    if "remove" in request.POST:
        request.user.watchlist.filter(movie=movie).delete()
    elif not add(request.user, movie):
        messages.error(request, _("Your watchlist is full. Take something off it first."))
    back = request.POST.get("next", "")
    if request.htmx:
        return render(request, "movies/_watch_button.html", {"movie": movie, "back": back})
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back) if is_ours else redirect(movie)


def own_list(request, pk):
    return get_object_or_404(request.user.movie_lists, pk=pk)


@require_POST
@login_required
def create_list(request):
    form = ListForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give the list a title of up to 80 letters."))
    elif request.user.movie_lists.count() >= MOST_LISTS:
        messages.error(request, _("You have as many lists as we can keep for one person. Delete one first."))
    else:
        return redirect(request.user.movie_lists.create(title=form.cleaned_data["title"]))
    return redirect("movies:watchlist")


@never_cache
@login_required
def movie_list(request, pk):
    """The owner's page; a POST gives it another title."""
    mine = own_list(request, pk)
    form = ListForm(request.POST if request.method == "POST" else None, instance=mine)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect(mine)
    context = {"list": mine, "entries": entries_of(mine), "form": form, "add_form": AddForm(movie_list=mine)}
    return render(request, "movies/list.html", context, status=400 if form.errors else 200)


def entries_of(movie_list):
    return movie_list.entries.select_related("movie__language").prefetch_related("movie__genres")


@require_POST
@login_required
def add_to_list(request, pk):
    mine = own_list(request, pk)
    form = AddForm(request.POST, movie_list=mine)
    if not form.is_valid():
        messages.error(request, _("Please choose a movie that is not on the list yet."))
    elif mine.entries.count() >= MOST_LISTED:
        messages.error(request, _("The list is full. Take a movie off it first."))
    else:
        mine.append(form.cleaned_data["movie"])
    return redirect(mine)


@require_POST
@login_required
def listed_movie(request, pk, entry):
    """One row of a list: up, down, off, or another note."""
    mine = own_list(request, pk)
    entry = get_object_or_404(mine.entries, pk=entry)
    asked = request.POST.get("do")
    form = NoteForm(request.POST, instance=entry)
    if asked == "remove":
        entry.delete()
    elif not form.is_valid():
        messages.error(request, _("A note has up to 200 letters. It was not saved."))
    else:
        # A note that was typed is kept, whichever button follows.
        mine.move(form.save(), {"up": -1, "down": 1}.get(asked, 0))
        messages.success(request, _("Saved."))
    return redirect(f"{mine.get_absolute_url()}#movie-{entry.movie_id}")


@require_POST
@login_required
def share_list(request, pk):
    mine = own_list(request, pk)
    if "stop" in request.POST:
        mine.take_back()
        messages.success(request, _("Nobody else can open this list any more."))
    else:
        mine.share()
        messages.success(request, _("Whoever has the link can read this list now."))
    return redirect(mine)


@require_POST
@login_required
def delete_list(request, pk):
    own_list(request, pk).delete()
    messages.success(request, _("The list is deleted."))
    return redirect("movies:watchlist")


@require_safe
def shared_list(request, key):
    """For friends: title, first name, movies and notes, and nothing else about its owner."""
    shared = get_object_or_404(MovieList.objects.select_related("user"), share_key=key, user__is_active=True)
    response = render(request, "movies/shared_list.html", {"list": shared, "entries": entries_of(shared)})
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response
