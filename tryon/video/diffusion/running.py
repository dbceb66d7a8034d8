"""The run itself: a scene through a loaded pipeline, as events that can be closed at every step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from tryon.events import Event, FrameReady, Preview, Progress
from tryon.runtime.film import own_fps, own_frames, picks, working_size
from tryon.runtime.placing import give_back
from tryon.runtime.steps import Tap, as_steps
from tryon.spec import Runtime, VideoModel, VideoSpec
from tryon.types import Pixels, Scene
from tryon.video.diffusion.caching import Cache, cached
from tryon.video.diffusion.framing import Canvas, as_frames, framed
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.opening import open_pipeline
from tryon.video.diffusion.parallel import spread, wanted
from tryon.video.diffusion.speed import chosen, compiler_here, quicken
from tryon.video.diffusion.tap import Heard, LinearPreview, tapped
from tryon.video.diffusion.telling import told
from tryon.video.diffusion.tiny_preview import TinyPreview, tiny_preview

if TYPE_CHECKING:
    from torch import Tensor

DENOISING = 0.85  # share of the progress bar; the rest is decoding
PREVIEW_EVERY = 0.7  # seconds, at most so often
STRIP = 8  # frames of a preview's loop
STRIP_SIDE = 288  # px, longest side of a preview


class Engine(Protocol):
    """What a film is made with: a pipeline of diffusers, or networks with a loop of their own."""

    @property
    def tokenizer(self) -> Any:
        """Tells how many tokens a text has; None where the model reads none, or any length."""
        ...

    def steps(self, shot: Shot) -> int:
        """How often `heard` will be called."""
        ...

    def first(self, shot: Shot) -> Tensor | None:
        """The first frame's latents (C, h, w) as `clean` gives them, what previews are fitted to; None: no previews."""
        ...

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        """Latents of the film. `heard` is called with every step; what it raises must come through."""
        ...

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        """What `heard` was given -> (C, f, h, w)."""
        ...

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        """What `denoised` gave -> (3, f, h, w) in -1..1, float32 on the CPU, in the order of time."""
        ...

    def free(self) -> None:
        """After every run, also one that was broken off."""
        ...


def film_with(runtime: Runtime, method: Method) -> VideoModel:
    """Loads a backend. Raises what the weights room raises."""
    pipeline = open_pipeline(runtime, method)
    assert runtime.spec.footprint is not None
    denoisers = [part.name for part in runtime.spec.footprint.components if part.role == "denoiser"]
    processes = wanted(runtime)
    if processes > 1:
        spread(pipeline, denoisers, processes, runtime.device)
    quicken(pipeline, denoisers, chosen(runtime, can_compile=compiler_here(runtime.device)))
    return Film(runtime, Pipelined(method, pipeline), tiny_preview(pipeline.vae, runtime))


@dataclass(frozen=True, eq=False)
class Pipelined:
    """A pipeline of diffusers as an engine."""

    method: Method
    pipeline: Any

    @property
    def tokenizer(self) -> Any:
        return getattr(self.pipeline, self.method.tokenizer, None)

    def steps(self, shot: Shot) -> int:
        return self.method.steps(shot)

    def first(self, shot: Shot) -> Tensor | None:
        return None if self.method.latents is None else self.method.latents(self.pipeline, shot)

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        import torch

        pipe = self.pipeline
        self.method.prepared(pipe, shot)
        arguments = self._words(shot) | self.method.arguments(pipe, shot)
        # Drawn on the CPU: a seed means the same on every device.
        noise = torch.Generator("cpu").manual_seed(shot.scene.seed)
        assert shot.spec.footprint is not None
        denoisers = [part.name for part in shot.spec.footprint.components if part.role == "denoiser"]
        with cached(pipe, denoisers, Cache.read(shot.scene.cache), shot.steps) as stepped:

            def step(clean: Callable[[], Tensor]) -> None:
                heard(clean)
                stepped()

            with tapped(pipe.scheduler, step):
                return pipe(**arguments, generator=noise, output_type=self.method.output, return_dict=False)[0]

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        return self.method.unpacked(self.pipeline, latents, shot)

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        return self.method.decode(self.pipeline, latents, shot)

    def free(self) -> None:
        # diffusers does it on success only.
        self.pipeline.maybe_free_model_hooks()

    def _words(self, shot: Shot) -> dict[str, Any]:
        if not shot.spec.prompted:
            return {}
        if self.method.encode is not None:
            return self.method.encode(self.pipeline, shot)
        return {"prompt": shot.prompt, "negative_prompt": shot.negative}


