"""Places and patterns: a pool, a facade, a staircase, a map, the rain."""

import math
from itertools import pairwise

from bookings.demo.posters.landscapes import billing
from bookings.demo.posters.sheet import (
    HEIGHT,
    JAPANESE,
    POSTER,
    SANS,
    SANS_BOLD,
    SANS_MEDIUM,
    SERIF,
    WIDTH,
    Sheet,
    curve,
    dice,
    mix,
    polar,
)


def umbrella(film, width):
    teal, pink, cream = "#1c5a66", "#f48fa6", "#fdf1dc"
    sheet = Sheet(width, teal)
    luck = dice(12)
    for _drop in range(210):
        x, y, long = luck.uniform(-200, 800), luck.uniform(-60, 900), luck.uniform(40, 130)
        colour = luck.choice(["#3d8691", "#2d727e", "#79b3b5"])
        sheet.line([(x, y), (x + long * 0.36, y + long)], colour, luck.choice([2, 3, 4]))
    x, y, radius, ribs = 372, 500, 300, 6
    sheet.line([(x, y - 20), (x, 738)], cream, 9)
    sheet.arc(x + 30, 738, 30, 0, 180, cream, 9)
    step = 2 * radius / ribs
    for rib in range(ribs):
        left, right = x - radius + rib * step, x - radius + (rib + 1) * step
        dome_left, dome_right = (canopy(x, y, radius, edge) for edge in (left, right))
        scallop = curve((left + right) / 2, y, step / 2, 180, 360, 24)
        sheet.polygon([*dome_left, *scallop, *dome_right[::-1]], pink if rib % 2 else "#e4587a")
    sheet.line([(x, y - radius - 34), (x, y - radius + 4)], cream, 9)
    train(sheet, 786, cream)
    sheet.box(0, 886, WIDTH, HEIGHT, "#0f3a44")
    for row in range(3):
        for left in range(30 + 60 * (row % 2), 800, 150):
            sheet.line([(left, 904 + row * 14), (left + 74, 904 + row * 14)], "#f9c846" if row == 0 else "#2d727e", 4)
    for index, sign in enumerate(film["original_title"]):
        sheet.text(722, 118 + index * 78, sign, JAPANESE, 64, cream, align="center")
    sheet.title(400, 1034, ["A Ticket", "for the Rain"], SANS_BOLD, 116, cream, leading=0.86, align="center")
    sheet.text(400, 1180, f"An animated film by {film['director'][0]}", SANS, 25, pink, align="center")
    return sheet


def canopy(x, y, radius, edge):
    """A rib from the tip of the umbrella down to its edge, bent like the meridian of a globe."""
    reach = (edge - x) / radius
    return [
        (x + radius * reach * math.sin(turn), y - radius * math.cos(turn))
        for turn in (math.pi / 2 * i / 20 for i in range(21))
    ]


def train(sheet, top, cream):
    sheet.box(0, top + 88, WIDTH, top + 100, "#0b2b33")
    for left in (-150, 130, 410, 690):
        sheet.pen.rounded_rectangle(sheet.at([(left, top), (left + 268, top + 84)]), 18 * sheet.scale, "#f9c846")
        sheet.box(left, top + 56, left + 268, top + 66, "#e4587a")
        for window in range(5):
            sheet.box(
                left + 20 + window * 48,
                top + 15,
                left + 54 + window * 48,
                top + 45,
                "#0f3a44" if window % 4 == 3 else cream,
            )
        for wheel in (50, 92, 178, 220):
            sheet.disc(left + wheel, top + 85, 11, "#0b2b33")


def pool(film, width):
    water, red, white, ink = "#19b5b8", "#e4322b", "#ffffff", "#11181c"
    sheet = Sheet(width, water)
    lean = 0.26

    def place(x, y):
        return x + (450 - y) * lean, y

    for lane in range(-2, 8):
        left = 20 + lane * 160
        sheet.polygon(
            [place(left + 68, -20), place(left + 92, -20), place(left + 92, 920), place(left + 68, 920)], "#0e8f98"
        )
        for bead in range(34):
            top = -20 + bead * 28
            sheet.polygon(
                [place(left - 7, top), place(left + 7, top), place(left + 7, top + 24), place(left - 7, top + 24)],
                red if bead // 3 % 2 else white,
            )
    glints = dice(21)
    for _glint in range(120):
        x, y, long = glints.uniform(-100, 860), glints.uniform(0, 900), glints.uniform(14, 44)
        sheet.arc(x, y, long, 200, 300, "#8fe3df", 3)
    swimmer(sheet, place, red, white)
    sheet.box(0, 836, WIDTH, HEIGHT, white)
    sheet.box(48, 872, 168, 884, red)
    sheet.title(44, 1002, ["The Tuesday", "Swimmer"], SANS_BOLD, 128, ink, leading=0.86)
    sheet.text(48, 1172, film["tagline"], SANS_MEDIUM, 29, red)
    sheet.text(752, 1172, film["director"][0], SANS_MEDIUM, 29, ink, align="right")
    return sheet


