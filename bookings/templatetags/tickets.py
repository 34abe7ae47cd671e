from django import template

from bookings.codes import qr_data_uri, ticket_code
from theaters.models.layouts import labels_in_words, seats_in_words

register = template.Library()
register.filter("labels_in_words", labels_in_words)
register.filter("seats_in_words", seats_in_words)


@register.simple_tag
def qr_code_uri(ticket):
    """The ticket's signed code as a picture for an <img>."""
    return qr_data_uri(ticket_code(ticket.serial, ticket.booked_seat.showtime_id))


@register.simple_tag
def other_showtimes(showtime):
    """What to see instead: the movie's next showtimes in the same city."""
    return showtime.movie.showtimes.upcoming().in_city(showtime.theater.city.slug).for_listing()[:8]


@register.filter
def field_for(form, seat):
    """The field of a TicketTypesForm that belongs to a seat."""
    return form[form.name_for(seat)]


@register.filter
def named(customer):
    """The name to call somebody by at the door; without one, no more of the address than they can confirm."""
    if customer is None:
        return ""
    return customer.name or "{}…@{}".format(customer.email[0], customer.email.partition("@")[2])