@dataclass(frozen=True, eq=False)
class Film:
    """A loaded engine; called with a scene it films."""

    runtime: Runtime
    engine: Engine
    tiny: TinyPreview | None = None  # draws the previews; None: a linear fit does

    def __call__(self, scene: Scene) -> Iterator[Event]:
        """Previews, progress, then scene.frames FrameReady of the size asked for."""

        def free() -> None:
            self.engine.free()
            give_back(self.runtime.device)

        yield from as_steps(lambda tap: self._shoot(scene, tap), cleanup=free)

    def _shoot(self, scene: Scene, tap: Tap) -> None:
        import torch

        with torch.no_grad():
            shot, canvas = self._settled(scene, tap)
            latents = self._denoised(shot, canvas, tap)
            self._developed(latents, shot, canvas, tap)

    def _settled(self, scene: Scene, tap: Tap) -> tuple[Shot, Canvas]:
        """The scene at the model's own size, length and language."""
        spec = self.runtime.spec
        assert isinstance(spec, VideoSpec)
        tap.check()
        width, height = working_size(spec, scene.width, scene.height)
        canvas = Canvas.around(width, height, (scene.width, scene.height))
        box = canvas.inner
        picture = framed(scene.look.photo.pixels, scene.look.person.box, box.width, box.height)
        prompt, said = "", None
        if spec.prompted:
            prompt, said = told(scene, spec.prompting, spec.title, self.engine.tokenizer)
        if said is not None:
            tap(said)
        shot = Shot(
            spec=spec,
            scene=scene,
            picture=canvas.holding(picture),
            width=width,
            height=height,
            frames=own_frames(spec, scene.frames, scene.fps),
            fps=own_fps(spec, scene.fps),
            prompt=prompt,
            negative=spec.prompting.negative,
            steps=scene.steps,
            guidance=scene.guidance,
            device=self.runtime.device,
        )
        return shot, canvas

    def _denoised(self, shot: Shot, canvas: Canvas, tap: Tap) -> Tensor:
        tap.check()
        heard = Listener(self.engine.steps(shot), tap, self._previews(shot, canvas, tap))
        return self.engine.denoised(shot, heard)

    def _previews(self, shot: Shot, canvas: Canvas, tap: Tap) -> Callable[[Tensor], None] | None:
        """Turns the clean latents of a step into a loop and hands it out."""
        colours = self._colours(shot)
        if colours is None:
            return None

        def show(latents: Tensor) -> None:
            strip = _enlarged(colours(self.engine.clean(latents, shot)), canvas, shot.scene)
            tap(Preview("video", strip[len(strip) // 2], strip=strip))

        return show

    def _colours(self, shot: Shot) -> Callable[[Tensor], Pixels] | None:
        """(C, f, h, w) latents to at most STRIP frames (n, h, w, 3): by the tiny decoder where there is one, else by
        what the picture's own latents tell. None: nothing is known of the latents."""
        tiny = self.tiny
        if tiny is not None:  # needs all frames of the latents: each is drawn from those before
            return lambda clean: tiny(clean, STRIP_SIDE)[_places(clean.shape[1])]
        first = self.engine.first(shot)
        if first is None:
            return None
        linear = LinearPreview(first, shot.picture)
        return lambda clean: linear(clean[:, _places(clean.shape[1])])

    def _developed(self, latents: Tensor, shot: Shot, canvas: Canvas, tap: Tap) -> None:
        """Decodes; every frame that is settled goes out before the next are decoded."""
        scene, done, first, last = shot.scene, 0, 0, None
        shown, started = picks(shot.frames, scene.frames, scene.fps, shot.fps), time.monotonic()
        for chunk in self.engine.decoded(latents, shot):
            tap.check()
            frames = as_frames(chunk.numpy())
            while done < len(shown) and shown[done] < first + len(frames):
                last = canvas.film(frames[max(0, shown[done] - first)], scene.width, scene.height)
                tap(FrameReady(done, scene.frames, last))
                done += 1
            first += len(frames)
            share = min(1.0, first / shot.frames)
            left = (time.monotonic() - started) / share * (1 - share)
            tap(Progress("video", DENOISING + (1 - DENOISING) * share, left))
        # A model that gave fewer frames than its rule says: the last one stays.
        while last is not None and done < len(shown):
            tap(FrameReady(done, scene.frames, last))
            done += 1


@dataclass
class Listener:
    """Hears every step of the scheduler: reports progress and the time left, shows previews, and stops."""

    total: int
    tap: Tap
    show: Callable[[Tensor], None] | None
    times: list[float] = field(default_factory=list)
    shown: float = -1e9

    def __call__(self, clean: Callable[[], Tensor]) -> None:
        self.tap.check()
        self.times.append(time.monotonic())
        done = len(self.times)
        self.tap(Progress("video", DENOISING * min(1.0, done / self.total), self.left()))
        if self.show is not None and self.times[-1] - self.shown >= PREVIEW_EVERY:
            self.show(clean())
            self.shown = time.monotonic()

    def left(self) -> float | None:
        """Seconds of denoising left; the first steps warm up, so the middle one counts."""
        spans = np.diff(self.times)
        if not len(spans):
            return None
        return float(statistics.median(spans)) * max(0, self.total - len(self.times))


def _places(frames: int) -> NDArray[np.int64]:
    """STRIP of so many frames, evenly spread; all where there are fewer."""
    return np.unique(np.linspace(0, frames - 1, STRIP).round().astype(np.int64))


def _enlarged(strip: NDArray[np.uint8], canvas: Canvas, scene: Scene) -> NDArray[np.uint8]:
    """Latent-sized frames, cut to the film and enlarged."""
    scale = STRIP_SIDE / max(scene.width, scene.height)
    size = max(2, round(scene.width * scale)), max(2, round(scene.height * scale))
    x, y = strip.shape[2] / canvas.width, strip.shape[1] / canvas.height
    box = canvas.inner
    rows = slice(round(box.y0 * y), max(round(box.y0 * y) + 1, round(box.y1 * y)))
    columns = slice(round(box.x0 * x), max(round(box.x0 * x) + 1, round(box.x1 * x)))
    frames = [cv2.resize(frame[rows, columns], size, interpolation=cv2.INTER_CUBIC) for frame in strip]
    return np.stack(frames).astype(np.uint8)
