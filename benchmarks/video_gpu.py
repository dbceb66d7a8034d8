"""How fast the video models are here: "3 s at 720 x 1280" for every backend that fits, next to plain diffusers.

    python benchmarks/video_gpu.py --only wan22-ti2v-5b,ltx-095-2b --seconds-budget 240

Nothing is downloaded: the published networks are built at their real size with drawn weights, straight on the device.
Speed does not depend on their values, but for caches, whose figures are marked so. The product's own code runs them:
its arguments, schedules, taps, decoding. Texts are drawn too, so the text encoder is not in these times.

A few steps are measured and told for a whole run ("extrapolated"). One line of JSON is printed for every backend and
option as soon as it is known: seconds for the film, seconds a step, encoding, decoding, peak memory (GiB), the ratio to
plain diffusers in the same process, and how far the measured run's frames are from plain's (PSNR, dB).

On a machine without a GPU `--tiny` runs the same code with shrunk networks; its times mean nothing.
"""

from __future__ import annotations

import argparse
import copy
import gc
import importlib
import importlib.util
import json
import math
import statistics
import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
if importlib.util.find_spec("cv2") is None:  # no picture is resized here, but modules that do so are imported
    sys.modules["cv2"] = types.ModuleType("cv2")

import numpy as np
import torch

from benchmarks.video_drawn import drawn, drawn_words, driven, extras
from benchmarks.video_options import CACHES, OPTIONS, Option, as_usual, leaving_out, switched
from benchmarks.video_published import SMALLEST, SYSTEMS, shrunk
from tryon.catalog import Entry, build_catalog
from tryon.runtime.film import film_frames, own_fps, own_frames, working_size
from tryon.runtime.memory import Free, memory_plan
from tryon.settings import Settings
from tryon.spec import Runtime, VideoSpec
from tryon.types import MemoryPlan
from tryon.video.diffusion import running
from tryon.video.diffusion.llama import with_its_spaces
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.speed import channels_last
from tryon.video.diffusion.tap import tapped

PLAIN = Settings(compile=False)  # the product compiles where it pays; here that is an option
# Compiling an autoencoder that streams took five minutes on a CPU: by itself, not among the usual.
DECODING = {"decoders": ("stream", "channels_last", "bf16"), "vae-compile": ("compiled",)}
USUAL = ("plain", "cudnn", "decoders", "fast", "compile", "best", "fp8", "paired", "flash",
         *(f"cache:{name}" for name in CACHES))  # fmt: skip
FEW_STEPS = {"wan21-i2v-480p": 4, "wan21-i2v-720p": 4, "wan22-i2v-a14b": 4, "hunyuanvideo15-480p": 8}


@dataclass
class Run:
    """What a measured run took."""

    first: float = 0.0  # s, everything up to the first step's end
    steps: list[float] = field(default_factory=list)  # s of each later step
    uneven: bool = False  # steps differ: what is told is their mean
    calls: float = 0.0  # of a denoiser, a step
    decode: float = 0.0  # s
    peak: float = 0.0  # GiB
    film: np.ndarray | None = None  # (f, h, w, 3) uint8
    latents: Any = None

    @property
    def step(self) -> float:
        middle = statistics.mean if self.uneven else statistics.median
        return middle(self.steps) if self.steps else self.first

    def seconds(self, steps: int) -> float:
        """Of a whole film with so many steps."""
        return max(0.0, self.first - self.step) + steps * self.step + self.decode


