"""Stock diffusers and transformers models from folders laid out as on the hub, loaded strictly.

Only the libraries' classes are used, never their pipelines: each backend's own loop is short, and every weight is
accounted for by name.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing
from tryon.weights.files import model_files, read_shapes
from tryon.weights.fill import built, fill
from tryon.weights.hub import INSTEAD
from tryon.weights.rules import OLD_VAE, TEXT_ENCODER, Rules, below

CLIP_PROJECTIONS = (r"^(text|visual)_projection\.", r"^logit_scale$")


def config(folder: Path, name: str = "config.json", *, title: str) -> dict[str, Any]:
    """A JSON file of settings. Raises WeightsMissing when it is not there or no object."""
    try:
        values = json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        values = None
    if not isinstance(values, dict):
        raise WeightsMissing(model=title, missing=f"{folder.name}/{name} cannot be read", instead=INSTEAD)
    return values


def unet(folder: Path, *, title: str, dtype: Any, unused: tuple[str, ...] = (), **changes: Any) -> Any:
    """A UNet2DConditionModel with its own weights; `changes` replace values of its configuration, weights that match
    `unused` are left in the file."""
    made = empty_unet(folder, title=title, **changes)
    return fill(made, model_files(folder, title=title), title=title, dtype=dtype, unused=unused)


def empty_unet(folder: Path, *, title: str, **changes: Any) -> Any:
    """A UNet2DConditionModel without memory for its weights."""
    from diffusers import UNet2DConditionModel

    return _made(UNet2DConditionModel, {**config(folder, title=title), **changes}, title)


def empty_motion_unet(folder: Path, *, title: str, **changes: Any) -> Any:
    """A UNetMotionModel without memory for its weights: a UNet's configuration with a motion module (8 heads, up to 32
    frames) after every block, the middle one too."""
    from diffusers import UNetMotionModel

    values = {**config(folder, title=title), **changes}
    # In the old configurations of Stable Diffusion 1.x this is the number of heads.
    heads = values.get("num_attention_heads") or values.get("attention_head_dim", 8)
    for side in ("down", "up"):
        kinds = values.get(f"{side}_block_types", _SD15_BLOCKS[side])
        values[f"{side}_block_types"] = tuple(kind.replace("2D", "Motion") for kind in kinds)
    motion = {"motion_max_seq_length": 32, "motion_num_attention_heads": 8, "use_motion_mid_block": True}
    return _made(UNetMotionModel, {**values, **motion, "num_attention_heads": heads}, title)


_SD15_BLOCKS = {
    "down": (*["CrossAttnDownBlock2D"] * 3, "DownBlock2D"),
    "up": ("UpBlock2D", *["CrossAttnUpBlock2D"] * 3),
}


def sized(make: Callable[[Any], Any], shapes: Any, title: str) -> Any:
    """A network without memory for its weights, made after the shapes of published ones."""
    try:
        return built(lambda: make(shapes))
    except (KeyError, IndexError, ValueError):
        raise WeightsMissing(model=title, missing="its file holds another network", instead=INSTEAD) from None


def add_image_adapter(unet: Any, tokens: int, scale: float = 1.0) -> None:
    """Gives every cross-attention of a UNet keys and values for `tokens` image tokens beside the text's (IP-Adapter),
    whose share is `scale`. Its encoder_hidden_states is (text, [image tokens (n, 1, tokens, width)]) then."""
    from diffusers.models.attention_processor import IPAdapterAttnProcessor2_0

    def adapter(attention: Any) -> Any:
        return built(
            lambda: IPAdapterAttnProcessor2_0(
                hidden_size=attention.inner_dim,
                cross_attention_dim=attention.cross_attention_dim,
                num_tokens=(tokens,),
                scale=scale,
            )
        )

    for name, module in list(unet.named_modules()):
        if name.endswith(".attn2"):
            module.set_processor(adapter(module))


def empty_resampler(files: list[Path], prefix: str, *, title: str, head: int = 64) -> Any:
    """IP-Adapter's Resampler without memory for its weights; its sizes are read off the published ones, but for the
    channels of an attention head, which are written nowhere."""
    from diffusers.models.embeddings import IPAdapterPlusImageProjection

    shapes = below({key: shape for path in files for key, shape in read_shapes(path, title=title).items()}, prefix)
    try:
        return built(
            lambda: IPAdapterPlusImageProjection(
                embed_dims=shapes["proj_in.weight"][1],
                output_dims=shapes["proj_out.weight"][0],
                hidden_dims=shapes["latents"][2],
                depth=1 + max(int(key.split(".")[1]) for key in shapes if key.startswith("layers.")),
                dim_head=head,
                heads=shapes["layers.0.0.to_q.weight"][0] // head,
                num_queries=shapes["latents"][1],
                ffn_ratio=shapes["layers.0.1.1.weight"][0] / shapes["latents"][2],
            )
        )
    except (KeyError, ValueError):
        text = f"the weights {prefix}* that turn pictures into tokens are not there"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD) from None


def autoencoder(folder: Path, *, title: str, dtype: Any) -> Any:
    """An AutoencoderKL with its weights, in float32 where its configuration asks for that below bfloat16's range."""
    import torch

    made = empty_autoencoder(folder, title=title)
    if dtype == torch.float16 and made.config.force_upcast:
        dtype = torch.float32
    return fill(made, model_files(folder, title=title), title=title, dtype=dtype, rules=OLD_VAE)


