"""How much memory values of ours hold on to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np


def weigh(thing: Any) -> int:
    """Bytes of all arrays inside dataclasses, mappings, tuples and lists; an array met twice counts once."""
    arrays: dict[int, int] = {}
    todo = [thing]
    while todo:
        value = todo.pop()
        if isinstance(value, np.ndarray):
            whole = value.base if isinstance(value.base, np.ndarray) else value  # a view keeps its whole alive
            arrays[id(whole)] = whole.nbytes
        elif is_dataclass(value):
            todo += [getattr(value, item.name) for item in fields(value)]
        elif isinstance(value, Mapping):
            todo += value.values()
        elif isinstance(value, tuple | list):
            todo += value
    return sum(arrays.values())
