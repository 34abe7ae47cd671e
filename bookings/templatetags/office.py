from django import template

from bookings.models import Trouble

register = template.Library()


@register.simple_tag
def open_troubles():
    return Trouble.objects.open().count()
