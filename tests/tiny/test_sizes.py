"""Parameters counted from the modules as the product builds them, at full size without memory for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from diffusers import UNet2DConditionModel  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from tests.tiny.eight_bits import check_kept  # noqa: E402
from tryon.catalog import build_catalog  # noqa: E402
from tryon.nets.exemplar import ExemplarEncoder  # noqa: E402
from tryon.nets.fashn import PUBLISHED, FashnTransformer  # noqa: E402
from tryon.nets.flow_warper import FlowWarper  # noqa: E402
from tryon.nets.motion import PoseGuider  # noqa: E402
from tryon.nets.passing import without_cross_attention, without_second_step  # noqa: E402
from tryon.nets.reference_attention import transformer_blocks  # noqa: E402
from tryon.nets.viton import CoarseGenerator, RefineGenerator  # noqa: E402
from tryon.transfer import kolors  # noqa: E402
from tryon.transfer.diffusion import ldm, models  # noqa: E402
from tryon.weights.fill import built  # noqa: E402

CLIP_L = {"hidden_size": 1024, "intermediate_size": 4096, "num_hidden_layers": 24, "num_attention_heads": 16,
          "image_size": 224, "patch_size": 14}  # fmt: skip
VAE = {
    "block_out_channels": [128, 256, 512, 512],
    "down_block_types": ["DownEncoderBlock2D"] * 4,
    "up_block_types": ["UpDecoderBlock2D"] * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
}
SD15 = {
    "block_out_channels": [320, 640, 1280, 1280],
    "cross_attention_dim": 768,
    "attention_head_dim": 8,
    "in_channels": 9,
}
SDXL = {
    "block_out_channels": [320, 640, 1280],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
    "transformer_layers_per_block": [1, 2, 10],
    "attention_head_dim": [5, 10, 20],
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
    "in_channels": 13,
    "encoder_hid_dim": 1280,
    "encoder_hid_dim_type": "ip_image_proj",
}
# Counted in their own right: CLIP's text and picture towers, OpenCLIP bigG's text and ViT-H's picture tower.
CLIP_L_TEXT, CLIP_L_IMAGE, BIGG_TEXT, VIT_H = 123_060_480, 303_966_208, 694_659_840, 632_076_800


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, config in (("sd15", SD15), ("sdxl", SDXL), ("vae", VAE)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(json.dumps(config))
    return tmp_path


def unet(folder: Path, **changes: Any) -> Any:
    return models.empty_unet(folder, title="M", **changes)


def count(*modules: Any) -> int:
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def spec(name: str) -> Any:
    return build_catalog().get("transfer", name).spec


def test_catvton(folder: Path) -> None:
    vae = models.empty_autoencoder(folder / "vae", title="M")
    net = without_cross_attention(unet(folder / "sd15"))
    trained = count(*(block.attn1 for block in transformer_blocks(net).values()))
    assert trained == 49_574_080
    assert count(net, vae) == 899_226_667 == spec("catvton").parameters
    free = without_cross_attention(unet(folder / "sd15", in_channels=8))
    assert count(free, vae) == spec("catvton-maskfree").parameters
    # The paper's 899.06 M leave out the scales and shifts of GroupNorm.
    norms = [m for net_ in (net, vae) for m in net_.modules() if isinstance(m, torch.nn.GroupNorm)]
    assert count(net, vae) - count(*norms) == 899_061_547


def test_ootdiffusion(folder: Path) -> None:
    nets = [unet(folder / "sd15", in_channels=channels) for channels in (4, 8)]
    vae = models.empty_autoencoder(folder / "vae", title="M")
    assert count(*nets, vae) + CLIP_L_TEXT + CLIP_L_IMAGE == 2_229_733_999 == spec("ootdiffusion-hd").parameters


def test_leffa(folder: Path) -> None:
    nets = [without_cross_attention(unet(folder / "sd15", in_channels=channels)) for channels in (4, 12)]
    vae = models.empty_autoencoder(folder / "vae", title="M")
    never_run = count(nets[0].conv_norm_out, nets[0].conv_out)
    assert count(*nets, vae) - never_run == 1_714_781_547 == spec("leffa").parameters


def test_idm_vton(folder: Path) -> None:
    prefix = "encoder_hid_proj."
    shapes = {"latents": (1, 16, 1280), "proj_in.weight": (1280, 1280), "proj_out.weight": (2048, 1280),
              "layers.0.0.to_q.weight": (1280, 1280), "layers.0.1.1.weight": (5120, 1280),
              "layers.3.1.3.weight": (1, 1)}  # fmt: skip
    path = folder / "m.safetensors"
    save_file({prefix + key: torch.zeros(shape, dtype=torch.int8) for key, shape in shapes.items()}, path)
    resampler = models.empty_resampler([path], prefix, title="M")
    person = unet(folder / "sdxl", encoder_hid_dim=None, encoder_hid_dim_type=None)
    models.add_image_adapter(person, tokens=16)
    garment = unet(
        folder / "sdxl", in_channels=4, addition_embed_type=None, encoder_hid_dim=None, encoder_hid_dim_type=None
    )
    vae = models.empty_autoencoder(folder / "vae", title="M")
    assert count(resampler) == 82_961_664
    assert count(person, resampler) == 2_991_238_468
    assert count(garment) == 2_562_218_244
    whole = count(person, resampler, garment, vae) + CLIP_L_TEXT + BIGG_TEXT + VIT_H
    assert whole == 7_086_907_695 == spec("idm-vton").parameters


def test_kolors(folder: Path) -> None:
    glm = {"num_layers": 28, "padded_vocab_size": 65024, "hidden_size": 4096, "ffn_hidden_size": 13696,
           "kv_channels": 128, "num_attention_heads": 32, "seq_length": 32768, "multi_query_attention": True,
           "multi_query_group_num": 2, "add_qkv_bias": True, "original_rope": True}  # fmt: skip
    net = {**SDXL, "in_channels": 9, "encoder_hid_dim": 4096, "encoder_hid_dim_type": "text_proj",
           "projection_class_embeddings_input_dim": 6 * 256 + 4096}  # fmt: skip
    clip = {"vision_config": {**CLIP_L, "image_size": 336}}
    for name, config in (("glm", glm), ("kolors", net), ("clip", clip)):
        (folder / name).mkdir()
        (folder / name / "config.json").write_text(json.dumps(config))
    # 16 tokens of 4 layers with 12 heads: with the keys and values 1.01 GB in half precision, as the file has.
    shapes = {"latents": (1, 16, 2048), "proj_in.weight": (2048, 1024), "proj_out.weight": (2048, 2048),
              "layers.0.0.to_q.weight": (768, 2048), "layers.0.1.1.weight": (8192, 2048),
              "layers.3.1.3.weight": (1, 1)}  # fmt: skip
    path = folder / "m.safetensors"
    save_file({f"image_proj.{key}": torch.zeros(shape, dtype=torch.int8) for key, shape in shapes.items()}, path)
    parts = kolors.empty_networks(folder / "kolors", [path], "M")
    unet, project, resampler = parts
    published = built(lambda: UNet2DConditionModel(**net))
    adapters = [module.processor for name, module in unet.named_modules() if name.endswith(".attn2")]
    assert count(published) == 2_579_473_220 == count(unet, project) - count(*adapters)
    assert round(2 * count(resampler, *adapters) / 1e9, 2) == 1.01
    text = models.empty_chatglm(folder / "glm", title="M", dtype=torch.float16)
    tower = models.empty_image_tower(folder / "clip", title="M")
    known = {part.name: part.parameters for part in spec("kolors").footprint.components}
    assert known["unet"] == count(*parts)
    assert known["text_encoder"] == count(text)
    assert known["image_encoder"] == count(tower)
    vae = models.empty_autoencoder(folder / "vae", title="M")
    assert count(*parts, text, tower, vae) == spec("kolors").parameters


def test_fashn_vton() -> None:
    net = built(lambda: FashnTransformer(PUBLISHED))
    assert count(net) == 971_813_808 == spec("fashn-vton").parameters
    assert len(net.state_dict()) == 549


def test_dci_vton(tmp_path: Path) -> None:
    """Networks from the shapes of a published checkpoint's weights, which are those of latent diffusion's."""
    shapes = {"input_blocks.0.0.weight": (320, 9, 3, 3), "out.2.weight": (4, 320, 3, 3)}
    index = 1
    for level, width in enumerate((320, 640, 1280, 1280)):
        for _ in range(2):
            shapes[f"input_blocks.{index}.0.in_layers.2.weight"] = (width, width, 3, 3)
            if level < 3:
                shapes[f"input_blocks.{index}.1.proj_in.weight"] = (width, width, 1, 1)
                shapes[f"input_blocks.{index}.1.transformer_blocks.0.attn2.to_k.weight"] = (width, 768)
            index += 1
        if level < 3:
            shapes[f"input_blocks.{index}.0.op.weight"] = (width, width, 3, 3)
            index += 1
    unet = built(lambda: UNet2DConditionModel(**ldm.unet_config(shapes)))
    assert count(unet) == 859_535_364
    (tmp_path / "clip").mkdir()
    (tmp_path / "clip/config.json").write_text(json.dumps({"vision_config": CLIP_L}))
    tower = models.empty_image_tower(tmp_path / "clip", title="M")
    exemplar = built(lambda: ExemplarEncoder(tower, width=1024, depth=5, out=768))
    assert count(tower) == 303_179_776
    assert count(exemplar.blocks) == 62_981_120
    assert count(exemplar) - count(tower) - count(exemplar.blocks) == 790_016
    (tmp_path / "vae").mkdir()
    (tmp_path / "vae/config.json").write_text(json.dumps(VAE))
    vae = models.empty_autoencoder(tmp_path / "vae", title="M")
    assert count(unet, exemplar, vae) == spec("dci-vton").parameters
    known = {part.name: part.parameters for part in spec("dci-vton").footprint.components}
    assert known == {"unet": count(unet), "vae": count(vae), "exemplar": count(exemplar)}
    assert count(built(lambda: FlowWarper(16, (64, 128, 256, 256, 256), 256))) == 29_311_930


def test_viton() -> None:
    coarse, refine = built(CoarseGenerator), built(RefineGenerator)
    assert count(coarse) == 29_269_632 and count(refine) == 77_633
    assert sum(moment.numel() for moment in coarse.buffers()) == 6_784
    assert count(coarse, refine) == spec("viton").parameters


def test_vivid(folder: Path) -> None:
    whole = models.empty_motion_unet(folder / "sd15", title="M")
    assert count(whole) == 1_312_744_644
    motion = [module for name, module in whole.named_modules() if name.endswith("motion_modules")]
    assert count(*motion) == 453_209_280
    person = without_second_step(whole)
    garment = unet(folder / "sd15", in_channels=5)
    garment.conv_norm_out, garment.conv_out = None, torch.nn.Identity()
    assert count(garment) == 859_511_680
    guider = built(lambda: PoseGuider(320, (16, 32, 96, 256)))
    assert count(guider) == 1_086_480
    vae = models.empty_autoencoder(folder / "vae", title="M")
    assert count(person, garment, guider, vae) + CLIP_L_IMAGE == spec("vivid").parameters
    known = {part.name: part.parameters for part in spec("vivid").footprint.components}
    assert known == {"denoiser": count(person, garment, guider) + CLIP_L_IMAGE, "vae": count(vae)}


def test_vivid_in_windows() -> None:
    """A long clip needs no more at once than a window, but for what is kept of every frame."""
    denoise = spec("vivid").footprint.denoise
    assert denoise(0.2, 240) - denoise(0.2, 24) == pytest.approx(0.005 * 216)
    assert denoise(0.2, 24) - denoise(0.2, 12) == pytest.approx(0.005 * 12 + 0.6 * 0.2 * 12)


def test_parts_of_a_footprint_are_all_of_a_system() -> None:
    for entry in build_catalog().of("transfer"):
        if entry.spec.footprint is not None and entry.spec.parameters:
            assert entry.spec.footprint.parameters == entry.spec.parameters, entry.spec.name


def test_edit_models() -> None:
    """Denoisers and autoencoders as diffusers builds them from the published configurations."""
    import diffusers as d

    klein = {"num_layers": 5, "num_single_layers": 20, "num_attention_heads": 24, "joint_attention_dim": 7680}
    large = {"num_layers": 8, "num_single_layers": 24, "num_attention_heads": 32, "joint_attention_dim": 12288}
    built_from = {
        "flux2-klein-4b": (lambda: d.Flux2Transformer2DModel(**klein, guidance_embeds=False), d.AutoencoderKLFlux2),
        "flux2-klein-9b": (lambda: d.Flux2Transformer2DModel(**large, guidance_embeds=False), d.AutoencoderKLFlux2),
        "flux2-dev": (d.Flux2Transformer2DModel, d.AutoencoderKLFlux2),
        "qwen-image-edit": (d.QwenImageTransformer2DModel, d.AutoencoderKLQwenImage),
    }
    for name, (transformer, vae) in built_from.items():
        parts = {part.name: part for part in spec(name).footprint.components}
        denoiser = built(transformer)
        assert count(denoiser) == parts["transformer"].parameters, name
        assert count(built(vae)) == parts["vae"].parameters, name
        check_kept(spec(name).footprint, parts["transformer"], denoiser)
