"""FastWan 2.2 TI2V 5B (FastVideo, 2025, https://hao-ai-lab.github.io/blogs/fastvideo_post_training/): three steps.

Distilled by distribution matching (DMD): each step says what the clean film is, and that is noised again for the next.
It was distilled as text to video; the picture is held as the first frame, as in the model that it comes from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tryon.spec import Runtime, VideoModel, Weights
from tryon.video.diffusion.method import Method, Shot
from tryon.video.diffusion.running import film_with
from tryon.video.wan import IMAGE, TI2V

SIGMAS = (1.0, 0.757, 0.522)  # the noise at which it was trained
SPEC = replace(
    TI2V,
    name="wan22-ti2v-5b-fast",
    title="FastWan 2.2 TI2V 5B, 3 steps",
    about="720p in three steps; distilled for text, so that it keeps the picture less well than the model in full.",
    source="https://hao-ai-lab.github.io/blogs/fastvideo_post_training/",
    weights=(Weights(repo="FastVideo/FastWan2.2-TI2V-5B-FullAttn-Diffusers", gib=34.0),),
    steps=(3, 3, 3),
    guidance=(1.0, 1.0, 1.0),
    rank=48,
)


def load(runtime: Runtime) -> VideoModel:
    """Raises what the weights room raises."""
    return film_with(runtime, METHOD)


def prepared(pipe: Any, shot: Shot) -> None:
    import torch
    from diffusers import FlowMatchEulerDiscreteScheduler

    # Drawn on the CPU, by a generator of its own: the pipeline gives its scheduler none.
    generator = torch.Generator("cpu").manual_seed(shot.scene.seed + 1)

    class Renoising(FlowMatchEulerDiscreteScheduler):  # type: ignore[misc]
        def set_timesteps(self, num_inference_steps: int | None = None, device: Any = None, **words: Any) -> None:
            super().set_timesteps(device=device, sigmas=list(SIGMAS))

        def step(self, model_output: Any, timestep: Any, sample: Any, return_dict: bool = True, **words: Any) -> Any:
            if self.step_index is None:
                self._init_step_index(timestep)
            now, after = (float(self.sigmas[self.step_index + step]) for step in (0, 1))
            clean = sample.float() - now * model_output.float()
            noise = torch.randn(sample.shape, generator=generator).to(clean)
            self._step_index += 1
            return (((1 - after) * clean + after * noise).to(sample.dtype),)

    pipe.scheduler = Renoising(shift=1.0)


METHOD: Method = replace(IMAGE, prepared=prepared)
