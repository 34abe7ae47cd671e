"""Every address of the shop, as the URL conf has them, so that no test about them forgets one."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib import admin
from django.urls import get_resolver


@dataclass(frozen=True)
class Address:
    """One line of the URL conf. `name` is the line's own, or its route where it has none."""

    name: str
    route: str
    view: object

    @cached_property
    def is_csrf_exempt(self):
        return getattr(self.view, "csrf_exempt", False)

    @property
    def is_in_the_office(self):
        return self.route.startswith("admin/")


def addresses():
    return list(walk(get_resolver().url_patterns))


def walk(patterns, route="", namespaces=()):
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            inside = [*namespaces, pattern.namespace] if pattern.namespace else namespaces
            yield from walk(pattern.url_patterns, here, inside)
        else:
            name = ":".join([*namespaces, pattern.name]) if pattern.name else here
            yield Address(name, here, pattern.callback)


def pages_about(model):
    """The admin's pages for one object of a model, and for all: (name, path)."""
    root = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    one = model._default_manager.order_by("pk").first()
    pages = {"changelist": root, "add": f"{root}add/"}
    if one:
        pages |= {page: f"{root}{one.pk}/{page}/" for page in ("change", "history", "delete")}
    return pages


def models_in_the_office():
    return sorted(admin.site._registry, key=lambda model: model._meta.label)
