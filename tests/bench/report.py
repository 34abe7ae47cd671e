"""The table that is printed and kept in docs/performance.md."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


@dataclass(frozen=True)
class Row:
    """`ratio` to what it is measured `against`; `target`: at least that, or at most where `is_cost`."""

    work: str
    figure: str
    ratio: float | None = None
    against: str = ""
    target: float | None = None
    is_cost: bool = False
    note: str = ""
    failed: bool = False

    @property
    def verdict(self) -> str:
        if self.failed:
            return "NO"
        if self.target is None:
            return ""
        is_met = self.ratio <= self.target if self.is_cost else self.ratio >= self.target
        return "yes" if is_met else "NO"

    def cells(self) -> list[str]:
        sign = "≤" if self.is_cost else "≥"
        return [
            self.work,
            self.figure,
            f"{self.ratio:.2g} of {self.against}" if self.ratio is not None and self.against != self.work else "",
            f"{sign} {self.target:.2g}" if self.target is not None else "",
            self.verdict,
            self.note,
        ]


def table(rows) -> str:
    lines = [["Work", "Measured", "Ratio", "Target", "Met", "Beside it"], ["---"] * 6, *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine() -> str:
    """In a sentence, without names."""
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) // 1024 // 1024
    return (
        f"{os.cpu_count()} cores ({cpu[1].strip() if cpu else platform.machine()}), {memory} GB, "
        f"Python {platform.python_version()}; load generator, web processes, PostgreSQL and Redis share them."
    )


def keep(rows, path: Path) -> None:
    """Put the table into the document, between its two marks."""
    text = path.read_text()
    before, rest = text.split(BEGIN)
    path.write_text(f"{before}{BEGIN}\n{machine()}\n\n{table(rows)}\n{END}{rest.split(END)[1]}")
