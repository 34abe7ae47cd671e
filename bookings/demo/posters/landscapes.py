"""Skies, seas and hills."""

import math

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
    dice,
    mix,
    polar,
)


def billing(film, names=3):
    return " · ".join(name for name, _character in film["cast"][:names])


def sun(film, width):
    cream, night = "#ffefd2", "#140d1a"
    sheet = Sheet(width, night)
    stars = dice(3)
    for _star in range(90):
        x, y = stars.uniform(20, 780), stars.uniform(20, 640)
        sheet.disc(x, y, stars.choice([0.8, 1.1, 1.8]), "#ffefd2aa")
    x, y = 400, 1270
    for radius, strength in [(685, 220), (730, 150), (775, 90)]:
        sheet.ring(x, y, radius, (255, 239, 210, strength), 2.5)
    for step in range(9):
        sheet.disc(x, y, 640 - step * 62, mix("#e8330f", "#ffd65c", step / 8))
    craft_x, craft_y = polar(x, y, 730, -64)
    tail = curve(x, y, 730, -100, -64.5)
    for point, after, share in zip(tail, tail[1:], range(60), strict=False):
        sheet.line([point, after], mix(night, "#ffffff", share / 60), 1 + share / 9)
    sheet.polygon([(craft_x + 30, craft_y + 14), (craft_x - 17, craft_y - 21), (craft_x - 20, craft_y + 12)], "#ffffff")
    sheet.title(48, 158, ["NINE", "MINUTES TO", "PERIHELION"], SANS_BOLD, 126, cream, leading=0.96, fit=704)
    sheet.text(52, 452, film["tagline"], SANS, 31, "#ffb347")
    sheet.text(400, 1118, billing(film), SANS_MEDIUM, 25, night, align="center")
    sheet.text(400, 1154, f"A film by {film['director'][0]}", SANS_MEDIUM, 25, night, align="center")
    return sheet


def lighthouse(film, width):
    night, sea, cream, red = "#12294a", "#0b1a33", "#f5e8cf", "#d8402f"
    sheet = Sheet(width, night)
    x, y = 400, 316
    for step in range(13, 0, -1):
        sheet.disc(x, y, 46 * step, mix("#2f5f86", night, step / 13))
    for step in range(1, 15):
        sheet.ring(x, y, 46 * step, (245, 232, 207, max(38, 235 - step * 15)), max(1.6, 7.5 - step * 0.45))
    tower(sheet, x, y, cream, red)
    sheet.box(0, 800, WIDTH, HEIGHT, sea)
    for row in range(5):
        shift = 40 if row % 2 else 0
        for left in range(-80 + shift, WIDTH + 80, 80):
            sheet.arc(left + 40, 782 + row * 17, 44, 20, 160, mix("#4a7da3", sea, row / 6), 3)
    sheet.polygon(
        [(205, 860), (290, 778), (322, 786), (334, 746), (466, 746), (486, 780), (520, 770), (610, 860)], "#060e1d"
    )
    sheet.box(0, 858, WIDTH, HEIGHT, sea)
    sheet.title(400, 958, ["The Lighthouse", "Frequency"], SERIF, 116, cream, leading=0.94, align="center")
    sheet.text(400, 1132, film["tagline"], SANS_MEDIUM, 31, "#ffe9a3", align="center")
    sheet.text(400, 1172, f"Written and directed by {film['director'][0]}", SANS, 25, "#9fc0d8", align="center")
    return sheet


def tower(sheet, x, y, cream, red):
    top, bottom, bands = y + 46, 750, 6
    for band in range(bands):
        upper, lower = (top + (bottom - top) * (band + more) / bands for more in (0, 1))
        half_upper, half_lower = (34 + 26 * (band + more) / bands for more in (0, 1))
        outline = [(x - half_upper, upper), (x + half_upper, upper), (x + half_lower, lower), (x - half_lower, lower)]
        sheet.polygon(outline, cream if band % 2 else red)
        sheet.polygon([(x + 8, upper), outline[1], outline[2], (x + 14, lower)], "#00000030")
    sheet.box(x - 50, top - 9, x + 50, top + 3, "#060e1d")
    sheet.box(x - 27, y - 36, x + 27, top - 9, "#060e1d")
    sheet.box(x - 20, y - 30, x + 20, y + 32, "#ffe9a3")
    sheet.disc(x, y, 16, "#ffffff")
    sheet.polygon([(x - 36, y - 34), (x + 36, y - 34), (x, y - 74)], red)