def swimmer(sheet, place, red, white):
    x, y = 420, 330
    for half, colour in [(58, "#ffffff55"), (40, "#ffffff88"), (20, "#ffffffcc")]:
        sheet.polygon([place(x, y + 100), place(x - half, 860), place(x + half, 860)], colour)
    skin = "#f3b48b"
    sheet.line([place(x + 30, y + 62), place(x + 58, y + 4), place(x + 44, y - 92)], skin, 24)
    sheet.line([place(x - 30, y + 62), place(x - 58, y + 118), place(x - 58, y + 172)], skin, 24)
    sheet.polygon([place(x - 46, y + 56), place(x + 46, y + 56), place(x + 26, y + 210), place(x - 26, y + 210)], skin)
    sheet.polygon(
        [place(x - 31, y + 170), place(x + 31, y + 170), place(x + 26, y + 222), place(x - 26, y + 222)], "#11181c"
    )
    sheet.line([place(x - 13, y + 220), place(x - 20, y + 316)], skin, 20)
    sheet.line([place(x + 13, y + 220), place(x + 20, y + 300)], skin, 20)
    for hand_x, hand_y in [(x + 44, y - 94), (x - 58, y + 172), (x + 58, y + 4), (x - 58, y + 118)]:
        sheet.disc(*place(hand_x, hand_y), 12, skin)
    sheet.disc(*place(x, y + 18), 37, red)
    sheet.line([place(x - 12, y - 12), place(x + 2, y + 50)], white, 5)


def facade(film, width):
    plum, pane, yellow = "#2a1738", "#3d2550", "#ffd23f"
    sheet = Sheet(width, plum)
    sheet.box(48, 392, 752, HEIGHT, "#1c0e28")
    sheet.box(34, 378, 766, 398, "#120819")
    lit, curtained = (3, 2), (1, 4)
    for row in range(6):
        for column in range(8):
            left, top = 72 + column * 83.5, 426 + row * 116
            place, colour = (column, row), [pane, "#35204a", "#46305a"][(column * 5 + row * 3) % 3]
            sheet.box(left, top, left + 68, top + 86, {lit: yellow, curtained: "#b3243f"}.get(place, colour))
            sheet.box(left - 5, top + 86, left + 73, top + 92, "#120819")
            if place != lit:
                sheet.box(left + 32, top, left + 36, top + 86, "#1c0e28")
                sheet.box(left, top + 28, left + 68, top + 32, "#1c0e28")
    madame(sheet, 72 + 3 * 83.5, 426 + 2 * 116)
    sheet.title(46, 154, ["MADAME ORSINI", "DOES NOT SLEEP"], POSTER, 150, yellow, leading=1.16, fit=708)
    sheet.text(400, 346, f"A comedy of crime by {film['director'][0]}", SANS_MEDIUM, 28, "#f6e7c1", align="center")
    sheet.text(400, 1164, film["tagline"], SANS, 25, yellow, align="center")
    return sheet


def madame(sheet, left, top):
    ink = "#1c0e28"
    sheet.polygon([(left + 4, top + 86), (left + 14, top + 56), (left + 44, top + 56), (left + 56, top + 86)], ink)
    sheet.disc(left + 29, top + 36, 17, ink)
    sheet.disc(left + 20, top + 16, 10, ink)
    sheet.polygon([(left + 42, top + 29), (left + 62, top + 25), (left + 62, top + 37), (left + 42, top + 39)], ink)
    sheet.line([(left + 46, top + 68), (left + 60, top + 56), (left + 50, top + 36)], ink, 6)


