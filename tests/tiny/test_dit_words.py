"""What Open-Sora, Step-Video and STIV give their text networks to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.tiny.video.films import BACKENDS, opened, scene, small  # noqa: E402
from tryon.runtime.steps import Tap  # noqa: E402
from tryon.video import step_video_engine  # noqa: E402


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("hub")


def ready(name: str, root: Path) -> tuple[Any, Any]:
    """A loaded engine and a settled film."""
    entry = next(entry for entry in BACKENDS if entry.spec.name == name)
    film = opened(entry, root)
    asked = scene(small(entry.spec), prompt="she turns")  # type: ignore[arg-type]
    return film.engine, film._settled(asked, Tap())[0]


def filled(tokenizer: Any, text: str, length: int) -> Any:
    return tokenizer(text, padding="max_length", max_length=length, truncation=True, return_tensors="pt")


@torch.no_grad()
def test_open_sora_reads_rate_and_motion_and_its_filling(root: Path) -> None:
    """The rate and the amount of motion are words of the sentence, and of that only; T5 has no mask."""
    engine, shot = ready("open-sora-2", root)
    said = f"{shot.prompt.rstrip('.')}. 24 FPS. 4 motion score."
    for index, text in enumerate((said, "")):
        seen = filled(engine.tokenizers[0], text, 512)
        whole = engine.networks.text_encoder(seen["input_ids"]).last_hidden_state
        masked = engine.networks.text_encoder(seen["input_ids"], attention_mask=seen["attention_mask"])
        read = engine.read(shot)
        assert torch.equal(read.tokens[index], whole)
        assert not torch.allclose(read.tokens[index], masked.last_hidden_state, atol=1e-3)
        pooled = engine.networks.text_encoder_2(filled(engine.tokenizers[1], text, 77)["input_ids"]).pooler_output
        assert torch.equal(read.pooled[index], pooled)


@torch.no_grad()
def test_step_video_reads_upstreams_own_words_too(root: Path) -> None:
    """Step-LLM without a mask, filled up to 320; the bilingual tower with one; all places of the tower count."""
    engine, shot = ready("step-video-ti2v", root)
    read = engine.read(shot)
    texts = shot.prompt + step_video_engine.BETTER, step_video_engine.NEGATIVE
    assert shot.negative == texts[1] and shot.prompt
    for index, text in enumerate(texts):
        ids, mask = engine.pieces.filled(text)
        assert ids.shape == (1, 320) and ids[0, 0] == 1 and ids[0, int(mask.sum()) - 1] == 2
        assert (ids[0, int(mask.sum()) :] == 2).all()
        assert torch.equal(read.llm[index : index + 1], engine.networks.text_encoder(ids))
        seen = filled(engine.words, text, 77)
        tower = engine.networks.text_encoder_2
        assert torch.equal(read.clip[index : index + 1], tower(**seen).last_hidden_state)
        assert torch.equal(read.mask[index], torch.cat([torch.ones(77, dtype=torch.long), mask[0]]))


@torch.no_grad()
def test_stiv_reads_words_and_the_sentence_as_a_whole(root: Path) -> None:
    engine, shot = ready("stiv-xl", root)
    read = engine.reader.read(shot.prompt, "cpu")
    seen = engine.networks.text_encoder(filled(engine.tokenizer, shot.prompt, 77)["input_ids"])
    assert torch.equal(read.tokens, seen.last_hidden_state) and torch.equal(read.pooled, seen.text_embeds)