def lightning(film, width):
    black, salt = "#1c1210", "#f6efe3"
    sheet = Sheet(width, "#b5351b")
    bands = ["#1c1210", "#4a1a12", "#7a2414", "#a02d17", "#b5351b", "#c9502a", "#dd7440", "#eb9a5c"]
    for index, colour in enumerate(bands):
        top = index * 98
        wave = [(x, top + 20 * math.sin(x / 118 + index * 1.9)) for x in range(-20, 840, 20)]
        sheet.polygon([*wave, (840, 820), (-20, 820)], colour)
    bolt = [
        (430, -10),
        (560, -10),
        (452, 262),
        (560, 244),
        (398, 548),
        (484, 534),
        (316, 808),
        (378, 588),
        (288, 604),
        (394, 330),
    ]
    bolt += [(296, 350)]
    sheet.polygon([(x + 13, y) for x, y in bolt], "#1c121066")
    sheet.polygon(bolt, "#fffaf0")
    sheet.box(0, 800, WIDTH, HEIGHT, salt)
    for crack in [(0, 832, 800), (60, 848, 300), (430, 852, 760)]:
        sheet.line([(crack[0], crack[1]), (crack[2], crack[1] - 3)], "#d8c9b3", 2)
    rider(sheet, 596, 804, black)
    mule(sheet, 676, 804, black)
    sheet.line([(617, 764), (676, 769)], black, 1.6)
    sheet.polygon([(560, 806), (712, 806), (800, 836), (690, 828)], "#1c121026")
    sheet.title(400, 970, ["SALT AND", "LIGHTNING"], POSTER, 146, black, leading=1.02, align="center", tracking=3)
    sheet.text(
        400, 1178, f"{film['original_title']} · {film['director'][0]}", SANS_MEDIUM, 24, "#b5351b", align="center"
    )
    return sheet


def rider(sheet, x, ground, black):
    mule(sheet, x, ground, black)
    sheet.polygon([(x - 12, ground - 42), (x + 8, ground - 42), (x + 5, ground - 74), (x - 9, ground - 74)], black)
    sheet.disc(x - 2, ground - 80, 7.5, black)
    sheet.polygon([(x - 20, ground - 82), (x + 16, ground - 82), (x + 6, ground - 87), (x - 10, ground - 87)], black)


def mule(sheet, x, ground, black):
    sheet.polygon([(x - 32, ground - 45), (x + 26, ground - 43), (x + 24, ground - 20), (x - 28, ground - 20)], black)
    for leg in (-26, -15, 12, 21):
        sheet.polygon(
            [(x + leg - 3, ground - 24), (x + leg + 4, ground - 24), (x + leg + 2, ground), (x + leg - 2, ground)],
            black,
        )
    head = [(x - 32, ground - 45), (x - 48, ground - 66), (x - 62, ground - 56), (x - 65, ground - 63)]
    head += [(x - 48, ground - 77), (x - 50, ground - 88), (x - 43, ground - 80), (x - 16, ground - 44)]
    sheet.polygon(head, black)
    sheet.line([(x + 26, ground - 42), (x + 33, ground - 22)], black, 3)


