from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from bookings.exceptions import TooManyTries
from bookings.fan_forms import ReviewForm
from bookings.rate_limits import count_try
from bookings.views.seats import with_status
from movies.models import Movie, Review


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def review(request, slug):
    """Who was there writes one, changes it later, and sees what became of it."""
    movie = get_object_or_404(Movie, slug=slug)
    mine = request.user.reviews.filter(movie=movie).first()
    if not mine and not request.user.bookings.seen().filter(showtime__movie=movie).exists():
        return render(request, "movies/review.html", {"movie": movie, "was_not_there": True}, status=403)
    form, error = ReviewForm(request.POST or None, instance=mine), None
    if request.method == "POST" and form.is_valid():
        try:
            count_try(request, "review")
        except TooManyTries as refused:
            error = refused
        else:
            Review.objects.write(request.user, movie, **form.cleaned_data)
            messages.success(request, _("Thank you. As soon as our staff have read it, everybody can."))
            return redirect("bookings:review", slug=slug)
    context = {"movie": movie, "form": form, "mine": mine, "error": error}
    return with_status(render(request, "movies/review.html", context, status=400 if form.errors else 200), error)


def sign_in_first(view):
    """A POST cannot be repeated after signing in: one comes back to the page with its button."""

    @wraps(view)
    def wrapped(request, slug):
        if request.user.is_authenticated:
            return view(request, slug)
        return redirect_to_login(reverse("bookings:review", args=[slug]))

    return wrapped


@require_POST
@sign_in_first
def delete_review(request, slug):
    get_object_or_404(request.user.reviews, movie__slug=slug).delete()
    messages.success(request, _("Your review is deleted."))
    return redirect("movies:movie", slug=slug)
