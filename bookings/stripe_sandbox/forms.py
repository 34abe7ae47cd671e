"""Form bodies in bracket notation: `line_items[0][quantity]=2` becomes a tree whose leaves are strings."""

import re
from urllib.parse import parse_qsl

from bookings.stripe_sandbox.errors import StripeError

KEY = re.compile(r"(?P<name>[^\[\]]+)(?P<parts>(?:\[[^\[\]]*\])*)")


def decode(text: str) -> dict:
    tree: dict = {}
    try:
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), errors="strict")
    except ValueError:
        raise StripeError("The request is not a well-formed form body.") from None
    for key, value in pairs:
        match = KEY.fullmatch(key)
        if match is None:
            raise StripeError(f"Invalid key {key!r}: brackets must be balanced and follow a name.", param=key)
        _plant(tree, [match["name"], *re.findall(r"\[([^\[\]]*)\]", match["parts"])], value, key)
    return tree


def bracket(path: tuple) -> str:
    return str(path[0]) + "".join(f"[{part}]" for part in path[1:])


def _plant(branch: dict, parts: list[str], value: str, key: str) -> None:
    head, *rest = parts
    if head == "":
        head = _slot_for(branch, rest)
    if isinstance(branch.get(head), dict) != bool(rest) and head in branch:
        raise StripeError(f"{key!r} is sent both as a value and as a map.", param=key)
    if rest:
        _plant(branch.setdefault(head, {}), rest, value, key)
    else:
        branch[head] = value


def _slot_for(branch: dict, rest: list[str]) -> str:
    """`a[]` appends; `a[][b]` goes on filling the last element until it already has a `b`."""
    used = [int(name) for name in branch if name.isdigit()]
    if not used:
        return "0"
    last = branch[str(max(used))]
    if rest and isinstance(last, dict) and not _holds(last, rest):
        return str(max(used))
    return str(max(used) + 1)


def _holds(branch: dict, parts: list[str]) -> bool:
    head, *rest = parts
    if head == "" or head not in branch:
        return False
    return not rest or (isinstance(branch[head], dict) and _holds(branch[head], rest))
