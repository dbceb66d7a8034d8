"""Tiny systems on disk, each laid out as its repository on the hub, with what is peculiar to the published files."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from tests.tiny.video import dits, fashion, hunyuan, ltx2, lvdm, open_sora, step_video, stiv, tokens, unet, wan


def write_repository(repo: str, folder: Path) -> None:
    """The repository's tiny twin in `folder`. Raises KeyError for a repository that nobody made a twin of."""
    copytree(_made(REPOSITORIES[repo]), folder, dirs_exist_ok=True)


@cache
def _made(twin: Twin) -> Path:
    """The twin's files, made once a process: networks are slow to make, and every module of tests wants them."""
    folder = Path(mkdtemp(dir=_TWINS.name))
    make, *finish = twin
    pipeline = make()
    half = fp16 in finish
    pipeline.save_pretrained(folder, variant="fp16" if half else "bf16" if bf16 in finish else None)
    for change in finish:
        change(folder)
    return folder


_TWINS = TemporaryDirectory(prefix="tiny-twins-")  # goes with the process


def loras(*files: str) -> Callable[[], Any]:
    """LoRAs alone, in the names of Wan's own code and of its trainers: down, up, and what is added to a bias."""

    class Files:
        def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
            for seed, file in enumerate(files):
                wan.write_lora(folder / file, seed)

    return Files


def fp16(folder: Path) -> None:
    """Stability publishes halves under names of their own, and the same weights again in one large file beside."""
    (folder / "svd.safetensors").write_bytes(b"not for us")


def bf16(folder: Path) -> None:
    """Only the denoiser is published with its type in the name."""
    for path in folder.rglob("*.bf16*"):
        if path.parent.name != "transformer":
            path.rename(path.with_name(path.name.replace(".bf16", "")))


def spiece(folder: Path) -> None:
    """T5's tokenizer as a sentencepiece model and nothing else, as early conversions have it."""
    import sentencepiece

    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([" ".join(tokens.CHARACTERS), tokens.CHARACTERS]), model_writer=written,
        model_type="char", vocab_size=120, hard_vocab_limit=False, character_coverage=1.0, pad_id=0, eos_id=1,
        unk_id=2, bos_id=-1, minloglevel=2,
    )  # fmt: skip
    (folder / "tokenizer/spiece.model").write_bytes(written.getvalue())
    (folder / "tokenizer/tokenizer.json").unlink()


def old_llama(folder: Path) -> None:
    """The tokenizer's class as HunyuanVideo's repositories name it, which transformers 5 reads wrongly."""
    _edit(folder / "tokenizer/tokenizer_config.json", tokenizer_class="LlamaTokenizerFast")
    _edit(folder / "model_index.json", tokenizer=["transformers", "LlamaTokenizerFast"])


