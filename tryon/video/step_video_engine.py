"""Step-Video-TI2V as the shared runner films with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tryon.errors import WeightsMissing
from tryon.runtime.placing import Networks, arrange, read
from tryon.spec import Runtime
from tryon.transfer.diffusion import models
from tryon.transfer.diffusion.pictures import as_tensor
from tryon.transfer.diffusion.sampling import Noise
from tryon.video.diffusion import decoding
from tryon.video.diffusion.method import Shot
from tryon.video.diffusion.tap import Heard, tapped
from tryon.weights.files import model_files, read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.layout import locate

if TYPE_CHECKING:
    from torch import Tensor

    from tryon.nets.step_llm import StepTokenizer
    from tryon.nets.step_video import Words

SHIFT = 13.0  # of the schedule; upstream's own command (its parser's 7 is older)
MOTION = 5.0  # upstream's own; 2 is steady, 10 lively, 20 wild
CLIP_TOKENS = 77
GROUPS = 32  # of the autoencoder's norms, which no weight tells
# What upstream adds to every sentence, and what it avoids.
BETTER = (
    "画面中的主体动作表现生动自然、画面流畅、生动细节、光线统一柔和、超真实动态捕捉、大师级运镜、整体不变形、"
    "超高清、画面稳定、逼真的细节、专业级构图、超细节、清晰。"
)
NEGATIVE = (
    "动画、模糊、变形、毁容、低质量、拼贴、粒状、标志、抽象、插图、计算机生成、扭曲、"
    "动作不流畅、面部有褶皱、表情僵硬、畸形手指"
)


def scheduler(shift: float) -> Any:
    """Flow matching by Euler's method."""
    from diffusers import FlowMatchEulerDiscreteScheduler

    return FlowMatchEulerDiscreteScheduler(shift=shift)


