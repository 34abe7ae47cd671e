"""Movies, theaters and showtimes as search engines read them: https://schema.org/ScreeningEvent and its neighbours."""

from bookings.open_data.showtimes import absolute, description_of_theater
from movies.models import Credit, Movie
from movies.renditions import card_of
from theaters.models import Format, Theater

SCHEMA = "https://schema.org/"
STATUS = {"scheduled": "EventScheduled", "rescheduled": "EventRescheduled", "cancelled": "EventCancelled"}
AVAILABILITY = {"open": "InStock", "announced": "PreOrder", "sold_out": "SoldOut", "closed": "InStoreOnly"}
AS_PERSONS = {"director": Credit.Role.DIRECTOR, "actor": Credit.Role.CAST, "author": Credit.Role.WRITER}


def of_movie(movie: Movie, described: list[dict]) -> dict:
    """A movie with its showtimes, as `describe` gives them."""
    return graph(movie_in_full(movie), *map(screening, described))


def of_theater(theater: Theater, screens: int, described: list[dict]) -> dict:
    return graph(theater_in_full(theater, screens), *map(screening, described))


def graph(*nodes: dict) -> dict:
    return {"@context": "https://schema.org", "@graph": list(nodes)}


def movie_in_full(movie: Movie) -> dict:
    """Its credits and genres come loaded."""
    url = absolute(movie.get_absolute_url())
    persons = {
        name: [{"@type": "Person", "name": credit.name} for credit in movie.credits.all() if credit.role == role]
        for name, role in AS_PERSONS.items()
    }
    return known(
        {
            "@type": "Movie",
            "@id": url,
            "url": url,
            "name": movie.title,
            "alternateName": movie.original_title if movie.original_title != movie.title else "",
            "description": movie.synopsis or movie.tagline,
            "image": card_of(movie).get("url", ""),
            "duration": length(movie.runtime_minutes),
            "contentRating": ", ".join(dict.fromkeys(one.code for one in movie.certificates_at([]))),
            "datePublished": movie.release_on.isoformat() if movie.release_on else "",
            "genre": [genre.name for genre in movie.genres.all()],
            "inLanguage": movie.language.code if movie.language else "",
            "aggregateRating": rating(movie),
            **persons,
        }
    )


def rating(movie: Movie) -> dict | None:
    """What those who were there think of it, once somebody has said so."""
    verdict = movie.reviews.approved().verdict()
    if not verdict["number"]:
        return None
    value = {"ratingValue": f"{verdict['average']:.1f}", "bestRating": "5", "worstRating": "1"}
    return {"@type": "AggregateRating", "ratingCount": verdict["number"], **value}


def theater_in_full(theater: Theater, screens: int) -> dict:
    more = {"description": theater.description, "telephone": theater.phone, "email": theater.email}
    return theater_in_short(description_of_theater(theater)) | known({**more, "screenCount": screens})


def theater_in_short(theater: dict) -> dict:
    address = {"@type": "PostalAddress", "streetAddress": theater["address"], "addressLocality": theater["city"]}
    address["addressCountry"] = theater["country"]
    place = {"@type": "MovieTheater", "@id": theater["url"], "url": theater["url"], "name": theater["name"]}
    return place | {"address": known(address)}


def screening(showtime: dict) -> dict:
    movie = showtime["movie"]
    return known(
        {
            "@type": "ScreeningEvent",
            "@id": f"{showtime['url']}#screening",
            "url": showtime["url"],
            "name": movie["title"],
            "image": movie["picture"],
            "description": showtime["in_words"],
            "workPresented": {"@type": "Movie", "@id": movie["url"], "url": movie["url"], "name": movie["title"]},
            "location": theater_in_short(showtime["theater"]),
            "eventStatus": SCHEMA + STATUS[showtime["status"]],
            "eventAttendanceMode": f"{SCHEMA}OfflineEventAttendanceMode",
            "startDate": showtime["starts_at"],
            "previousStartDate": showtime["previous_starts_at"],
            "endDate": showtime["ends_at"],
            "videoFormat": str(Format(showtime["format"]).label),
            "inLanguage": showtime["audio_language"],
            "subtitleLanguage": showtime["subtitle_language"],
            "offers": offers(showtime),
        }
    )


def offers(showtime: dict) -> dict | None:
    """What one ticket costs on its own. Nothing is offered for what is cancelled."""
    price, sale = showtime["price"], showtime["sale"]
    if price is None or showtime["status"] == "cancelled":
        return None
    return known(
        {
            "@type": "AggregateOffer",
            "url": showtime["url"],
            "lowPrice": price["lowest"],
            "highPrice": price["highest"],
            "priceCurrency": price["currency"],
            "availability": SCHEMA + availability(sale),
            "validFrom": sale["begins_at"],
        }
    )


def availability(sale: dict) -> str:
    is_scarce = sale["state"] == "open" and sale["last_seats"]
    return "LimitedAvailability" if is_scarce else AVAILABILITY[sale["state"]]


def length(minutes: int | None) -> str:
    """112 -> PT1H52M"""
    return "PT{}H{}M".format(*divmod(minutes, 60)) if minutes else ""


def known(values: dict) -> dict:
    """Without what nobody has told us."""
    return {name: value for name, value in values.items() if value not in (None, "", [])}