class Bench:
    """One backend with drawn weights on the device."""

    def __init__(self, entry: Entry, options: argparse.Namespace) -> None:
        assert isinstance(entry.spec, VideoSpec)
        self.entry, self.spec, self.options = entry, entry.spec, options
        self.device, self.tiny = options.device, options.tiny
        self.dtype = "float32" if self.device == "cpu" else self.spec.footprint.dtype  # type: ignore[union-attr]
        if "driving" in self.spec.reads:  # nobody's clip is here
            sys.modules[entry.load.__module__].driven = driven  # type: ignore[attr-defined]
        self.film = self._built()
        self.shot = self._shot()

    @property
    def pipe(self) -> Any:
        return self.film.engine.pipeline

    @property
    def denoisers(self) -> list[str]:
        return [part.name for part in self.spec.footprint.components if part.role == "denoiser"]  # type: ignore[union-attr]

    def _built(self) -> Any:
        """The product's own Film, its pipeline drawn instead of read."""
        plain = running.open_pipeline
        running.open_pipeline = lambda runtime, method: self._pipeline(method)  # type: ignore[assignment]
        try:
            plan = MemoryPlan(dtype=self.dtype)
            runtime = Runtime(spec=self.spec, device=self.device, dtype=self.dtype, memory=plan, settings=PLAIN)
            return self.entry.load(runtime)
        finally:
            running.open_pipeline = plain

    def _pipeline(self, method: Method) -> Any:
        import diffusers

        types = {part.name: part.dtype or self.dtype for part in self.spec.footprint.components}  # type: ignore[union-attr]
        parts: dict[str, Any] = {}
        for name, network in SYSTEMS[self.spec.name].items():
            if name.startswith("text_encoder"):
                continue
            network = shrunk(network) if self.tiny else network
            parts[name] = drawn(network, self.device, getattr(torch, types[name]))
        cls = getattr(diffusers, method.pipeline)
        parts |= extras(cls, parts)
        pipeline = cls(**parts)
        pipeline.set_progress_bar_config(disable=True)
        # The repair of Llama's tokenizer: there is none.
        return pipeline if method.opened is with_its_spaces else method.opened(pipeline)

    def _shot(self) -> Shot:
        width, height = working_size(self.spec, *self.options.size)
        fps = own_fps(self.spec, self.spec.fps[2])
        frames = own_frames(self.spec, film_frames(self.spec, self.options.seconds, fps), fps)
        if self.tiny:
            width, height = SMALLEST if self.spec.native else (2 * self.spec.stride, 3 * self.spec.stride)
            every = self.spec.frame_rule[0]
            frames = self.spec.frames[0] if every == 1 else min(frames, 2 * every + 1)
        picture = np.random.default_rng(0).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
        picture = picture.repeat(8, 0).repeat(8, 1)
        cloth = types.SimpleNamespace(pixels=np.full((64, 48, 3), 90, np.uint8))
        garment = types.SimpleNamespace(cutout=np.full((64, 48), 255, np.uint8), photo=cloth)
        scene = types.SimpleNamespace(seed=0, look=types.SimpleNamespace(garments=(garment,)), driving=self, prompt="")
        return Shot(
            spec=self.spec, scene=scene, picture=picture, width=width, height=height, frames=frames, fps=fps,  # type: ignore[arg-type]
            prompt="", negative="", steps=self.options.steps, guidance=self.spec.guidance[2], device=self.device,
        )  # fmt: skip

    def run(
        self, option: Option, *, guidance: float | None = None, plain: bool = False, steps: int | None = None
    ) -> Run:
        """So many steps (usually options.steps) and the decoding. `plain`: decoded whole, as the pipelines do."""
        steps = steps or self.options.steps
        shot = replace(self.shot, guidance=self.shot.guidance if guidance is None else guidance, steps=steps)
        switched(self.pipe, self.denoisers, option)
        method, result, marks = self.film.engine.method, Run(uneven=bool(option.cache)), []
        method.prepared(self.pipe, shot)

        def called(*_: Any) -> None:
            result.calls += 1

        counters = [getattr(self.pipe, name).register_forward_hook(called) for name in self.denoisers]
        with torch.no_grad(), leaving_out(self.pipe, self.denoisers, option.cache, steps) as stepped:

            def heard(clean: Callable[[], Any]) -> None:
                self._wait()
                marks.append(time.perf_counter())
                stepped()

            words = drawn_words(self.pipe, shot, self.device, getattr(torch, self.dtype))
            arguments = words | method.arguments(self.pipe, shot)
            self._reset()
            started = time.perf_counter()
            noise = torch.Generator("cpu").manual_seed(0)
            try:
                with tapped(self.pipe.scheduler, heard):
                    told = {"generator": noise, "output_type": method.output, "return_dict": False}
                    result.latents = self.pipe(**arguments, **told)[0]
            finally:
                for counter in counters:
                    counter.remove()
            self._wait()
            result.calls /= len(marks)
            result.first = marks[0] - started
            result.steps = [float(span) for span in np.diff(marks)]
            self._decoded(result, shot, plain)
        result.peak = self._peak()
        return result

    def _decoded(self, result: Run, shot: Shot, plain: bool) -> None:
        started = time.perf_counter()
        if plain and type(self.pipe.vae).__name__ == "AutoencoderKLWan" and self.film.engine.method.output == "latent":
            from tryon.video.diffusion.decoding import unnormalised, whole

            vae = self.pipe.vae
            ready = unnormalised(vae, result.latents.float())
            parts = [self.film.engine.method.unpacked(self.pipe, ready, shot)[None]]
            chunks = [chunk for part in parts for chunk in whole(vae, part)]
        else:
            chunks = list(self.film.engine.method.decode(self.pipe, result.latents, shot))
        self._wait()
        result.decode = time.perf_counter() - started
        film = torch.cat(chunks, dim=1)
        result.film = ((film.clamp(-1, 1) + 1) * 127.5).round().byte().permute(1, 2, 3, 0).numpy()

    def decoders(self, latents: Any, ways: tuple[str, ...]) -> Iterator[tuple[str, Run]]:
        """The latents decoded in other ways."""
        before = self.pipe.vae
        for name in ways:
            self.pipe.vae = vae = copy.deepcopy(before)  # halves are not made whole again
            if name == "compiled":
                vae.decoder.compile()
            if name == "channels_last":
                channels_last(vae)
            if name == "bf16":
                vae.to(torch.bfloat16)
            result = Run(latents=latents)
            with torch.no_grad():
                for _ in range(2):  # the first time kernels are chosen
                    self._reset()
                    self._decoded(result, self.shot, plain=False)
            result.peak = self._peak()
            yield name, result
        self.pipe.vae = before

    def close(self) -> None:
        self.film = None
        gc.collect()
        if self.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def _wait(self) -> None:
        if self.device.startswith("cuda"):
            torch.cuda.synchronize()

    def _reset(self) -> None:
        self._wait()
        if self.device.startswith("cuda"):
            torch.cuda.reset_peak_memory_stats()

    def _peak(self) -> float:
        return torch.cuda.max_memory_allocated() / 1024**3 if self.device.startswith("cuda") else 0.0


