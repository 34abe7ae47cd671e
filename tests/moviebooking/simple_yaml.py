"""As much YAML as render.yaml is written in: maps and lists by indentation, everything else is text."""


def read(path):
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return block([(len(line) - len(line.lstrip()), line.strip()) for line in lines])


def block(lines):
    indent, first = lines[0]
    if first.startswith("- "):
        return [block([(indent + 2, head[2:]), *rest]) for head, rest in parts(lines, indent)]
    return dict(entry(head, rest) for head, rest in parts(lines, indent))


def parts(lines, indent):
    """Each line of this indentation, with the deeper ones under it."""
    starts = [number for number, (depth, _text) in enumerate(lines) if depth == indent]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start][1], lines[start + 1 : end]


def entry(head, rest):
    key, colon, value = head.partition(":")
    assert colon, f"not a map: {head}"
    assert not (value and rest), f"a value and more below: {head}"
    return key, block(rest) if rest else value.strip().strip('"')
