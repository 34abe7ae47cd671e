from django import template

from bookings.reports.table import shown

register = template.Library()


@register.filter
def cell(row, column):
    """A cell of a report in words."""
    return shown(row, column)
