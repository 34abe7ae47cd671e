import io
import os
import random
import struct
import subprocess
import sys
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms

from movies.posters import clean_poster

UNREADABLE = "This is no picture we can read. Upload a JPEG, PNG or WebP."
TOO_MANY_PIXELS = "The picture is too large: at most 30 megapixels, please."


def picture(format="JPEG", size=(600, 900), color="teal", mode="RGB", **options):  # noqa: A002, Pillow's word
    output = io.BytesIO()
    Image.new(mode, size, color).save(output, format, **options)
    return output.getvalue()


def cleaned(content, name="poster.jpg"):
    return clean_poster(SimpleUploadedFile(name, content))


def refusal(content, name="poster.jpg"):
    with pytest.raises(ValidationError) as refused:
        cleaned(content, name)
    return refused.value.messages


def opened(poster):
    return Image.open(io.BytesIO(poster.read()))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((2400, 3600), (800, 1200)),
        ((4000, 3000), (800, 1200)),
        ((300, 450), (300, 450)),
        ((450, 450), (300, 450)),
        ((300, 900), (300, 450)),
        ((1, 1), (1, 1)),
    ],
)
def test_clean_poster_cuts_to_two_by_three_and_never_enlarges(size, expected):
    assert opened(cleaned(picture(size=size))).size == expected


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_clean_poster_makes_a_webp_with_a_name_of_its_own(format):  # noqa: A002, Pillow's word
    poster = cleaned(picture(format), name="../../evil.php")

    assert (opened(poster).format, poster.name[-5:], len(poster.name)) == ("WEBP", ".webp", 37)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_clean_poster_takes_every_kind_of_pixel(mode):
    format = "JPEG" if mode == "CMYK" else "PNG"  # noqa: A001, Pillow's word

    assert opened(cleaned(picture(format, color=None, mode=mode))).mode == "RGB"


def test_clean_poster_paints_transparent_pixels_white():
    poster = opened(cleaned(picture("PNG", mode="RGBA", color=(255, 0, 0, 0))))

    assert min(poster.getpixel((5, 5))) > 250


def test_clean_poster_turns_a_picture_upright_and_drops_its_metadata():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "where I live"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    sideways = Image.new("RGB", (900, 600), "white")
    sideways.paste("red", (0, 0, 450, 600))
    output = io.BytesIO()
    sideways.save(output, "JPEG", exif=exif, icc_profile=profile, comment=b"secret")

    poster = opened(cleaned(output.getvalue()))

    top, bottom = poster.getpixel((300, 100)), poster.getpixel((300, 800))
    assert (poster.size, top[1] < 50, bottom[1] > 200) == ((600, 900), True, True)
    assert not {"exif", "icc_profile", "xmp", "comment"} & set(poster.info)


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bomb(width, height):
    """A PNG of a hundred bytes that says it is huge."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(6000, 6000), (11_000, 11_000), (50_000, 50_000)])
def test_clean_poster_refuses_a_pixel_bomb_before_decoding(size, monkeypatch):
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("it was decoded"))

    assert refusal(bomb(*size)) == [TOO_MANY_PIXELS]


HEAVY = """
import resource, sys, zlib
from tests.movies.test_posters import bomb_of_pixels
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from movies.posters import clean_poster

width, height = int(sys.argv[1]), int(sys.argv[2])
content = bomb_of_pixels(width, height)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    clean_poster(SimpleUploadedFile("bomb.png", content))
except ValidationError as refusal:
    print(refusal.messages)
print(len(content) // 1024, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def bomb_of_pixels(width, height):
    """A PNG that says it is huge, and is: black pixels, packed a thousand times."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width // 8)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("size", "is_refused"), [((50_000, 50_000), True), ((5_000, 6_000), False)])
def test_clean_poster_of_the_heaviest_picture_takes_less_than_200_megabytes(size, is_refused):
    """In a process of its own, whose memory can be measured."""
    told = subprocess.run(
        [sys.executable, "-c", f"import django; django.setup(){HEAVY}", *map(str, size)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "moviebooking.settings"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    *refusal, measured = told.stdout.splitlines()
    kilobytes, megabytes = map(int, measured.split())

    assert (bool(refusal), kilobytes < 500, megabytes < 200) == (is_refused, True, True), told


def test_clean_poster_refuses_too_many_bytes(settings):
    settings.POSTER_MAX_BYTES = 2048

    assert refusal(b"\xff" * 2049) == ["The poster is too large: at most 2.0\xa0KB, please."]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4 and so on",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n",
        picture("GIF"),
        b"GIF89a/*" + b"\0" * 20 + b"*/=1;</script><html><script>alert(1)</script>",
        b"<!doctype html><script>alert(1)</script>" + picture("PNG"),
        picture("BMP"),
        picture("TIFF"),
        picture("JPEG")[:900],
        picture("PNG")[:200],
    ],
    ids=[
        "empty",
        "svg",
        "pdf",
        "eps",
        "gif",
        "gif and html",
        "html and png",
        "bmp",
        "tiff",
        "half a jpeg",
        "half a png",
    ],
)
def test_clean_poster_refuses_what_is_no_whole_picture(content):
    assert refusal(content) == [UNREADABLE]


def test_clean_poster_keeps_nothing_of_a_polyglot():
    content = cleaned(picture("JPEG") + b"<script>alert(1)</script><?php system('x'); ?>").read()

    assert (b"script" in content, b"php" in content) == (False, False)


def test_clean_poster_survives_damaged_files():
    chance = random.Random(5)
    for format in ("JPEG", "PNG", "WEBP"):  # noqa: A001, Pillow's word
        whole = picture(format, size=(60, 90))
        for _ in range(300):
            damaged = bytearray(whole)
            for _ in range(chance.randint(1, 12)):
                damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            try:
                cleaned(bytes(damaged))
            except ValidationError:
                continue
