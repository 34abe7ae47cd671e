"""The table of faults names its proofs; a proof that is renamed or deleted must not go unnoticed."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_every_proof_that_the_table_names_is_there():
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / "reliability.md").read_text()))
    there = set()
    for path in (ROOT / "tests").rglob("*.py"):
        there.update(re.findall(r"def (test_[a-z0-9_]+)\(", path.read_text()))

    assert len(named) > 90
    assert named - there == set()
