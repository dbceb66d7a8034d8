"""ZeroGPU: the one place that knows of the `spaces` package.

On a ZeroGPU Space every call of a wrapped function runs in a forked child that has the GPU for a while;
arguments and yields are pickled, and a cancel reaches the child after its next yield. So what is wrapped is a
generator of events that yields at every step, and nothing else crosses the border. Anywhere else `gpu`
returns the function itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from typing import ParamSpec

from tryon.events import Event

P = ParamSpec("P")

SHORTEST, LONGEST = 15, 300  # s of GPU time that are asked for


def on_zero_gpu(environ: Mapping[str, str] | None = None) -> bool:
    """Whether this process runs on a ZeroGPU Space and has the package that it needs there."""
    environ = os.environ if environ is None else environ
    asked = environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "yes")
    return asked and importlib.util.find_spec("spaces") is not None


def gpu(
    function: Callable[P, Iterator[Event]], seconds: Callable[P, float] | None = None
) -> Callable[P, Iterator[Event]]:
    """`function` with the GPU on ZeroGPU, unchanged elsewhere.

    `seconds` gets the call's own arguments and says how long it may take; the quota of whoever called is
    charged for it. TypeError when `function` is not a generator function: its cancel would never arrive.
    """
    if not inspect.isgeneratorfunction(function):
        raise TypeError("only generator functions can be stopped on ZeroGPU")
    if not on_zero_gpu():
        return function
    spaces = importlib.import_module("spaces")

    def duration(*args: P.args, **kwargs: P.kwargs) -> int:
        wanted = 60.0 if seconds is None else seconds(*args, **kwargs)
        return round(min(max(wanted, SHORTEST), LONGEST))

    wrapped: Callable[P, Iterator[Event]] = spaces.GPU(duration=duration)(function)
    return wrapped