def psnr(one: np.ndarray | None, other: np.ndarray | None) -> float | None:
    """dB between two films; None where they are equal."""
    assert one is not None and other is not None
    error = float(((one.astype(np.float32) - other.astype(np.float32)) ** 2).mean())
    return None if error == 0 else round(10 * math.log10(255**2 / error), 1)


def report(bench: Bench, option: str, run: Run, steps: int, plain: Run, plain_steps: int, **more: Any) -> None:
    """One line."""
    whole, base = run.seconds(steps), plain.seconds(plain_steps)
    line = {
        "backend": bench.spec.name, "option": option, "worked_at": [bench.shot.width, bench.shot.height],
        "frames": bench.shot.frames, "steps": steps, "seconds": round(whole, 2), "s_per_step": round(run.step, 3),
        "encode_s": round(max(0.0, run.first - run.step), 2), "decode_s": round(run.decode, 2),
        "peak_gib": round(run.peak, 2), "ratio_to_plain": round(base / whole, 2) if whole else None,
        "psnr_db": psnr(run.film, plain.film) if run.film is not None and run.film.shape == plain.film.shape else None,  # type: ignore[union-attr]
        "extrapolated_from_steps": len(run.steps) + 1,
    }  # fmt: skip
    print(json.dumps(line | more), flush=True)


def measure(entry: Entry, options: argparse.Namespace, left: Callable[[], float]) -> None:
    """All options of one backend, as long as there is time: an option may take as long as the longest before it."""
    started = time.perf_counter()
    bench = Bench(entry, options)
    built = {"built_s": round(time.perf_counter() - started, 1)}
    longest = 0.0
    try:
        if options.warm_up:
            bench.run(OPTIONS["plain"], plain=True)
        plain = bench.run(OPTIONS["plain"], plain=True)
        report(bench, "plain", plain, bench.spec.steps[2], plain, bench.spec.steps[2], **built)
        longest = time.perf_counter() - started
        for name in options.options:
            before = time.perf_counter()
            if name == "plain":
                continue
            if left() < 1.3 * longest:
                print(json.dumps({"backend": bench.spec.name, "option": name, "skipped": "no time left"}), flush=True)
                continue
            try:
                tried(bench, name, plain)
            except Exception as error:  # noqa: BLE001  an option that this machine lacks must not end the others
                text = f"{type(error).__name__}: {str(error)[:160]}"
                print(json.dumps({"backend": bench.spec.name, "option": name, "failed": text}), flush=True)
            finally:
                if name in OPTIONS and OPTIONS[name].stays:
                    remade(bench)
                longest = max(longest, time.perf_counter() - before)
    finally:
        bench.close()


