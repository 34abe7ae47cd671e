"""One thing in the middle of the sheet."""

import math

from bookings.demo.posters.landscapes import billing
from bookings.demo.posters.sheet import (
    HEIGHT,
    POSTER,
    SANS,
    SANS_BOLD,
    SANS_MEDIUM,
    SERIF,
    WIDTH,
    Sheet,
    curve,
    mix,
    polar,
)


def mango(film, width):
    plum, gold, green = "#5b0f3f", "#ffc531", "#1d7a4f"
    sheet = Sheet(width, plum)
    x, y = 400, 505
    for ray in range(0, 360, 12):
        sheet.polygon([(x, y), polar(x, y, 900, ray - 3), polar(x, y, 900, ray + 3)], "#741551")
    for index, angle in enumerate((-14, 10, 33, 56)):
        for side in (angle, 180 - angle):
            leaf(sheet, 430, 172, 372 - 12 * index, side, [green, "#c72c6e", "#2fa36b", "#8d1d5c"][index])
    outline = mango_outline(x, y)
    colours = ["#ffd94a", "#ffc531", "#ffb020", "#fb961e", "#f57c1f", "#ee6023", "#e24527", "#cf2f2b"]

    def stripes(sheet):
        for index, colour in enumerate(colours):
            top = 240 + index * 68
            wave = [(left, top + 16 * math.sin(left / 64 + index)) for left in range(80, 740, 12)]
            sheet.polygon([*wave, (740, 900), (80, 900)], colour)
        sheet.disc(330, 400, 36, "#fff1b0")

    sheet.clipped(outline, stripes)
    sheet.line([(434, 268), (426, 214), (440, 60)], "#3a1c10", 14)
    for left in range(0, 800, 80):
        sheet.slice(left + 40, 1200, 38, 180, 360, gold)
        sheet.slice(left + 40, 1200, 24, 180, 360, "#c72c6e")
        sheet.slice(left + 40, 1200, 11, 180, 360, green)
    sheet.title(400, 914, ["The Mango Season", "Orchestra"], SERIF, 130, gold, leading=1.0, align="center", fit=730)
    sheet.text(400, 1082, film["tagline"], SANS_MEDIUM, 31, "#ffffff", align="center")
    sheet.text(
        400, 1130, f"A film by {film['director'][0]} · Music {film['music'][0]}", SANS, 25, "#f4b7d0", align="center"
    )
    return sheet


def leaf(sheet, x, y, length, angle, colour):
    tip, side = polar(x, y, length, angle), 30
    points = []
    for sign in (1, -1):
        rim = []
        for step in range(21):
            along, out = length * step / 20, side * math.sin(math.pi * step / 20) ** 0.8
            base = polar(x, y, along, angle)
            rim.append(polar(*base, out * sign, angle + 90))
        points += rim if sign == 1 else rim[::-1]
    sheet.polygon(points, colour)
    sheet.line([(x, y), tip], "#00000030", 3)


def mango_outline(x, y):
    """Fuller on one side, with a nose on the other."""
    points = []
    for degrees in range(0, 360, 3):
        across, down = 206 * math.sin(math.radians(degrees)), -1 * math.cos(math.radians(degrees))
        bend = 104 * (down - 0.25) ** 2 if down > 0.25 else 0
        points.append((x + across * (1 - 0.2 * down) - bend + 14, y + 262 * down + 10))
    return points


def fox(film, width):
    forest, cream, orange = "#12352d", "#f7ead0", "#ec6a1f"
    sheet = Sheet(width, forest)
    clock(sheet, 400, 352, 290, cream)
    for index, (left, top) in enumerate([(-20, 470), (90, 560), (690, 480), (790, 430), (590, 590), (190, 610)]):
        pine(sheet, left, top, mix("#1d4d40", "#0a231d", index / 6))
    dark, light = "#c24a12", "#ff8a3a"
    for side in (1, -1):

        def turned(*points, side=side):
            return [(400 + (x - 400) * side, y) for x, y in points]

        sheet.polygon(turned((400, 470), (608, 560), (470, 660), (400, 830)), orange if side == 1 else dark)
        sheet.polygon(turned((440, 470), (566, 262), (608, 560)), orange)
        sheet.polygon(turned((478, 462), (558, 330), (580, 520)), "#3b170a")
        sheet.polygon(turned((400, 470), (608, 560), (400, 700)), light if side == 1 else orange)
        sheet.polygon(turned((400, 470), (462, 446), (608, 560)), orange if side == 1 else dark)
        sheet.polygon(turned((608, 560), (640, 690), (400, 822), (470, 660)), cream if side == 1 else "#e4d3b2")
        sheet.polygon(turned((400, 640), (470, 660), (400, 830)), light if side == 1 else dark)
        sheet.disc(400 + 92 * side, 592, 30, cream)
        sheet.disc(400 + 87 * side, 595, 20, "#1a0f0a")
        sheet.disc(400 + 93 * side, 587, 7, "#ffffff")
    sheet.polygon([(366, 800), (434, 800), (400, 846)], "#1a0f0a")
    sheet.title(400, 976, ["The Clockmaker’s", "Fox"], SERIF, 132, cream, leading=0.92, align="center", fit=730)
    sheet.text(400, 1146, film["tagline"], SANS_MEDIUM, 33, "#ff8a3a", align="center")
    return sheet


def clock(sheet, x, y, radius, cream):
    sheet.disc(x, y, radius, cream)
    sheet.ring(x, y, radius - 14, "#12352d", 4)
    for hour in range(12):
        wide = 12 if hour % 3 == 0 else 6
        sheet.line([polar(x, y, radius - 34, hour * 30), polar(x, y, radius - 74, hour * 30)], "#12352d", wide)
    sheet.line([(x, y - 40), polar(x, y - 40, 184, -62)], "#12352d", 10)
    sheet.line([(x, y - 40), polar(x, y - 40, 130, -150)], "#12352d", 14)
    sheet.disc(x, y - 40, 17, "#12352d")