def empty_autoencoder(folder: Path, *, title: str) -> Any:
    """An AutoencoderKL without memory for its weights."""
    from diffusers import AutoencoderKL

    return _made(AutoencoderKL, config(folder, title=title), title)


def scheduler(cls: Any, folder: Path, *, title: str, **changes: Any) -> Any:
    """A scheduler from its folder's scheduler_config.json; `changes` win over the file."""
    values = config(folder, "scheduler_config.json", title=title)
    return cls.from_config({key: value for key, value in values.items() if not key.startswith("_")}, **changes)


def text_encoder(folder: Path, *, title: str, dtype: Any, layers_less: int = 0) -> Any:
    """A CLIPTextModel without its last `layers_less` layers; the file may hold a whole CLIP model."""
    from transformers import CLIPTextConfig, CLIPTextModel

    values = _tower(folder, "text", title)
    count = values.get("num_hidden_layers", 12)
    settings = {**values, "num_hidden_layers": count - layers_less}
    left_out = tuple(rf"^text_model\.encoder\.layers\.{count - 1 - index}\." for index in range(layers_less))
    return fill(
        _constructed(lambda: CLIPTextModel(CLIPTextConfig(**settings)), title),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        rules=TEXT_ENCODER,
        unused=(*left_out, r"^vision_model\.", *CLIP_PROJECTIONS),
    )


def vision_tower(folder: Path, *, title: str, dtype: Any) -> Any:
    """A CLIPVisionModel with its weights; the file may hold a whole CLIP model."""
    return fill(
        empty_image_tower(folder, title=title),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        rules=((r"^vision_model\.", ""),),
        unused=(r"^text_model\.", *CLIP_PROJECTIONS),
    )


def t5_encoder(folder: Path, *, title: str, dtype: Any) -> Any:
    """A T5EncoderModel; the file may hold the decoder too."""
    from transformers import T5Config, T5EncoderModel

    values = _plain(folder, title)

    def twice(key: str, tensor: Any) -> Iterable[tuple[str, Any]]:
        """The embedding has two names, of which files hold one or both."""
        names = ("shared.weight", "encoder.embed_tokens.weight")
        return [(name, tensor) for name in names] if key in names else [(key, tensor)]

    return fill(
        _constructed(lambda: T5EncoderModel(T5Config(**values)), title),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        unused=(r"^decoder\.", r"^lm_head\."),
        split=twice,
    )


def bert(folder: Path, *, title: str, dtype: Any) -> Any:
    """A BertModel."""
    from transformers import BertConfig, BertModel

    values = _plain(folder, title)
    return fill(
        _constructed(lambda: BertModel(BertConfig(**values)), title),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        rules=((r"^bert\.", ""),),
        unused=(r"^cls\.",),
    )


def chatglm(folder: Path, *, title: str, dtype: Any) -> Any:
    """diffusers' ChatGLMModel without its output layer, which only writes words."""
    return fill(
        empty_chatglm(folder, title=title, dtype=dtype),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        rules=((r"^transformer\.", ""),),
        unused=(r"(^|\.)output_layer\.", r"(^|\.)rotary_pos_emb\.inv_freq$"),
    )


