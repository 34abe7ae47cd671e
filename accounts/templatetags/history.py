from django import template

from accounts import changes

register = template.Library()


@register.simple_tag(takes_context=True)
def history_of(context, obj):
    return changes.history_of(obj, context["request"])