def _edit(path: Path, **values: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def llama_only(folder: Path) -> None:
    """HunyuanVideo's own repository, of which FramePack takes everything but its transformer."""
    import shutil

    index = json.loads((folder / "model_index.json").read_text())
    for part in ("image_encoder", "feature_extractor"):
        shutil.rmtree(folder / part)
        del index[part]
    index |= {"_class_name": "HunyuanVideoPipeline", "transformer": ["diffusers", "HunyuanVideoTransformer3DModel"]}
    shutil.rmtree(folder / "transformer")
    (folder / "model_index.json").write_text(json.dumps(index))


def part(make: Callable[[], Any], name: str) -> Callable[[], Any]:
    """One network of a system, published alone."""
    return lambda: getattr(make(), name)


def part_below(make: Callable[[], Any], *names: str) -> Callable[[], Any]:
    """Some parts of a system, each in its folder, without an index."""

    class Parts:
        def save_pretrained(self, folder: Path, variant: str | None = None) -> None:
            system = make()
            for name in names:
                getattr(system, name).save_pretrained(folder / name, variant=variant)

    return Parts


Twin = tuple[Callable[..., Any], ...]  # what makes the system, then what is done to its files
# Of repositories that share one, so that it is made once.
SVD_25, DYNAMICRAFTER = partial(unet.svd, 25), partial(lvdm.Checkpoint, "dynamicrafter")
REPOSITORIES: Mapping[str, Twin] = {
    "stabilityai/stable-video-diffusion-img2vid": (unet.svd, fp16),
    "stabilityai/stable-video-diffusion-img2vid-xt": (SVD_25, fp16),
    "stabilityai/stable-video-diffusion-img2vid-xt-1-1": (SVD_25, fp16),
    "THUDM/CogVideoX-5b-I2V": (dits.cogvideox, spiece),
    "THUDM/CogVideoX1.5-5B-I2V": (dits.cogvideox15, spiece),
    "genmo/mochi-1-preview": (dits.mochi, spiece, bf16),
    "Lightricks/LTX-Video-0.9.8-13B-distilled": (dits.ltx, spiece),
    "Lightricks/LTX-Video-0.9.5": (dits.ltx, spiece),
    "rootonchair/LTX-2-19b-distilled": (ltx2.ltx2,),
    "Wan-AI/Wan2.1-T2V-1.3B-Diffusers": (wan.t2v,),
    "Wan-AI/Wan2.1-I2V-14B-480P-Diffusers": (wan.i2v,),
    "Wan-AI/Wan2.1-I2V-14B-720P-Diffusers": (wan.i2v,),
    "Wan-AI/Wan2.1-FLF2V-14B-720P-diffusers": (wan.flf2v,),
    "Wan-AI/Wan2.1-VACE-1.3B-diffusers": (wan.vace,),
    "Wan-AI/Wan2.1-VACE-14B-diffusers": (wan.vace,),
    "Wan-AI/Wan2.2-I2V-A14B-Diffusers": (wan.i2v_a14b,),
    "Wan-AI/Wan2.2-TI2V-5B-Diffusers": (wan.ti2v_5b,),
    "FastVideo/FastWan2.2-TI2V-5B-FullAttn-Diffusers": (wan.ti2v_5b,),
    "Wan-AI/Wan2.2-Animate-14B-Diffusers": (wan.animate,),
    "lightx2v/Wan2.1-Distill-Loras": (loras("wan2.1_i2v_lora_rank64_lightx2v_4step.safetensors"),),
    "lightx2v/Wan2.2-Distill-Loras": (
        loras(
            "wan2.2_i2v_A14b_high_noise_lora_rank64_lightx2v_4step_1022.safetensors",
            "wan2.2_i2v_A14b_low_noise_lora_rank64_lightx2v_4step_1022.safetensors",
        ),
    ),
    "Skywork/SkyReels-V2-I2V-1.3B-540P-Diffusers": (wan.skyreels_v2,),
    "Skywork/SkyReels-V2-I2V-14B-540P-Diffusers": (wan.skyreels_v2,),
    "Efficient-Large-Model/SANA-Video_2B_480p_diffusers": (wan.sana,),
    "hunyuanvideo-community/HunyuanVideo-I2V": (hunyuan.i2v, old_llama),
    "hunyuanvideo-community/HunyuanVideo": (hunyuan.framepack, old_llama, llama_only),
    "lllyasviel/FramePack_F1_I2V_HY_20250503": (part(hunyuan.framepack, "transformer"),),
    "lllyasviel/flux_redux_bfl": (part_below(hunyuan.framepack, "image_encoder", "feature_extractor"),),
    "hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v": (hunyuan.i2v_15,),
    "hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-720p_i2v": (hunyuan.i2v_15,),
    "hunyuanvideo-community/HunyuanVideo-1.5-Diffusers-480p_i2v_step_distilled": (
        partial(hunyuan.i2v_15, meanflow=True),
    ),
    "Doubiiu/DynamiCrafter": (partial(lvdm.Checkpoint, "dynamicrafter_256"),),
    "Doubiiu/DynamiCrafter_512": (DYNAMICRAFTER,),
    "Doubiiu/DynamiCrafter_1024": (DYNAMICRAFTER,),
    "Doubiiu/DynamiCrafter_512_Interp": (partial(lvdm.Checkpoint, "dynamicrafter_interp"),),
    "Kijai/DynamiCrafter_pruned": (lvdm.Pruned,),
    "VideoCrafter/VideoCrafter2": (partial(lvdm.Checkpoint, "videocrafter2"),),
    "VideoCrafter/Image2Video-512": (partial(lvdm.Checkpoint, "videocrafter1_i2v"),),
    "laion/CLIP-ViT-H-14-laion2B-s32B-b79K": (lvdm.OpenClip,),
    "1702609/FashionFlow": (partial(fashion.Folder, fashion.fashionflow),),
    "congwe11/x2fashion": (partial(fashion.Folder, fashion.x2fashion),),
    "CompVis/stable-diffusion-v1-4": (partial(fashion.Folder, fashion.autoencoder, "vae"),),
    "stabilityai/sd-vae-ft-mse": (partial(fashion.Folder, fashion.autoencoder),),
    "openai/clip-vit-base-patch32": (partial(fashion.Folder, fashion.vision),),
    "openai/clip-vit-large-patch14": (partial(fashion.Folder, fashion.text),),
    "hpcai-tech/Open-Sora-v2": (open_sora.OpenSora,),
    "hpcai-tech/Open-Sora-v2-Video-DC-AE": (open_sora.Draft,),
    "stepfun-ai/stepvideo-ti2v": (step_video.StepVideo,),
    "own/stiv-xl": (stiv.Own,),
    "own/stiv-xxl": (stiv.Own,),
    "own/stiv-m": (stiv.Own,),
    "stabilityai/stable-diffusion-xl-base-1.0": (stiv.Sdxl,),
}  # fmt: skip


def write_repositories(repos: Iterable[str], root: Path) -> Path:
    """Each repository's twin in root/owner/name."""
    for repo in dict.fromkeys(repos):
        write_repository(repo, root / repo)
    return root
