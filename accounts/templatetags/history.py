from django import template

from accounts import changes

register = template.Library()
register.simple_tag(changes.changes_of)
