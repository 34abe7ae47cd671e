"""A sheet of paper, 800 by 1200, whatever the pixels: shapes, letters, grain."""

import io
import math
import random
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

WIDTH, HEIGHT = 800, 1200
FONTS = Path(__file__).resolve().parent.parent / "fonts"
SANS, SANS_MEDIUM, SANS_BOLD = "Jost-400", "Jost-500", "Jost-700"
POSTER, SERIF, JAPANESE = "Anton-Regular", "DMSerifDisplay-Regular", "DelaGothicOne-Regular"


class Sheet:
    """Drawn at twice its size and shrunk in the end, which smooths every edge."""

    def __init__(self, width, ground):
        self.scale = 2 * width / WIDTH
        self.image = Image.new("RGB", (2 * width, 2 * (width * HEIGHT // WIDTH)), ground)
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def at(self, points):
        return [(x * self.scale, y * self.scale) for x, y in points]

    def polygon(self, points, fill):
        self.pen.polygon(self.at(points), fill)

    def box(self, left, top, right, bottom, fill):
        self.polygon([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def disc(self, x, y, radius, fill):
        self.pen.ellipse(self._around(x, y, radius), fill)

    def ring(self, x, y, radius, fill, width=2):
        self.pen.ellipse(self._around(x, y, radius), outline=fill, width=self._thick(width))

    def arc(self, x, y, radius, start, end, fill, width=2):
        self.pen.arc(self._around(x, y, radius), start, end, fill, self._thick(width))

    def slice(self, x, y, radius, start, end, fill):
        self.pen.pieslice(self._around(x, y, radius), start, end, fill)

    def line(self, points, fill, width=2):
        self.pen.line(self.at(points), fill, self._thick(width), joint="curve")

    def clipped(self, mask_points, paint):
        """What `paint(sheet)` draws, inside the outline only."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(self.at(mask_points), 255)
        before = self.image.copy()
        paint(self)
        self.image.paste(before, mask=ImageChops.invert(mask))

    def text(self, x, y, words, font, size, fill, *, align="left", tracking=0):
        """One line; `y` is its baseline."""
        face = typeface(font, max(1, round(size * self.scale)))
        gaps = tracking * self.scale
        left = x * self.scale - {"left": 0, "center": 0.5, "right": 1}[align] * _length(face, words, gaps)
        if not tracking:
            self.pen.text((left, y * self.scale), words, fill, face, anchor="ls")
            return
        for here, after in zip(words, f"{words[1:]} ", strict=True):
            self.pen.text((left, y * self.scale), here, fill, face, anchor="ls")
            left += face.getlength(here + after) - face.getlength(after) + gaps

    def title(self, x, y, lines, font, size, fill, *, leading=1.0, fit=720, **style):
        """Lines one under the other, made smaller when the longest is wider than `fit`; the next baseline."""
        tracking = style.get("tracking", 0)
        face = typeface(font, 200)
        longest = max(_length(face, line, tracking * 200 / size) for line in lines) * size / 200
        size *= min(1, fit / longest)
        for line in lines:
            self.text(x, y, line, font, size, fill, **style)
            y += size * leading
        return y

    def finished(self, grain=16):
        small = self.image.reduce(2)
        noise = Image.frombytes("L", small.size, dice(7).randbytes(small.width * small.height))
        noise = noise.point(lambda value: 128 + (value - 128) * grain // 128)
        small = ImageChops.soft_light(small, Image.merge("RGB", [noise] * 3))
        file = io.BytesIO()
        small.save(file, "WEBP", quality=84, method=3)
        return file.getvalue()

    def _around(self, x, y, radius):
        return self.at([(x - radius, y - radius), (x + radius, y + radius)])

    def _thick(self, width):
        return max(1, round(width * self.scale))


@cache
def typeface(font, size):
    # The basic layout is the same on every machine; the other one needs libraries that may be missing.
    return ImageFont.truetype(FONTS / f"{font}.ttf", size, layout_engine=ImageFont.Layout.BASIC)


def _length(face, words, gaps):
    return face.getlength(words) + gaps * (len(words) - 1)


def dice(seed):
    """The same throws every time: a poster is drawn alike on every machine."""
    return random.Random(seed)  # noqa: S311


def polar(x, y, radius, degrees):
    angle = math.radians(degrees)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def curve(x, y, radius, start, end, steps=60):
    """Points of an arc; negative directions are fine."""
    return [polar(x, y, radius, start + (end - start) * step / steps) for step in range(steps + 1)]


def mix(one, other, share):
    """A colour between two, such as "#102030"."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return tuple(round(a + (b - a) * share) for a, b in pairs)


def _channels(colour):
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
