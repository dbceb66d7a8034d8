"""docs/models.md is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tryon.catalog import build_catalog
from tryon.cli import main
from tryon.table import markdown

DOCUMENT = Path(__file__).parent.parent / "docs" / "models.md"


def test_the_document_is_current(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--markdown"]) == 0
    assert DOCUMENT.read_text(encoding="utf-8") == capsys.readouterr().out, (
        "run: python -m tryon models --markdown > docs/models.md"
    )


def test_every_model_is_in_it() -> None:
    catalog = build_catalog()
    text = markdown(catalog)
    assert all(f"`{entry.spec.name}`" in text for entry in (*catalog.of("transfer"), *catalog.of("video")))
    rows = [line for line in text.splitlines() if line.startswith("| `wan21-i2v-480p`")]
    assert len(rows) == 3 and "22.83 B" in rows[0] and "4n + 1" in rows[1] and "group" in rows[2]