def honeycomb_moon(film, width):
    ice, navy = "#c9dce6", "#1f2d4d"
    sheet = Sheet(width, ice)
    sheet.box(0, 0, WIDTH, 700, "#b9d1df")
    x, y, luck = 400, 416, dice(11)
    sheet.disc(x, y, 288, "#d5e4ec")
    sheet.clipped(curve(x, y, 268, 0, 360, 90), lambda sheet: cells(sheet, x, y, luck))
    hills = [(640, "#e3eef3", 0.0), (720, "#f1f7f9", 2.1), (800, "#ffffff", 4.0)]
    for top, colour, shift in hills:
        ridge = [(x, top + 34 * math.sin(x / 165 + shift) + 12 * math.sin(x / 61 + shift)) for x in range(-20, 840, 10)]
        sheet.polygon([*ridge, (840, HEIGHT), (-20, HEIGHT)], colour)
    for index, x in enumerate((122, 226, 330, 470, 574, 678)):
        hive(sheet, x, 826 + (10 if index % 2 else 0), ["#d9780f", "#2f6f8f", "#b8432f"][index % 3])
    for _flake in range(130):
        sheet.disc(luck.uniform(0, 800), luck.uniform(0, 830), luck.choice([1.6, 2.4, 3.6]), "#ffffffd0")
    sheet.title(400, 956, ["The Winter", "Beekeeper"], SERIF, 128, navy, leading=0.88, align="center")
    sheet.text(400, 1140, film["original_title"], SANS_BOLD, 32, "#b8630c", align="center")
    sheet.text(400, 1178, f"A film by {film['director'][0]}", SANS, 25, navy, align="center")
    sheet.text(400, 64, film["tagline"], SANS_MEDIUM, 30, navy, align="center")
    return sheet


def cells(sheet, centre_x, centre_y, luck, size=33):
    for column in range(-6, 7):
        for row in range(-6, 7):
            x = centre_x + column * size * 1.5
            y = centre_y + (row + column % 2 / 2) * size * math.sqrt(3)
            away = math.hypot(x - centre_x, y - centre_y) / 300 + luck.uniform(-0.2, 0.2)
            sheet.polygon(curve(x, y, size - 3, 0, 300, 5), mix("#ffd65e", "#d5700c", max(0, min(1, away))))


def hive(sheet, x, ground, colour):
    sheet.box(x - 24, ground - 44, x + 24, ground, colour)
    sheet.box(x - 24, ground - 24, x + 24, ground - 21, "#1f2d4d55")
    sheet.box(x - 9, ground - 11, x + 9, ground - 6, "#1f2d4d")
    sheet.polygon(
        [(x - 31, ground - 44), (x + 31, ground - 44), (x + 26, ground - 60), (x - 26, ground - 60)], "#1f2d4d"
    )
    sheet.polygon(
        [(x - 29, ground - 54), (x + 29, ground - 54), (x + 22, ground - 69), (x - 22, ground - 69)], "#ffffff"
    )


def comet(film, width):
    night, cream = "#1b1e4b", "#fff3dc"
    sheet = Sheet(width, night)
    luck = dice(5)
    for _star in range(80):
        sheet.disc(luck.uniform(0, 800), luck.uniform(0, 800), luck.choice([1, 1.6, 2.4]), "#fff3dc99")
    colours = ["#3fb6a8", "#f9d56e", "#f79d4a", "#ef5d60", "#c0417f"]
    head_x, head_y, slope = 560, 524, 0.92
    for index, colour in enumerate(colours):
        offset = (index - 2) * 44
        near = [
            (head_x + offset * 0.72, head_y - offset * 0.72),
            (head_x + (offset + 44) * 0.72, head_y - (offset + 44) * 0.72),
        ]
        shift = 31.7
        near = [(x - 15.8, y + 15.8) for x, y in near]
        far = [(x - 900, y - 900 * slope - (index - 2) * shift) for x, y in near]
        sheet.polygon([near[0], near[1], far[1], far[0]], colour)
    sheet.disc(head_x, head_y, 112, cream)
    sheet.disc(head_x + 8, head_y + 8, 86, "#ffffff")
    skyline(sheet, luck)
    sheet.title(400, 1006, ["COMET", "SEASON"], SANS_BOLD, 160, cream, leading=0.8, align="center", tracking=6)
    sheet.text(400, 1182, film["tagline"], SANS, 27, "#f9d56e", align="center")
    return sheet


def skyline(sheet, luck):
    left = -10
    while left < WIDTH:
        wide, top = luck.randrange(50, 104), luck.randrange(668, 826)
        sheet.box(left, top, left + wide, HEIGHT, "#0b0c22")
        if wide < 66:
            sheet.line([(left + wide / 2, top), (left + wide / 2, top - 44)], "#0b0c22", 4)
        for x in range(left + 12, left + wide - 14, 20):
            for y in range(top + 16, 846, 27):
                if luck.random() < 0.24:
                    sheet.box(x, y, x + 9, y + 13, "#f9d56e")
        left += wide
    sheet.box(0, 884, WIDTH, HEIGHT, "#0b0c22")
