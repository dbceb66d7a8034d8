"""What is said about an exception."""

from __future__ import annotations

import pytest

from tryon.errors import BadNumber, NoGarment
from tryon.runtime.failures import failed_by


class OutOfMemoryError(RuntimeError):
    """torch's name for it; torch.cuda.OutOfMemoryError is the same class."""


class Sub(OutOfMemoryError):
    pass


@pytest.mark.parametrize(
    ("error", "code", "field"),
    [
        (NoGarment(), "no_garment", "garment"),
        (NoGarment(where="person"), "no_garment", "person"),
        (BadNumber(name="The length", low=1, high=10, value=99, where="seconds"), "bad_number", "seconds"),
        (MemoryError(), "out_of_memory", None),
        (OutOfMemoryError(), "out_of_memory", None),
        (Sub("/path"), "out_of_memory", None),
        (RuntimeError("cuDNN: Out of memory at /path"), "out_of_memory", None),
        (OSError(28, "full", "/path"), "disk_full", None),
        (FileNotFoundError("/path"), "internal", None),
        (RuntimeError("/path"), "internal", None),
    ],
)
def test_only_our_sentences(error: Exception, code: str, field: str | None) -> None:
    failed = failed_by(error)
    assert (failed.code, failed.field) == (code, field)
    assert "/path" not in failed.text and "{" not in failed.text
    assert failed.text.endswith(".")
