"""Pieces that the fixtures do not reach: text encoders, captions, preparation of garments, what maskless changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_tshirt  # noqa: E402
from tests.golden.common import golden  # noqa: E402
from tests.tiny.build import write_text_encoders  # noqa: E402
from tryon.nets.latents import foreseen, quick_picture  # noqa: E402
from tryon.parsing.words import caption, colour_name  # noqa: E402
from tryon.transfer.diffusion.pictures import (  # noqa: E402
    as_centred_tensor,
    as_doubled_tensor,
    as_mask_tensor,
    as_pixels,
    as_tensor,
    changed,
    feathered,
    garment_on_white,
    padded,
)
from tryon.transfer.diffusion.sdxl import SentenceEncoder  # noqa: E402


def test_sentences_are_what_the_library_says(tmp_path: Path) -> None:
    """Both encoders, loaded by us and by transformers itself: the last layer but one, and the pooled vector."""
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    write_text_encoders(golden("idm_vton"), tmp_path)
    encoder = SentenceEncoder.opened(tmp_path, "M", torch.float32)
    with torch.inference_mode():
        ours = encoder("a red shirt", "cpu")
        tokens = []
        for index, (suffix, cls) in enumerate((("", CLIPTextModel), ("_2", CLIPTextModelWithProjection))):
            model = cls.from_pretrained(tmp_path / f"text_encoder{suffix}").eval()
            ids = encoder.tokenizers[index](
                ["a red shirt"], padding="max_length", max_length=77, truncation=True, return_tensors="pt"
            )["input_ids"]
            found = model(ids, output_hidden_states=True)
            tokens.append(found.hidden_states[-2])
    assert ours.tokens.shape[1] == 77
    assert torch.allclose(ours.tokens, torch.cat(tokens, dim=-1), atol=1e-6)
    assert torch.allclose(ours.pooled, found.text_embeds, atol=1e-6)
    long = encoder("a " * 200, "cpu")
    assert long.tokens.shape == ours.tokens.shape


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("A woman wearing a red silk blouse turns around", "red silk blouse"),
        ("she is dressed in the long green dress, waving", "long green dress"),
        ("He wears his linen shirt and walks to the left.", "linen shirt"),
        ("turns around slowly", "red short sleeve round neck shirt"),
        ("", "red short sleeve round neck shirt"),
        ("wearing, ", "red short sleeve round neck shirt"),
    ],
)
def test_caption(prompt: str, expected: str) -> None:
    assert caption(draw_tshirt(), prompt) == expected


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ((20, 20, 22), "black"), ((245, 245, 240), "white"), ((128, 128, 130), "grey"), ((200, 30, 30), "red"),
        ((30, 60, 200), "blue"), ((20, 30, 90), "navy"), ((40, 140, 60), "green"), ((110, 70, 40), "brown"),
        ((230, 210, 60), "yellow"), ((240, 120, 190), "pink"), ((110, 40, 160), "purple"),
    ],
)  # fmt: skip
def test_colour_name(colour: tuple[int, int, int], expected: str) -> None:
    assert colour_name(draw_tshirt(colour)) == expected


def test_other_garments_have_other_captions() -> None:
    dress = replace(draw_tshirt(), category="dress", kind="dress", length="ankle", sleeves="none", neckline="v")
    assert caption(dress, "") == "red sleeveless v-neck long dress"
    assert caption(replace(draw_tshirt(), kind="trousers", sleeves="none", neckline="none"), "") == "red trousers"


def test_garment_on_white_is_cropped_to_it() -> None:
    garment = draw_tshirt()
    picture = np.asarray(garment_on_white(garment))
    height, width = picture.shape[:2]
    assert width < garment.photo.width and height < garment.photo.height
    assert (picture[0] == 255).all() and (picture[:, 0] == 255).all()
    whole = np.asarray(padded(garment_on_white(garment), 96, 128))
    assert whole.shape == (128, 96, 3) and (whole[0] == 255).all()
    empty = replace(garment, cutout=np.zeros_like(garment.cutout))
    assert np.asarray(garment_on_white(empty)).shape == garment.photo.pixels.shape


def test_tensors_and_back() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (16, 8, 3), np.uint8)
    for convert in (as_tensor, as_centred_tensor, as_doubled_tensor):
        tensor = convert(pixels)
        assert tensor.shape == (1, 3, 16, 8)
        assert (as_pixels(tensor)[0] == pixels).all()
    assert as_mask_tensor(np.array([[127, 128]], np.uint8)).flatten().tolist() == [0, 1]


def test_feather_keeps_inside_the_mask() -> None:
    mask = np.zeros((120, 90), np.uint8)
    mask[40:, 20:70] = 255
    soft = feathered(mask)
    assert not soft[mask == 0].any()
    assert soft[80, 45] == 255 and soft[119, 45] == 255, "no seam where the mask meets the picture's border"
    assert 0 < soft[40, 45] < 255


def test_changed() -> None:
    before = np.full((200, 150, 3), 120, np.uint8)
    after = before.copy()
    after[60:140, 40:110] = (200, 40, 40)
    after[::2, ::2] += 3  # what re-encoding does everywhere
    kept = np.zeros((200, 150), bool)
    kept[60:80] = True
    alpha = changed(before, after, kept)
    assert alpha[110, 75] == 255
    assert not alpha[kept].any() and not alpha[:40].any() and not alpha[160:].any()
    assert not changed(before, before, kept).any()


def test_foreseen_undoes_noising() -> None:
    clean, noise = torch.randn(1, 4, 3, 3), torch.randn(1, 4, 3, 3)
    noisy = 0.3**0.5 * clean + 0.7**0.5 * noise
    assert torch.allclose(foreseen(noisy, noise, 0.3), clean, atol=1e-5)


def test_quick_picture() -> None:
    picture: Any = quick_picture(torch.zeros(4, 5, 6), ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, 0)))
    assert picture.shape == (5, 6, 3) and (picture == 128).all()
