"""How many kernels a call starts: what a fast card waits for when a network is made of thousands of small ones.

Operations that only look at a tensor in another way start none. Counted on any device, the meta device included, where
real sizes need no memory.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

VIEWS = frozenset({
    "view", "_unsafe_view", "transpose", "t", "permute", "expand", "slice", "select", "unsqueeze", "squeeze", "detach",
    "alias", "as_strided", "reshape", "_reshape_alias", "unbind", "split", "split_with_sizes", "chunk", "unflatten",
    "flatten", "contiguous", "to", "dropout", "empty", "empty_like", "empty_strided", "new_empty", "lift_fresh",
    "numpy_T",
})  # fmt: skip


class Launches(TorchDispatchMode):
    """Counts operations by name inside the block."""

    def __init__(self) -> None:
        super().__init__()
        self.names: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.split("::")[1]
        if name not in VIEWS:
            self.names[name] += 1
        return func(*args, **(kwargs or {}))

    @property
    def total(self) -> int:
        return sum(self.names.values())
