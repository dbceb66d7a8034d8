"""Seconds a picture and peak memory of every diffusion try-on backend on this GPU, beside its authors' own way.

    python -m benchmarks.transfer_gpu [--only fashn-vton,catvton] [--seconds-budget 180] [--options eager,samples,...]

Networks have random weights at the published models' sizes and are built on the device: nothing is downloaded. One JSON
line a backend as soon as it is known: seconds for its default steps at its own size, ours and with the work that the
authors' code does besides, their ratio, peak memory, and how far the two pictures are apart. One more line for every
option. Text and image encoders are left out: they run once. `--tiny` is the same on a CPU with toy networks.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from benchmarks.bare import without_picture_libraries

without_picture_libraries()

from benchmarks.transfer_parts import Bench, Built, Unsupported  # noqa: E402
from benchmarks.transfer_scale import REAL, TINY  # noqa: E402
from benchmarks.transfer_systems import BENCHES  # noqa: E402
from benchmarks.transfer_ways import step_by_step  # noqa: E402

OPTIONS = ("channels_last", "cudnn", "flash", "efficient", "eager", "samples", "compile")
SAMPLES = 4
SHORT, LONG = 2, 5  # steps of the two runs from which longer ones are told
WHOLE = 8.0  # seconds up to which the default number of steps is run in full
COMPILING = 45.0  # seconds that compiling is expected to take


@dataclass(frozen=True)
class Measured:
    """One way of running."""

    seconds: float  # for the default steps
    step: float  # seconds
    peak: float  # GiB
    whole: bool  # the default steps were run, not extrapolated
    pictures: Tensor  # of a run of LONG steps


class Stopwatch:
    """What is left of the time."""

    def __init__(self, budget: float) -> None:
        self.end = time.monotonic() + budget

    @property
    def left(self) -> float:
        return self.end - time.monotonic()


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = [bench.name for bench in BENCHES]
    parser.add_argument("--only", default=",".join(names), help="names, separated by commas")
    parser.add_argument("--seconds-budget", type=float, default=180.0)
    parser.add_argument("--options", default=",".join(o for o in OPTIONS if o != "compile"), help=", ".join(OPTIONS))
    parser.add_argument("--tiny", action="store_true", help="toy networks on the CPU")
    arguments = parser.parse_args(argv)
    wanted = [name for name in arguments.only.split(",") if name]
    options = [option for option in arguments.options.split(",") if option]
    unknown = sorted((set(wanted) - set(names)) | (set(options) - set(OPTIONS)))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; names: {', '.join(names)}; options: {', '.join(OPTIONS)}")
    if not arguments.tiny and not torch.cuda.is_available():
        parser.error("there is no GPU here; --tiny runs toy networks on the CPU")
    device = "cpu" if arguments.tiny else "cuda"
    watch = Stopwatch(arguments.seconds_budget)
    say(machine=torch.cuda.get_device_name() if device == "cuda" else "cpu", torch=torch.__version__)
    with torch.inference_mode():
        for name in wanted:
            bench = next(bench for bench in BENCHES if bench.name == name)
            measured(bench, device, options, watch)
    return 0


def measured(bench: Bench, device: str, options: Sequence[str], watch: Stopwatch) -> None:
    """All lines of one backend. An error is a line too: the others go on."""
    if watch.left <= 0:
        say(name=bench.name, skipped="no time left")
        return
    scale, dtype = (REAL, bench.dtype) if device == "cuda" else (TINY, torch.float32)
    steps = bench.spec.steps[2]
    try:
        built = bench.build(scale, device, dtype)
        run(built, 1, 1, device)  # libraries choose their kernels
        with built.upstream():
            theirs = timed(built, steps, 1, device, watch)
        ours = timed(built, steps, 1, device, watch)
        say(
            name=bench.name,
            size=list(bench.size if device == "cuda" else (scale.width, scale.height)),
            dtype=str(dtype).removeprefix("torch."),
            steps=steps,
            seconds=round(ours.seconds, 3),
            upstream_seconds=round(theirs.seconds, 3),
            ratio=round(theirs.seconds / ours.seconds, 3),
            step_ms=round(ours.step * 1000, 1),
            peak_gib=round(ours.peak, 2),
            upstream_peak_gib=round(theirs.peak, 2),
            apart=apart(ours, theirs),
            whole_run=ours.whole,
            upstream_does_besides=built.differs,
        )
        for option in options:
            with_option(bench, built, option, (ours, theirs), steps, device, watch)
    except torch.cuda.OutOfMemoryError:
        say(name=bench.name, failed="out of memory")
    except Exception as error:  # noqa: BLE001  one backend's failure is a line, not the end
        say(name=bench.name, failed=f"{type(error).__name__}: {error}"[:300])
    finally:
        built = None  # type: ignore[assignment]
        gc.collect()
        if device == "cuda":
            torch.cuda.empty_cache()


def with_option(
    bench: Bench, built: Built, option: str, plain: tuple[Measured, Measured], steps: int, device: str, watch: Stopwatch
) -> None:
    """One line: ours with one option on."""
    ours, theirs = plain
    expected = ours.seconds * (1.5 if option != "samples" else 4) + (COMPILING if option == "compile" else 0)
    if watch.left < expected:
        say(name=bench.name, option=option, skipped=f"needs about {expected:.0f} s, {max(0.0, watch.left):.0f} s left")
        return
    samples = SAMPLES if option == "samples" else 1
    try:
        with ExitStack() as stack:
            for context in WAYS[option](built, device):
                stack.enter_context(context)
            run(built, SHORT, samples, device)
            found = timed(built, steps, samples, device, watch)
    except Unsupported as why:
        say(name=bench.name, option=option, skipped=str(why))
        return
    except Exception as error:  # noqa: BLE001  as above
        say(name=bench.name, option=option, failed=f"{type(error).__name__}: {error}"[:300])
        return
    say(
        name=bench.name,
        option=option,
        seconds=round(found.seconds / samples, 3),
        ratio=round(theirs.seconds * samples / found.seconds, 3),
        peak_gib=round(found.peak, 2),
        apart=apart(found, ours) if samples == 1 else None,
    )


# ------------------------------------------------------------------------------------------ measuring


def timed(built: Built, steps: int, samples: int, device: str, watch: Stopwatch) -> Measured:
    """Seconds for the default steps: run in full where that is short, else told from two runs."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    short, _ = run(built, SHORT, samples, device)
    long, pictures = run(built, LONG, samples, device)
    step = max(0.0, (long - short) / (LONG - SHORT))
    seconds, whole = long + (steps - LONG) * step, False
    if seconds < min(WHOLE, 0.2 * watch.left) and steps >= LONG:
        seconds, whole = run(built, steps, samples, device)[0], True
    peak = torch.cuda.max_memory_allocated() / 1024**3 if device == "cuda" else 0.0
    return Measured(seconds, step, peak, whole, pictures)


