"""A trailer plays on our page, and nobody hears of the visitor before they ask for it."""

import pytest

from movies.trailers import player_of
from tests.factories import create_movie

pytestmark = pytest.mark.django_db
YOUTUBE = "https://www.youtube-nocookie.com/embed/abcdefghij-?autoplay=1&rel=0"
VIMEO = "https://player.vimeo.com/video/76979871?autoplay=1&dnt=1"


def policy_of(response):
    return dict(part.split(maxsplit=1) for part in response["Content-Security-Policy"].split("; "))


@pytest.mark.parametrize(
    ("url", "src"),
    [
        ("https://www.youtube.com/watch?v=abcdefghij-", YOUTUBE),
        ("https://youtu.be/abcdefghij-?t=3", YOUTUBE),
        ("https://m.youtube.com/watch?t=3&v=abcdefghij-", YOUTUBE),
        ("https://www.youtube-nocookie.com/embed/abcdefghij-", YOUTUBE),
        ("https://vimeo.com/76979871", VIMEO),
        ("https://player.vimeo.com/video/76979871", VIMEO),
    ],
)
def test_addresses_of_known_makers_then_their_quiet_player(url, src):
    assert player_of(url).src == src


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://films.example/trailer.mp4",
        "https://www.youtube.com/watch?v=1",
        "https://www.youtube.com/@somebody",
        "https://youtube.com.evil.example/watch?v=abcdefghij-",
        "https://www.youtube.com/watch?v=abc'><b>def",
        "https://vimeo.com/channels/staffpicks",
    ],
)
def test_any_other_address_then_no_player(url):
    assert player_of(url) is None


def test_movie_with_a_trailer_lets_its_player_in_and_nobody_else(client):
    movie = create_movie(trailer_url="https://youtu.be/abcdefghij-")

    response = client.get(movie.get_absolute_url())

    assert policy_of(response)["frame-src"] == "https://www.youtube-nocookie.com"
    assert 'fullscreen=(self "https://www.youtube-nocookie.com")' in response["Permissions-Policy"]
    assert "camera=()" in response["Permissions-Policy"]
    assert 'href="https://youtu.be/abcdefghij-"' in response.text  # without JavaScript
    assert "<iframe" not in response.text
    assert ' src="http' not in response.text


@pytest.mark.parametrize("url", ["", "https://films.example/trailer.mp4"])
def test_movie_without_a_player_lets_no_frame_in(client, url):
    response = client.get(create_movie(trailer_url=url).get_absolute_url())

    assert "frame-src" not in policy_of(response)
    assert "fullscreen=()" in response["Permissions-Policy"]
    assert "trailer.js" not in response.text
