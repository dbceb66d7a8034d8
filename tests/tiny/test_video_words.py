"""What the video pipelines read: our description, the user's words as they are, the authors' own negative prompt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from tests.drawing import draw_person, draw_tshirt  # noqa: E402
from tests.tiny.video.films import FAMILIES, PIPELINES, look, named, opened, scene, shot, size, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tryon.catalog import Catalog, Entry, build_catalog  # noqa: E402
from tryon.events import Finished, FrameReady, Preview, Progress  # noqa: E402
from tryon.pipeline import Pipeline  # noqa: E402
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Machine  # noqa: E402
from tryon.types import Given, Note, Request  # noqa: E402

WORDS = 'She turns, slowly; then waves "hi"!'
SEEN = "A person wearing a red short sleeve round neck shirt"
ENTRIES = [entry for entry in FAMILIES if entry in PIPELINES and entry.spec.prompted]  # type: ignore[union-attr]


class Read:
    """A tokenizer that remembers the texts that it is given."""

    def __init__(self, tokenizer: Any, texts: list[str]) -> None:
        self.tokenizer, self.texts = tokenizer, texts

    def __getattr__(self, name: str) -> Any:
        return getattr(self.tokenizer, name)

    def __call__(self, text: Any, *args: Any, **words: Any) -> Any:
        if words:  # the pipeline's calls; ours only count
            self.texts += [text] if isinstance(text, str) else text or []
        return self.tokenizer(text, *args, **words)


@pytest.mark.parametrize("entry", ENTRIES, ids=named)
def test_what_is_read(entry: Any, tmp_path: Path) -> None:
    film = opened(entry, tmp_path)
    pipe, spec, texts = film.engine.pipeline, small(entry.spec), []
    if not hasattr(pipe.tokenizer, "apply_chat_template") or entry.spec.family != "HunyuanVideo 1.5":
        pipe.tokenizer = Read(pipe.tokenizer, texts)
    else:
        template = pipe.tokenizer.apply_chat_template
        pipe.tokenizer.apply_chat_template = lambda talk, **words: texts.append(str(talk)) or template(talk, **words)
    asked = scene(spec, prompt=WORDS)
    take = shot(film(asked))
    assert any(letters(SEEN) in letters(text) and letters(WORDS) in letters(text) for text in texts), texts
    assert not take.of(Note)
    negative = entry.spec.prompting.negative
    if negative and asked.guidance > 1:
        assert any(letters(negative) in letters(text) for text in texts)


def letters(text: str) -> str:
    """Without signs and capitals, which some pipelines level out before they read."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def test_the_authors_negative_prompts_are_the_defaults() -> None:
    """All that a publication names. CogVideoX, Hunyuan and Mochi name none; distilled models have no use for it."""
    named = {entry.spec.family for entry in ENTRIES if entry.spec.prompting.negative}  # type: ignore[union-attr]
    assert named >= {"Wan 2.1", "Wan 2.2", "LTX-Video", "SkyReels V2", "SANA-Video"}


def test_from_an_order_to_a_film_that_is_told(tmp_path: Path, settings: Settings) -> None:
    """A long text is cut with a note; a loop is shown in every step, with the time left; frames come while the rest
    is decoded."""
    entry = next(entry for entry in ENTRIES if entry.spec.name == "cogvideox-5b-i2v")
    tiny = small(entry.spec)  # type: ignore[arg-type]
    write_repositories([weights.repo for weights in tiny.weights], settings.weights)
    light = tuple(replace(weights, gib=0.01) for weights in tiny.weights)
    spec = replace(tiny, sizes=(size(tiny),), side=(32, 640), weights=light)
    others = [one for one in build_catalog().entries if one.spec.name != spec.name]
    card = Machine(device="cpu", name="a card", gpu_gib=80, ram_gib=256, cores=2, torch=True)
    pipeline = Pipeline(replace(settings, offline=True), Catalog((*others, Entry(spec, entry.load))), card)
    prompt = " ".join(["She turns and waves."] * 20)
    request = Request(
        person=draw_person().photo, garments=(draw_tshirt().photo,), transfer="warp", video=spec.name, steps=4,
        prompt=prompt, seed=3, consent=True,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tryon.video.diffusion.running.PREVIEW_EVERY", 0.0)
        events = list(pipeline.run(pipeline.plan(request), tmp_path, Given(look=look())))
    done = events[-1]
    assert isinstance(done, Finished)
    cut = next(note for note in done.notes if note.code == "prompt_cut")
    assert str(cut.values["at"]) in prompt
    film = [event for event in events if getattr(event, "stage", "video") == "video"]
    loops = [event for event in film if isinstance(event, Preview) and event.strip is not None and not event.final]
    assert len(loops) == 4 and all(len(event.strip) > 1 for event in loops)
    left = [event.seconds_left for event in film if isinstance(event, Progress)]
    assert left[0] is None and all(seconds is not None and seconds >= 0 for seconds in left[1:]) and left[-1] == 0
    kinds = [type(event) for event in film if isinstance(event, Progress | FrameReady)]
    first = kinds.index(FrameReady)
    assert Progress in kinds[first:-1], "frames are there before the last are decoded"