def empty_chatglm(folder: Path, *, title: str, dtype: Any) -> Any:
    """The same without memory for its weights."""
    import torch
    from diffusers.pipelines.kolors.text_encoder import ChatGLMConfig, ChatGLMModel

    values = _plain(folder, title)

    def make() -> Any:
        model = ChatGLMModel(ChatGLMConfig(**values), device="meta")  # it takes the CPU where it is told nothing
        model.output_layer = torch.nn.Identity()
        # Tells nothing but the number type of the rotary table, which is made anew in every run.
        del model.rotary_pos_emb.inv_freq
        model.rotary_pos_emb.register_buffer("inv_freq", torch.ones((), dtype=dtype, device="cpu"), persistent=False)
        return model

    return _constructed(make, title)


def projecting_text_encoder(folder: Path, *, title: str, dtype: Any) -> Any:
    """A CLIPTextModelWithProjection."""
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    return _clip(CLIPTextConfig, CLIPTextModelWithProjection, folder, title, dtype)


def image_encoder(folder: Path, *, title: str, dtype: Any) -> Any:
    """A CLIPVisionModelWithProjection; the file may hold a whole CLIP model."""
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    text_tower = (r"^text_model\.", r"^text_projection\.", r"^logit_scale$")
    return _clip(CLIPVisionConfig, CLIPVisionModelWithProjection, folder, title, dtype, unused=text_tower)


def empty_image_tower(folder: Path, *, title: str) -> Any:
    """A CLIPVisionModel without memory for its weights, from CLIP's own configuration."""
    from transformers import CLIPVisionConfig, CLIPVisionModel

    return _constructed(lambda: CLIPVisionModel(CLIPVisionConfig(**_tower(folder, "vision", title))), title)


def image_processor(folder: Path, model: Any, *, title: str) -> Any:
    """CLIP's own picture preparation (bicubic, centre crop); sizes from the folder, else the model's picture size."""
    # The PIL form by name: the default one needs torchvision.
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    values = config(folder, "preprocessor_config.json", title=title) if _has_preparation(folder) else {}
    side = model.config.image_size
    return CLIPImageProcessorPil(
        size=values.get("size", {"shortest_edge": side}), crop_size=values.get("crop_size", side)
    )


def _has_preparation(folder: Path) -> bool:
    return (folder / "preprocessor_config.json").is_file()


def tokenizer(folder: Path, *, title: str) -> Any:
    """A CLIPTokenizer from vocab.json and merges.txt."""
    from transformers import CLIPTokenizer

    for name in ("vocab.json", "merges.txt"):
        if not (folder / name).is_file():
            raise WeightsMissing(model=title, missing=f"{folder.name}/{name} is not there", instead=INSTEAD)
    return CLIPTokenizer.from_pretrained(str(folder), local_files_only=True)


def chatglm_tokenizer(folder: Path, *, title: str) -> Any:
    """diffusers' ChatGLMTokenizer from tokenizer.model."""
    from diffusers.pipelines.kolors.tokenizer import ChatGLMTokenizer

    file = folder / "tokenizer.model"
    if not file.is_file():
        raise WeightsMissing(model=title, missing=f"{folder.name}/{file.name} is not there", instead=INSTEAD)
    return ChatGLMTokenizer(str(file))


def _clip(
    settings: Any, cls: Any, folder: Path, title: str, dtype: Any, rules: Rules = (), unused: tuple[str, ...] = ()
) -> Any:
    values = _tower(folder, "vision" if "Vision" in cls.__name__ else "text", title)
    return fill(
        _constructed(lambda: cls(settings(**values)), title),
        model_files(folder, title=title),
        title=title,
        dtype=dtype,
        rules=rules,
        unused=unused,
    )


def _tower(folder: Path, kind: str, title: str) -> dict[str, Any]:
    """The configuration of CLIP's "vision" or "text" tower: a folder has its own, or a whole CLIP model's."""
    values = config(folder, title=title)
    if f"{kind}_config" in values:
        values = {**values[f"{kind}_config"], "projection_dim": values.get("projection_dim", 512)}
    return _without_type(values)


def _plain(folder: Path, title: str) -> dict[str, Any]:
    """The configuration of a network alone."""
    return _without_type(config(folder, title=title))


def _without_type(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in ("torch_dtype", "dtype", "model_type")}


def _made(cls: Any, values: dict[str, Any], title: str) -> Any:
    """`cls` with those of the values that its constructor knows: files also hold facts of their training."""
    known = inspect.signature(cls.__init__).parameters
    return _constructed(lambda: cls(**{key: value for key, value in values.items() if key in known}), title)


def _constructed(make: Callable[[], Any], title: str) -> Any:
    try:
        return built(make)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        text = f"its configuration cannot be used ({type(error).__name__})"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD) from None
