"""A network's call as one CUDA graph.

A step of a UNet is thousands of kernels, and on a fast card starting them one by one may take longer than running
them: on an H100 Leffa took 76 to 98 ms a step with the same kernels, IDM-VTON 140 to 180 ms. Off until it is
seen to pay on a card (Settings.graphs).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

log = logging.getLogger(__name__)
WARM_UPS = 1  # calls before capturing, in which libraries choose their kernels
KEPT = 2  # captured shapes; each holds the values of a whole call


class Graphed:
    """A function of tensors, captured once for each shape of its inputs and replayed afterwards, bit for bit the same.

    Everything that changes between calls must be an argument, and networks that it calls must stay where they are.
    None may stand for an argument. On a CPU, and where capturing fails, it is the function itself.
    """

    def __init__(self, function: Callable[..., Tensor], *, on: bool) -> None:
        self._function = function
        self._on = on
        self._captured: dict[Any, tuple[Any, tuple[Tensor | None, ...], Tensor]] = {}

    def __call__(self, *given: Tensor | None) -> Tensor:
        if not self._on:
            return self._function(*given)
        key = tuple(None if one is None else (tuple(one.shape), one.dtype) for one in given)
        if key not in self._captured and not self._capture(key, given):
            return self._function(*given)
        graph, inputs, output = self._captured[key]
        for kept, one in zip(inputs, given, strict=True):
            if kept is not None and one is not None:
                kept.copy_(one)
        graph.replay()
        return output.clone()

    def free(self) -> None:
        """Forgets what was captured, and gives its memory back."""
        self._captured.clear()

    def _capture(self, key: Any, given: tuple[Tensor | None, ...]) -> bool:
        import torch

        while len(self._captured) >= KEPT:
            self._captured.pop(next(iter(self._captured)))
        try:
            inputs = tuple(None if one is None else one.detach().clone() for one in given)
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(WARM_UPS):
                    self._function(*inputs)
            torch.cuda.current_stream().wait_stream(stream)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                output = self._function(*inputs)
        except torch.cuda.OutOfMemoryError:
            self._captured.clear()
            self._on = False
            torch.cuda.empty_cache()
            log.warning("no memory for a CUDA graph; going on without")
            return False
        except RuntimeError as error:
            self._on = False
            log.warning("a CUDA graph could not be captured (%s); going on without", type(error).__name__)
            return False
        self._captured[key] = graph, inputs, output
        return True