@dataclass(frozen=True, eq=False)
class StepVideo:
    """Loaded networks: an engine of the runner."""

    networks: Networks
    pieces: StepTokenizer  # Step-LLM's
    words: Any  # the bilingual text tower's tokenizer
    dtype: Any

    @property
    def tokenizer(self) -> Any:
        return self.pieces

    @property
    def vae(self) -> Any:
        return self.networks.vae

    def steps(self, shot: Shot) -> int:
        return shot.steps

    def first(self, shot: Shot) -> Tensor:
        return self._encoded(shot, Noise(shot.scene.seed))[0, 0]

    def denoised(self, shot: Shot, heard: Heard) -> Tensor:
        from tryon.nets.step_video import sample
        from tryon.nets.step_video_vae import FRAMES, LATENTS

        noise = Noise(shot.scene.seed)
        words = self.read(shot)
        first = self._encoded(shot, noise)
        shape = (1, shot.frames // FRAMES * LATENTS, *first.shape[2:])
        steps = scheduler(SHIFT)
        with tapped(steps, heard):
            return sample(
                self.networks.transformer,
                steps,
                noise.draw("film", shape).to(shot.device),
                first,
                words,
                steps=shot.steps,
                guidance=shot.guidance,
                motion=MOTION,
                dtype=self.dtype,
            )

    def clean(self, latents: Tensor, shot: Shot) -> Tensor:
        return latents[0].transpose(0, 1)

    def decoded(self, latents: Tensor, shot: Shot) -> Iterator[Tensor]:
        decoding.fetched(self.vae)
        for piece in self.vae.decode(decoding.placed(self.vae, latents)):
            yield piece[0].transpose(0, 1).float().cpu()

    def free(self) -> None:
        self.networks.maybe_free_model_hooks()

    def read(self, shot: Shot) -> Words:
        """The sentence and what is to be avoided, by both text networks; the bilingual one's words all count."""
        import torch

        from tryon.nets.step_video import Words

        llm, clip, masks = [], [], []
        for text in (shot.prompt + BETTER, shot.negative):
            ids, mask = self.pieces.filled(text)
            llm.append(self.networks.text_encoder(ids.to(shot.device)).float())
            seen = self.words(
                text, padding="max_length", max_length=CLIP_TOKENS, truncation=True, return_tensors="pt"
            ).to(shot.device)
            tower = self.networks.text_encoder_2
            clip.append(tower(seen["input_ids"], attention_mask=seen["attention_mask"]).last_hidden_state.float())
            masks.append(torch.cat([torch.ones(1, CLIP_TOKENS, dtype=torch.long), mask], dim=1))
        return Words(torch.cat(llm), torch.cat(clip), torch.cat(masks))

    def _encoded(self, shot: Shot, noise: Noise) -> Tensor:
        """(1, 1, c, h, w), drawn."""
        decoding.fetched(self.vae)
        mean, spread = self.vae.encode(decoding.placed(self.vae, as_tensor(shot.picture)[None]))
        return (mean + spread * noise.draw("picture", tuple(mean.shape)).to(mean)).float()


def open_engine(runtime: Runtime) -> StepVideo:
    """Raises what the weights room raises."""
    import torch
    from transformers import BertTokenizer

    from tryon.nets.step_llm import StepTokenizer

    spec, plan = runtime.spec, runtime.memory
    assert spec.footprint is not None
    folder = locate(runtime)[spec.weights[0].repo]
    dtype = getattr(torch, plan.dtype)
    opened: dict[str, Any] = {"title": spec.title, "dtype": dtype}
    bilingual = folder / "hunyuan_clip"
    makers: dict[str, Callable[[], Any]] = {
        "text_encoder": lambda: open_llm(folder / "step_llm", **opened),
        "text_encoder_2": lambda: models.bert(bilingual / "clip_text_encoder", title=spec.title, dtype=torch.float32),
        "transformer": lambda: open_denoiser(folder / "transformer", **opened),
        "vae": lambda: open_autoencoder(folder / "vae/vae_v2.safetensors", **opened),
    }
    networks = Networks(**read(spec.footprint, plan, runtime.device, makers))
    arrange(networks, spec.footprint, plan, runtime.device)
    pieces = folder / "step_llm/step1_chat_tokenizer.model"
    if not pieces.is_file():
        raise WeightsMissing(model=spec.title, missing=f"the file {pieces.name} is not there", instead=INSTEAD)
    words = BertTokenizer.from_pretrained(str(bilingual / "tokenizer"), local_files_only=True)
    return StepVideo(networks, StepTokenizer(str(pieces)), words, dtype)


def open_denoiser(folder: Path, *, title: str, dtype: Any) -> Any:
    """From the shards of its folder. Raises WeightsMissing when they are another model's."""
    from tryon.nets.step_video import StepDenoiser, denoiser_params

    files = shards(folder, title)
    shapes: dict[str, tuple[int, ...]] = {}
    for path in files:
        shapes |= read_shapes(path, title=title)
    try:
        params = denoiser_params(shapes)
    except (KeyError, ValueError, ZeroDivisionError):
        raise _foreign(folder, title) from None
    return fill(built(lambda: StepDenoiser(params)), files, title=title, dtype=dtype)


def open_llm(folder: Path, *, title: str, dtype: Any) -> Any:
    """Step-LLM."""
    from tryon.nets.step_llm import LlmParams, StepLlm

    params = LlmParams.of(models.config(folder, title=title))
    return fill(built(lambda: StepLlm(params)), shards(folder, title), title=title, dtype=dtype)


def open_autoencoder(path: Path, *, title: str, dtype: Any, groups: int = GROUPS) -> Any:
    """Version 2 of the autoencoder. Raises WeightsMissing when the file is another model's."""
    from tryon.nets.step_video_vae import StepVae, vae_params

    shapes = read_shapes(path, title=title)
    try:
        params = vae_params(shapes, groups)
    except (KeyError, ValueError):
        raise _foreign(path, title) from None
    return fill(built(lambda: StepVae(params)), [path], title=title, dtype=dtype)


def shards(folder: Path, title: str) -> list[Path]:
    """All files of tensors in a folder, however they are called."""
    return sorted(folder.glob("*.safetensors")) or model_files(folder, title=title)


def _foreign(path: Path, title: str) -> WeightsMissing:
    text = f"{path.name} is not what its authors publish under that name"
    return WeightsMissing(model=title, missing=text, instead=INSTEAD)