def stairs(film, width):
    black, bone, red = "#0c0a0a", "#f3ece0", "#d5161e"
    sheet = Sheet(width, black)
    x, y, steps, shrink = 400, 440, 26, 0.83
    for turn in range(12):
        radius = 880 * shrink**turn
        for step in range(steps):
            start = step * 360 / steps + turn * 13
            inner = radius * shrink
            wedge = [
                *curve(x, y, radius, start, start + 360 / steps, 4),
                *curve(x, y, inner, start + 360 / steps, start, 4),
            ]
            shade = turn / 16
            sheet.polygon(wedge, mix(bone, "#5c0f12", shade) if step % 2 else mix("#0c0a0a", "#2a0507", shade))
        sheet.ring(x, y, radius * shrink + 3, black, 7 * shrink ** (turn / 2))
    sheet.disc(x, y, 100, red)
    sheet.polygon([(x - 10, y + 30), (x + 8, y + 30), (x + 62, y + 84), (x + 30, y + 90)], "#0c0a0a77")
    sheet.polygon([(x - 13, y - 22), (x + 13, y - 22), (x + 8, y + 32), (x - 10, y + 32)], black)
    sheet.disc(x, y - 36, 13, black)
    sheet.box(0, 868, WIDTH, HEIGHT, black)
    sheet.box(0, 868, WIDTH, 880, red)
    sheet.title(400, 996, ["THE THIRTEENTH", "STAIRWELL"], POSTER, 116, bone, leading=1.08, align="center", tracking=2)
    sheet.text(400, 1174, film["tagline"], SANS_MEDIUM, 31, "#ff4b45", align="center")
    return sheet


def islands(film, width):
    teal, cream, ochre = "#0f4550", "#f3e3c3", "#d99a3d"
    sheet = Sheet(width, teal)
    for line in range(-200, 1400, 100):
        sheet.line([(0, line), (800, line - 130)], "#1f5a66", 2)
        sheet.line([(line - 100, 0), (line + 60, HEIGHT)], "#1f5a66", 2)
    for x, y, size, seed in [(226, 262, 172, 4), (630, 450, 118, 9), (216, 646, 118, 14)]:
        island(sheet, x, y, size, seed, cream, ochre)
    route = [(800, 120), (640, 150), (520, 230), (452, 350), (420, 480), (428, 610), (500, 700), (640, 740), (800, 746)]
    for index, (one, other) in enumerate(dashes(route)):
        if index % 2:
            sheet.line([one, other], "#ff5a43", 5)
    ship(sheet, 420, 540)
    sheet.box(0, 838, WIDTH, HEIGHT, "#0a333c")
    sheet.box(0, 838, WIDTH, 844, ochre)
    sheet.title(400, 944, ["The Cartographer", "of Small Islands"], SERIF, 104, cream, leading=1.0, align="center")
    sheet.text(400, 1114, film["tagline"], SANS_MEDIUM, 31, "#ff7a63", align="center")
    sheet.text(400, 1160, billing(film), SANS, 25, "#9cc3c4", align="center")
    return sheet


def island(sheet, x, y, size, seed, cream, ochre):
    luck = dice(seed)
    waves = [(number, luck.uniform(0.02, 0.28 / number), luck.uniform(0, 6.3)) for number in range(2, 7)]

    def shore(share):
        points = []
        for degrees in range(0, 360, 3):
            angle = math.radians(degrees)
            bulge = 1 + sum(height * share**0.5 * math.cos(number * angle + shift) for number, height, shift in waves)
            points.append(polar(x, y, size * share * bulge, degrees))
        return points

    for step in range(3, 0, -1):
        sheet.line([*(edge := shore(1 + step * 0.13)), edge[0]], (115, 175, 178, 190 - step * 45), 2.5)
    for step in range(7):
        outline = shore(1 - step * 0.14)
        sheet.polygon(outline, mix(cream, ochre, step / 6))
        sheet.line([*outline, outline[0]], "#7a4a1f", 2.5)


def dashes(route, length=15):
    """The route cut into short straight pieces."""
    points = []
    for (x, y), (to_x, to_y) in pairwise(route):
        pieces = max(1, round(math.hypot(to_x - x, to_y - y) / length))
        points += [(x + (to_x - x) * piece / pieces, y + (to_y - y) * piece / pieces) for piece in range(pieces)]
    return pairwise(points)


def ship(sheet, x, y):
    sheet.polygon([(x - 44, y), (x + 44, y), (x + 28, y + 24), (x - 30, y + 24)], "#ff5a43")
    sheet.box(x - 2, y - 66, x + 2, y, "#f3e3c3")
    sheet.polygon([(x + 6, y - 64), (x + 6, y - 6), (x + 42, y - 6)], "#ffffff")
    sheet.polygon([(x - 6, y - 50), (x - 6, y - 6), (x - 36, y - 6)], "#ffffff")
