"""Reports as files for spreadsheets. A text cell never becomes a formula, whatever a movie is called."""

import csv
from datetime import datetime
from io import BytesIO, StringIO

import xlsxwriter
from django.utils.translation import gettext as _

from bookings.reports.table import Column, Table, shown
from theaters.money import decimal_places

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
# Always the same, so that the same report is the same file, byte by byte. Spreadsheets know no time zones.
CREATED = datetime(2000, 1, 1)  # noqa: DTZ001
WIDEST = 40


def as_csv(table: Table) -> bytes:
    """UTF-8 with the mark by which spreadsheets know it."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([harmless(str(column.label)) for column in table.columns])
    for row in table.rows:
        writer.writerow([csv_cell(row, column) for column in table.columns])
    return text.getvalue().encode("utf-8-sig")


def csv_cell(row: dict, column: Column) -> str:
    """A number may begin with a minus."""
    value = shown(row, column)
    return harmless(value) if column.kind == "text" else value


def harmless(value: str) -> str:
    return f"'{value}" if value.startswith(DANGEROUS) else value


def as_xlsx(table: Table, *, title: str, facts: list[tuple[str, str]]) -> bytes:
    """One sheet with the lines, one with what they are about. No totals, so that it can be summed and pivoted."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": title, "created": CREATED})
        write_lines(book, table)
        sheet = book.add_worksheet(_("About"))
        sheet.set_column(0, 0, 20)
        sheet.set_column(1, 1, 70)
        for line, (name, value) in enumerate([(_("Report"), title), *facts]):
            sheet.write_string(line, 0, name)
            sheet.write_string(line, 1, value)
    return out.getvalue()


def write_lines(book, table: Table) -> None:
    sheet, bold, day = book.add_worksheet(_("Lines")), book.add_format({"bold": True}), {"num_format": "yyyy-mm-dd"}
    formats = {"date": book.add_format(day), "percent": book.add_format({"num_format": "0.0"})}
    for places in (0, 2, 3):
        formats[places] = book.add_format({"num_format": "0" if places == 0 else f"0.{'0' * places}"})
    for x, column in enumerate(table.columns):
        sheet.write_string(0, x, str(column.label), bold)
        longest = max([len(str(column.label)), *(len(shown(row, column)) for row in table.rows[:500])])
        sheet.set_column(x, x, min(longest + 2, WIDEST))
    for y, row in enumerate(table.rows, start=1):
        for x, column in enumerate(table.columns):
            write_cell(sheet, (y, x), row, column, formats)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def write_cell(sheet, place: tuple[int, int], row: dict, column: Column, formats: dict) -> None:
    value = row.get(column.name)
    if value is None:
        return
    if column.kind == "money":
        sheet.write_number(*place, value, formats[decimal_places(row["currency"])])
    elif column.kind in ("count", "rate"):
        sheet.write_number(*place, value)
    elif column.kind == "percent":
        sheet.write_number(*place, value, formats["percent"])
    elif column.kind == "date":
        sheet.write_datetime(*place, value, formats["date"])
    else:
        sheet.write_string(*place, str(value))
