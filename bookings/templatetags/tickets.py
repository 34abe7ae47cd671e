from django import template

from bookings.codes import qr_data_uri, ticket_code

register = template.Library()


@register.simple_tag
def qr_code_uri(ticket):
    """The ticket's signed code as a picture for an <img>."""
    return qr_data_uri(ticket_code(ticket.serial, ticket.booked_seat.showtime_id))


@register.filter
def field_for(form, seat):
    """The field of a TicketTypesForm that belongs to a seat."""
    return form[form.name_for(seat)]