def run(built: Built, steps: int, samples: int, device: str) -> tuple[float, Tensor]:
    """Seconds of one picture (or several at once), and the pictures."""
    synchronize(device)
    start = time.perf_counter()
    pictures = built.ours(steps, samples)
    synchronize(device)
    seconds = time.perf_counter() - start
    place = getattr(built.system, "place", None)
    if place is not None:
        place.give_back()  # as after every order: the next one captures its steps again
    return seconds, pictures.float().cpu()


def synchronize(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def apart(one: Measured, other: Measured) -> float | None:
    """Root mean square of the difference of two pictures, as a share of their own spread."""
    spread = float(other.pictures.std())
    difference = float((one.pictures - other.pictures).pow(2).mean().sqrt())
    return float(f"{difference / spread:.2g}") if spread > 0 else None


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


# -------------------------------------------------------------------------------------------- options


def channels_last(built: Built, device: str) -> list[Any]:
    @contextmanager
    def stored() -> Iterator[None]:
        convolutional = [net for net in built.networks if any(p.ndim == 4 for p in net.parameters())]
        if not convolutional:
            raise Unsupported("it has no convolutions")
        for net in convolutional:
            net.to(memory_format=torch.channels_last)
        try:
            yield
        finally:
            for net in convolutional:
                net.to(memory_format=torch.contiguous_format)

    return [stored()]


def attention(name: str) -> Callable[[Built, str], list[Any]]:
    """Scaled dot product attention by one library."""

    def way(built: Built, device: str) -> list[Any]:
        from torch.nn.attention import SDPBackend, sdpa_kernel

        if device != "cuda":
            raise Unsupported("needs a GPU")
        # Heads that the first cannot take go to the next.
        first = getattr(SDPBackend, name)
        rest = [b for b in (SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH) if b != first]
        return [sdpa_kernel([first, *rest], set_priority=True)]

    return way


def several(built: Built, device: str) -> list[Any]:
    return []


def eager(built: Built, device: str) -> list[Any]:
    """Without CUDA graphs."""
    if device != "cuda":
        raise Unsupported("needs a GPU")
    if not hasattr(built.system, "place"):
        raise Unsupported("its steps are not captured")
    return [step_by_step(built.system)]


def compiled(built: Built, device: str) -> list[Any]:
    """Transformer blocks by torch.compile: all of them share what is compiled once."""
    if device != "cuda":
        raise Unsupported("needs a GPU")

    @contextmanager
    def blocks() -> Iterator[None]:
        repeated = ("BasicTransformerBlock", "ResnetBlock2D", "FluxTransformerBlock", "FluxSingleTransformerBlock",
                    "Flux2TransformerBlock", "Flux2SingleTransformerBlock", "QwenImageTransformerBlock")  # fmt: skip
        found = [m for net in built.networks for m in net.modules() if type(m).__name__ in repeated]
        torch._dynamo.config.cache_size_limit = 64
        for block in found:
            block.compile()
        try:
            yield
        finally:
            for block in found:
                block._compiled_call_impl = None

    return [blocks()]


WAYS: dict[str, Callable[[Built, str], list[Any]]] = {
    "channels_last": channels_last,
    "cudnn": attention("CUDNN_ATTENTION"),
    "flash": attention("FLASH_ATTENTION"),
    "efficient": attention("EFFICIENT_ATTENTION"),
    "eager": eager,
    "samples": several,
    "compile": compiled,
}


if __name__ == "__main__":
    sys.exit(main())
