"""Freed memory is used again instead of being fetched anew page by page."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tryon.runtime.heap import keep_freed

TWICE = """
import resource
import numpy as np
from tryon.runtime.heap import keep_freed

def planes():
    return [np.ones((1024, 1024), np.float32) for _ in range(8)]

assert keep_freed()
planes()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
planes()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_planes_that_were_freed_are_not_fetched_again() -> None:
    if not keep_freed():
        pytest.skip("not glibc")
    told = subprocess.run([sys.executable, "-c", TWICE], check=True, capture_output=True, text=True)
    assert int(told.stdout) < 500  # 32 MB are 8192 pages
