"""How the C library keeps memory: planes of pictures are taken and freed by the hundred for every result.

By default glibc hands freed memory back and fetches it again, zeroed page by page: a fifth of the embedded engine's
time. See mallopt(3).
"""

from __future__ import annotations

import ctypes

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
KEPT = 256 << 20  # bytes of freed memory at the heap's end that are kept for what comes next
LARGEST = 32 << 20  # bytes, the most that glibc allows: larger blocks are still mapped one by one


def keep_freed() -> bool:
    """Lets freed memory be used again without asking the system. False where the C library is not glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # macOS and musl have no such function, Windows no such library
        return False
    return all([mallopt(MMAP_THRESHOLD, LARGEST), mallopt(TRIM_THRESHOLD, KEPT)])
