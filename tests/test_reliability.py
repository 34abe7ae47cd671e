"""The tables of faults and of criteria name their proofs; one that is renamed or deleted must not go unnoticed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(("page", "least"), [("reliability.md", 90), ("accessibility.md", 18)])
def test_every_proof_that_a_table_names_is_there(page, least):
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", (ROOT / "docs" / page).read_text()))
    there = set()
    for path in (ROOT / "tests").rglob("*.py"):
        there.update(re.findall(r"def (test_[a-z0-9_]+)\(", path.read_text()))

    assert len(named) > least
    assert named - there == set()
