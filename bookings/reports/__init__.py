"""The numbers of the house. Each report is a question to the database and the columns of its answer."""

from bookings.reports.box_office import BOX_OFFICE
from bookings.reports.money import REFUNDS, TENDER
from bookings.reports.occupancy import NO_SHOWS, OCCUPANCY
from bookings.reports.sales import FEES_REPORT, SALES
from bookings.reports.table import Report, Selection, Table
from bookings.reports.taxes import TAX

REPORTS: dict[str, Report] = {
    report.slug: report for report in (BOX_OFFICE, SALES, TAX, FEES_REPORT, TENDER, REFUNDS, OCCUPANCY, NO_SHOWS)
}

__all__ = ["REPORTS", "Report", "Selection", "Table"]