def tried(bench: Bench, name: str, plain: Run) -> None:
    """The lines of one option."""
    steps = bench.spec.steps[2]
    if name in DECODING:
        for way, run in bench.decoders(plain.latents, DECODING[name]):
            run.first, run.steps = plain.first, plain.steps
            report(bench, f"decode:{way}", run, steps, plain, steps)
        return
    if name == "fast":
        few = FEW_STEPS.get(bench.spec.name)
        if few is not None:
            run = bench.run(OPTIONS["plain"], guidance=1.0)
            report(bench, name, run, few, plain, steps, note="no guidance, as step-distilled variants run")
        return
    option, more = OPTIONS[name], {}
    if option.paired and plain.calls != 2:
        told = {"backend": bench.spec.name, "option": name, "skipped": f"{plain.calls:g} call a step as it is"}
        print(json.dumps(told), flush=True)
        return
    count = None
    if option.cache:  # two steps say nothing of what is left out between many
        count = bench.options.cache_steps
        plain = bench.run(OPTIONS["plain"], steps=count)
        more = {"note": "drawn weights: how often it hits, and at what cost, is not the real model's"}
    if option.speed.compiled:
        compiling = time.perf_counter()
        bench.run(option, steps=count)
        more["first_call_s"] = str(round(time.perf_counter() - compiling, 1))
        option = replace(option, speed=replace(option.speed, compiled=False), eight=False)  # it stays compiled
    report(bench, name, bench.run(option, steps=count), steps, plain, steps, **more)


def remade(bench: Bench) -> None:
    """The backend without any switch."""
    bench.close()
    as_usual()
    bench.film = bench._built()


def fits(entry: Entry, options: argparse.Namespace) -> bool:
    """Whether the whole model, without its text encoder, is on the card at once for this film."""
    if options.tiny or not torch.cuda.is_available():
        return True
    spec = entry.spec
    assert isinstance(spec, VideoSpec) and spec.footprint is not None
    parts = tuple(part for part in spec.footprint.components if part.role != "text")
    width, height = working_size(spec, *options.size)
    fps = own_fps(spec, spec.fps[2])
    frames = own_frames(spec, film_frames(spec, options.seconds, fps), fps)
    free = Free(torch.cuda.mem_get_info()[0] / 1024**3, 1e9)
    plan = memory_plan(replace(spec.footprint, components=parts), width * height / 1e6, frames, free)
    return plan is not None and plan.offload == "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="backends, comma separated; all that fit by default")
    parser.add_argument("--seconds-budget", type=float, default=240.0, help="begin nothing that would end later")
    parser.add_argument("--options", default=",".join(USUAL), help=f"of {', '.join((*OPTIONS, *DECODING))}, fast")
    parser.add_argument("--steps", type=int, default=2, help="steps that are measured, the first warms up")
    parser.add_argument("--cache-steps", type=int, default=12, help="steps that are measured with a cache")
    parser.add_argument("--size", default="720x1280")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--tiny", action="store_true", help="shrunk networks, for a CPU")
    parser.add_argument("--warm-up", action="store_true", help="one run before the first that counts")
    options = parser.parse_args()
    options.options = options.options.split(",")
    options.size = tuple(int(side) for side in options.size.split("x"))
    began = time.perf_counter()

    def left() -> float:
        return options.seconds_budget - (time.perf_counter() - began)

    importlib.import_module("diffusers").logging.set_verbosity_error()
    versions = {name: importlib.import_module(name).__version__ for name in ("torch", "diffusers", "transformers")}
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    print(json.dumps({"machine": card, "device": options.device, "tiny": options.tiny, **versions}), flush=True)
    wanted = options.only.split(",") if options.only else list(SYSTEMS)
    entries = {entry.spec.name: entry for entry in build_catalog().of("video")}
    for name in wanted:
        if name not in SYSTEMS or name not in entries:
            print(json.dumps({"backend": name, "skipped": "its networks are not described here"}), flush=True)
        elif not fits(entries[name], options):
            print(json.dumps({"backend": name, "skipped": "it is too large for this card as a whole"}), flush=True)
        elif left() < 5:
            print(json.dumps({"backend": name, "skipped": "no time left"}), flush=True)
        else:
            try:
                measure(entries[name], options, left)
            except Exception as error:  # noqa: BLE001  the next backend is measured all the same
                text = f"{type(error).__name__}: {str(error)[:300]}"
                print(json.dumps({"backend": name, "failed": text}), flush=True)


if __name__ == "__main__":
    main()