def pine(sheet, x, top, colour):
    for tier in range(9):
        y, half = top + tier * 88, 70 + tier * 34
        sheet.polygon([(x, y), (x + half, y + 154), (x - half, y + 154)], colour)


def record(film, width):
    pink, ink, cream = "#ff6fa8", "#1a1023", "#fbeedd"
    sheet = Sheet(width, cream)
    sheet.box(0, 0, 400, 800, pink)
    x, left_y, right_y = 400, 452, 380

    def grooves(sheet):
        sheet.disc(x, left_y, 322, ink)
        for radius in range(122, 316, 12):
            sheet.ring(x, left_y, radius, "#5d4a6b" if radius % 36 else "#ff6fa8", 1.8)
        sheet.disc(x, left_y, 104, "#f2c230")
        sheet.disc(x, left_y, 16, ink)

    def stripes(sheet):
        sheet.disc(x, right_y, 322, "#ef4136")
        for index, top in enumerate(range(right_y - 322, right_y + 330, 46)):
            sheet.box(400, top, 800, top + 5 + index * 2.6, cream)

    sheet.clipped([(0, 0), (400, 0), (400, 800), (0, 800)], grooves)
    sheet.clipped([(400, 0), (800, 0), (800, 800), (400, 800)], stripes)
    sheet.box(0, 800, WIDTH, HEIGHT, ink)
    sheet.title(400, 972, ["VELVET", "STATIC"], POSTER, 166, cream, leading=0.99, align="center", tracking=14)
    sheet.text(44, 66, "A documentary by", SANS_MEDIUM, 26, ink)
    sheet.text(44, 98, film["director"][0], SANS_MEDIUM, 26, ink)
    sheet.text(400, 1178, film["tagline"], SANS, 27, pink, align="center")
    return sheet


def orchid(film, width):
    crimson, black = "#b3142c", "#14090c"
    sheet = Sheet(width, crimson)
    x, y = 400, 440
    for step in range(7):
        sheet.disc(x, y, 400 - step * 34, mix("#b3142c", "#d8293a", step / 6))
    for angle, length, half in [(-90, 380, 66), (-22, 340, 62), (202, 340, 62), (46, 350, 58), (134, 350, 58)]:
        blade(sheet, x, y, angle, length, half, "#f2f0ee", "#9aa1aa")
    for angle in (-56, 236):
        blade(sheet, x, y, angle, 262, 58, "#d5d8dc", "#6f7781")
    blade(sheet, x, y, 90, 424, 64, "#2c1216", black)
    sheet.disc(x, y, 46, black)
    sheet.disc(x, y, 26, "#f2c230")
    sheet.polygon([(400, 872), (411, 900), (400, 914), (389, 900)], "#f2f0ee")
    sheet.title(400, 1092, ["IRON ORCHID"], POSTER, 172, "#ffffff", align="center", fit=716)
    sheet.text(400, 1142, film["tagline"], SANS_BOLD, 32, "#ffffff", align="center")
    sheet.text(400, 1176, billing(film), SANS_MEDIUM, 23, "#ffd9d9", align="center")
    return sheet


def blade(sheet, x, y, angle, length, half, light, dark):
    tip, root = polar(x, y, length, angle), polar(x, y, 10, angle)
    belly = polar(x, y, length * 0.56, angle)
    for sign, colour in [(1, light), (-1, dark)]:
        rim = [polar(*polar(x, y, length * share, angle), half * sign * EDGE[share], angle + 90) for share in EDGE]
        sheet.polygon([root, *rim, tip, belly], colour)


EDGE = {step / 30: math.sin(math.pi * (step / 30) ** 1.15) for step in range(31)}


def boat(film, width):
    sky, orange, blue = "#f8ecd4", "#f47b20", "#1d4e89"
    sheet = Sheet(width, sky)
    sheet.disc(662, 548, 72, "#f5c7a0")
    x, y = 400, 768
    sheet.box(x - 5, 432, x + 5, y, "#4a2c17")
    sheet.polygon([(x + 16, 446), (x + 16, 730), (x + 196, 730)], "#ffffff")
    sheet.polygon([(x - 16, 482), (x - 16, 730), (x - 150, 730)], "#e9573f")
    sheet.slice(x, y, 250, 0, 180, orange)
    sheet.slice(x, y, 228, 0, 180, "#ffe9c7")
    for segment in range(6):
        start = 180 * segment / 6
        wedge = [polar(x, y, 30, start + 15), *curve(x, y, 208, start + 4, start + 26, 12)]
        sheet.polygon(wedge, "#ff9a3d" if segment % 2 else "#f98a2b")
    waves = ["#1d4e89", "#2a6fb0", "#5aa3d6", "#a8d3ec"]
    for row in range(8):
        for left in range(-100 + (50 if row % 2 else 0), 860, 100):
            for ring, colour in enumerate(waves):
                sheet.slice(left + 50, 990 + row * 34, 58 - ring * 14, 180, 360, colour)
    sheet.title(400, 214, ["The Orange", "Boat"], SANS_BOLD, 158, blue, leading=0.86, align="center")
    sheet.text(400, 398, film["tagline"], SANS_MEDIUM, 31, "#c4511a", align="center")
    sheet.text(48, 60, film["director"][0], SANS_MEDIUM, 24, blue)
    sheet.text(752, 60, film["distributor"], SANS_MEDIUM, 24, blue, align="right")
    return sheet
