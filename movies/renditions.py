"""A poster in the sizes and kinds that pages ask for: a phone need not load what a large screen shows.

`Movie.poster_sizes` says which files there are. Posters from before have none, and are shown as they are.
"""

from functools import partial
from pathlib import PurePosixPath
from urllib.parse import urljoin

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageEnhance, ImageFilter, ImageOps, features

from movies.models import Movie
from movies.posters import encode, read

WIDTHS = (200, 400, 800)
# What social networks show beside a link, cut to 1.91 by one. Some read neither WebP nor AVIF.
CARD = (1200, 630)


def make_renditions(movie: Movie) -> None:
    """Write the files beside the poster and note them on the movie, which the caller saves. Raises ValidationError."""
    with movie.poster.storage.open(movie.poster.name) as file:
        poster = read(file)
    widths = [width for width in WIDTHS if width < poster.width]
    movie.poster_sizes = {"webp": {}}
    if features.check("avif"):
        movie.poster_sizes = {"avif": {poster.width: written(movie, poster, "avif")}, "webp": {}}
    for width in widths:
        small = poster.resize((width, round(poster.height * width / poster.width)), Image.Resampling.LANCZOS)
        for kind, names in movie.poster_sizes.items():
            names[width] = written(movie, small, kind)
    movie.poster_sizes["webp"][poster.width] = movie.poster.name
    movie.poster_sizes["card"] = {CARD[0]: written(movie, card(poster), "jpeg")}


def make_card(movie: Movie) -> None:
    """For a poster from before there were any; else as `make_renditions`."""
    with movie.poster.storage.open(movie.poster.name) as file:
        movie.poster_sizes["card"] = {CARD[0]: written(movie, card(read(file)), "jpeg")}


def card(poster):
    """The whole poster before its own colours, out of focus."""
    canvas = ImageOps.fit(poster, (CARD[0] // 10, CARD[1] // 10)).filter(ImageFilter.GaussianBlur(6))
    canvas = ImageEnhance.Brightness(canvas).enhance(0.5).resize(CARD, Image.Resampling.BICUBIC)
    whole = ImageOps.contain(poster, CARD, Image.Resampling.LANCZOS)
    canvas.paste(whole, ((CARD[0] - whole.width) // 2, (CARD[1] - whole.height) // 2))
    return canvas


def written(movie: Movie, picture, kind: str) -> str:
    """The name under which the storage has taken it."""
    poster = PurePosixPath(movie.poster.name)
    content = ContentFile(encode(picture, kind))
    return movie.poster.storage.save(str(poster.with_name(f"{poster.stem}-{picture.width}.{kind}")), content)


def sources(movie: Movie) -> list[tuple[str, str]]:
    """(MIME type, srcset) for each <source> of a <picture>, the lightest kind first; none for a poster from before."""
    if movie.poster.name not in movie.poster_sizes.get("webp", {}).values():
        return []  # or the version before has changed the poster, and knew of no sizes
    url = movie.poster.storage.url
    return [
        (f"image/{kind}", ", ".join(f"{url(name)} {width}w" for width, name in names.items()))
        for kind, names in sorted(movie.poster_sizes.items())
        if kind != "card"
    ]


def card_of(movie: Movie) -> dict:
    """`{"url", "width", "height"}` of the picture for social networks; of a poster from before, itself; else {}."""
    if not movie.poster:
        return {}
    is_of_this_poster = movie.poster.name in movie.poster_sizes.get("webp", {}).values()
    for name in movie.poster_sizes.get("card", {}).values() if is_of_this_poster else ():
        return {"url": urljoin(settings.SITE_URL, movie.poster.storage.url(name)), "width": CARD[0], "height": CARD[1]}
    return {"url": urljoin(settings.SITE_URL, movie.poster.url)}


def files_of(movie: Movie) -> list[str]:
    """The poster and what was made from it."""
    names = {name for names in movie.poster_sizes.values() for name in names.values()}
    return sorted(names | {movie.poster.name} - {"", None})


def take_down(names: list[str]) -> None:
    """Delete the files once what no longer names them is saved."""
    for name in names:
        transaction.on_commit(partial(default_storage.delete, name))
