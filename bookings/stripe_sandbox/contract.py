"""Is this request one the official SDK could have typed?

The SDK ships a TypedDict for the parameters of every call. A decoded form is read against it, so an unknown,
missing or mistyped parameter fails here with the answer Stripe would give, and not first in production.
"""

import re
import types
import typing
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from stripe import RequestOptions

from bookings.stripe_sandbox.errors import StripeError
from bookings.stripe_sandbox.forms import bracket

# Never int(float(text)): "12.50", "5e2" and " 5" must be refused, not rounded.
INTEGER = re.compile(r"-?[0-9]{1,18}")
DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]{1,12})?")
LONGEST_LIST = 1000


@dataclass(frozen=True)
class Violation:
    message: str
    code: str | None
    param: str | None

    def as_error(self) -> StripeError:
        return StripeError(self.message, self.code, self.param)


def check(tree: dict, params: type) -> tuple[dict, list[Violation]]:
    """The form with its values in their real types, and everything that is wrong with it."""
    violations: list[Violation] = []
    return _read_object(tree, params, (), violations), violations


@cache
def _fields(params: type) -> dict[str, Any]:
    # The SDK imports some names only for type checkers, so they have to be supplied here.
    names = vars(typing) | {"StripeContext": object}
    hints = typing.get_type_hints(params, localns=names)
    # Options such as api_key travel in headers: on the wire they would be unknown parameters.
    return {name: hint for name, hint in hints.items() if name not in RequestOptions.__annotations__}


def _is_object(wanted: Any) -> bool:
    # typing.is_typeddict() does not know the TypedDicts of typing_extensions, which the SDK uses.
    return hasattr(wanted, "__required_keys__")


def _read(value: Any, wanted: Any, path: tuple, violations: list[Violation]) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return _read_union(value, get_args(wanted), path, violations)
    if _is_object(wanted):
        return _read_object(value, wanted, path, violations)
    if origin is dict:
        return _read_map(value, get_args(wanted)[1], path, violations)
    if origin is list:
        return _read_list(value, get_args(wanted)[0], path, violations)
    return _read_leaf(value, wanted, path, violations)


def _read_object(value: Any, params: type, path: tuple, violations: list[Violation]) -> Any:
    if not isinstance(value, dict):
        return _refuse(violations, path, "Invalid object")
    fields = _fields(params)
    read = {}
    for name, inner in value.items():
        if name in fields:
            read[name] = _read(inner, fields[name], (*path, name), violations)
        else:
            param = bracket((*path, name))
            violations.append(Violation(f"Received unknown parameter: {param}", "parameter_unknown", param))
    violations.extend(missing((*path, name)) for name in sorted(params.__required_keys__ - value.keys()))
    return read


def _read_map(value: Any, wanted: Any, path: tuple, violations: list[Violation]) -> Any:
    if not isinstance(value, dict):
        return _refuse(violations, path, "Invalid object")
    # An empty value in a map such as metadata is legal: it unsets that key.
    return {
        name: inner if inner == "" else _read(inner, wanted, (*path, name), violations) for name, inner in value.items()
    }


def _read_list(value: Any, wanted: Any, path: tuple, violations: list[Violation]) -> Any:
    if not isinstance(value, dict) or not all(INTEGER.fullmatch(key) for key in value):
        return _refuse(violations, path, "Invalid array")
    if len(value) > LONGEST_LIST:
        return _refuse(violations, path, f"Array has more than {LONGEST_LIST} elements")
    return [_read(value[key], wanted, (*path, key), violations) for key in sorted(value, key=int)]


def _read_union(value: Any, choices: tuple, path: tuple, violations: list[Violation]) -> Any:
    literals = [word for choice in choices if get_origin(choice) is Literal for word in get_args(choice)]
    if value in literals:
        return value
    named = [word for word in literals if word]
    # The SDK adds `str` to named values so that it survives tomorrow's; today's API refuses them.
    shapes = [choice for choice in choices if _fits(value, choice) and not (named and choice is str)]
    if not shapes:
        return _refuse(violations, path, f"must be one of {', '.join(named)}" if named else "Invalid value")
    return _read(value, shapes[0], path, violations)


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(value, dict):
        return _is_object(wanted) or get_origin(wanted) in (dict, list)
    return wanted in (int, float, bool, Decimal, str)


def _read_leaf(value: Any, wanted: Any, path: tuple, violations: list[Violation]) -> Any:
    if isinstance(value, dict):
        return _refuse(violations, path, "Invalid value: a map was sent for a single value")
    if get_origin(wanted) is Literal:
        known = get_args(wanted)
        return value if value in known else _refuse(violations, path, f"must be one of {', '.join(known)}")
    if wanted is str and value == "":
        message = f"You passed an empty string for '{bracket(path)}'. This parameter cannot be unset."
        return _refuse(violations, path, message, "parameter_invalid_empty")
    if wanted is int:
        if INTEGER.fullmatch(value):
            return int(value)
        return _refuse(violations, path, f"Invalid integer: {value}", "parameter_invalid_integer")
    if wanted is bool:
        return value == "true" if value in ("true", "false") else _refuse(violations, path, f"Invalid boolean: {value}")
    if wanted in (Decimal, float) and not DECIMAL.fullmatch(value):
        return _refuse(violations, path, f"Invalid decimal: {value}")
    return value


def missing(path: tuple) -> Violation:
    param = bracket(path)
    return Violation(f"Missing required param: {param}.", "parameter_missing", param)


def _refuse(violations: list[Violation], path: tuple, message: str, code: str | None = None) -> None:
    param = bracket(path)
    if message.startswith("must be"):
        message = f"Invalid {param}: {message}"
    violations.append(Violation(message, code, param))
