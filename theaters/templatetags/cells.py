from django import template

register = template.Library()


@register.filter
def named(field):
    """A field in a table, whose only label is the head of its column."""
    return field.as_widget(attrs={"aria-label": str(field.label)})
