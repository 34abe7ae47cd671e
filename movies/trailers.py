"""Trailers that play on our page once somebody asks for it. Until then nobody but us hears of the visitor."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

YOUTUBE, VIMEO = "https://www.youtube-nocookie.com", "https://player.vimeo.com"
YOUTUBE_ID = re.compile(r"[\w-]{11}", re.ASCII)
VIMEO_ID = re.compile(r"\d{1,12}", re.ASCII)


@dataclass(frozen=True)
class Player:
    origin: str
    path: str
    maker: str

    @property
    def src(self) -> str:
        return f"{self.origin}{self.path}"


def player_of(url: str) -> Player | None:
    """The privacy-friendly player of a YouTube or Vimeo address; None for any other, which is a link only."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    last = parts.path.rstrip("/").rpartition("/")[2]
    if host in {"youtube.com", "youtube-nocookie.com", "youtu.be"}:
        video = parse_qs(parts.query).get("v", [last])[0]
        if YOUTUBE_ID.fullmatch(video):
            return Player(YOUTUBE, f"/embed/{video}?autoplay=1&rel=0", "YouTube")
    if host in {"vimeo.com", "player.vimeo.com"} and VIMEO_ID.fullmatch(last):
        return Player(VIMEO, f"/video/{last}?autoplay=1&dnt=1", "Vimeo")
    return None


def let_play(response, player: Player):
    """Open this one page for this one player: its frame, and what a video needs."""
    response._csp_update = {"frame-src": [player.origin]}
    features = ("autoplay", "encrypted-media", "fullscreen", "picture-in-picture")
    response["Permissions-Policy"] = ", ".join(f'{feature}=(self "{player.origin}")' for feature in features)
    return response
