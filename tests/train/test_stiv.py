"""STIV: what the paper says of network, loss and sampler; training a toy, projecting films, the product."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")
pytest.importorskip("accelerate")

from safetensors.torch import load_file  # noqa: E402

from tests.tiny.video.films import BACKENDS, opened, scene, shot, small  # noqa: E402
from tests.tiny.video.hub import write_repositories  # noqa: E402
from tryon.errors import WeightsMissing, WeightsUnpublished  # noqa: E402
from tryon.nets.stiv import (  # noqa: E402
    Stiv,
    StivParams,
    Text,
    began_with,
    facts,
    guided,
    replaced,
    sample,
    training_loss,
)
from tryon.settings import Settings  # noqa: E402
from tryon.spec import Runtime  # noqa: E402
from tryon.train.stiv import toy  # noqa: E402
from tryon.train.stiv.__main__ import main  # noqa: E402
from tryon.train.stiv.project import project  # noqa: E402
from tryon.train.stiv.train import Projected, TrainParams, export, train  # noqa: E402
from tryon.video import stiv, stiv_engine  # noqa: E402
from tryon.weights.layout import locate  # noqa: E402

PARAMS = StivParams(layers=1, width=32, heads=2, tail=1, channels=3, text=8, side=8, frames=4)


@pytest.fixture(autouse=True)
def one_core() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)


def network(params: StivParams = PARAMS) -> Stiv:
    """One whose last layer is no longer zeros."""
    made = Stiv(params)
    torch.nn.init.normal_(made.out.weight, std=0.05)
    return made.eval()


def text(batch: int = 2, width: int = 8) -> Text:
    return Text(torch.randn(batch, 3, width), torch.randn(batch, width))


def first(films: Any) -> Any:
    given = torch.zeros(films.shape[0], films.shape[2], dtype=torch.bool)
    given[:, 0] = True
    return given


@pytest.mark.parametrize("hidden", [0.0, 0.5])
def test_shapes(hidden: float) -> None:
    films = torch.randn(2, 3, 4, 8, 6)
    told = facts(2, 64, 48, 4)
    assert network()(films, torch.tensor([0.2, 0.9]), text(), facts=told, hidden=hidden).shape == films.shape


def test_larger_films_squeeze_positions_into_what_was_trained() -> None:
    """Interpolated: twice as many places turn as far, in steps half as wide."""
    model = network()
    trained, _ = model._tables(2, 4, 4, "cpu")
    larger, longer = model._tables(4, 8, 8, "cpu")
    assert torch.allclose(larger[0][::16], trained[0][::4])
    assert float(longer[0][:, 0].max()) == pytest.approx(1.5)


def test_given_frames_have_no_loss() -> None:
    """Nothing that is predicted for a given frame can move the loss."""
    films = torch.randn(2, 3, 4, 8, 8)
    prediction = torch.zeros_like(films, requires_grad=True)

    def model(x: Any, time: Any, words: Text, *, hidden: float) -> Any:
        assert torch.equal(x[:, :, 0], films[:, :, 0]), "the given frame is there without noise"
        return prediction

    loss = training_loss(model, films, text(), text(), without_picture=0.0)
    loss.backward()
    assert prediction.grad is not None
    assert not prediction.grad[:, :, 0].any() and prediction.grad[:, :, 1:].all()


def test_target_is_film_minus_noise() -> None:
    films, seen = torch.randn(2, 3, 4, 8, 8), {}

    def model(x: Any, time: Any, words: Text, *, hidden: float) -> Any:
        share = time.view(-1, 1, 1, 1, 1)
        seen["noise"] = (x - share * films) / (1 - share)
        return films - seen["noise"]

    assert float(training_loss(model, films, text(), text(), without_picture=1.1)) < 1e-6


def test_dropped_texts_are_the_empty_one() -> None:
    films, empty, heard = torch.randn(2, 3, 4, 8, 8), text(1), []

    def model(x: Any, time: Any, words: Text, *, hidden: float) -> Any:
        heard.append(words.tokens)
        return x

    training_loss(model, films, text(), empty, without_text=1.1)
    assert torch.equal(heard[0], empty.tokens.expand(2, -1, -1))


def test_first_frame_is_exact_and_one_is_plain() -> None:
    model, films, words = network(), torch.randn(2, 3, 4, 8, 8), text()
    noise = torch.randn_like(films)
    with torch.no_grad():
        made = sample(model, noise, films, first(films), words, text(), steps=3, scale=7.5)
        plain = sample(model, noise, films, first(films), words, text(), steps=3, scale=1.0)
        by_hand = noise
        for step in range(3):
            now = torch.full((2,), step / 3)
            by_hand = by_hand + model(replaced(by_hand, films, first(films)), now, words) / 3
    assert torch.equal(made[:, :, 0], films[:, :, 0]) and torch.equal(plain[:, :, 0], films[:, :, 0])
    assert torch.allclose(plain[:, :, 1:], by_hand[:, :, 1:], atol=1e-5)
    assert not torch.allclose(made[:, :, 1:], plain[:, :, 1:], atol=1e-3)


def test_renorm_keeps_the_size_of_free_frames() -> None:
    """Also where the given frames' predictions, which mean nothing, are huge."""
    both, without = torch.randn(2, 3, 4, 8, 8), torch.randn(2, 3, 4, 8, 8)
    both[:, :, 0], without[:, :, 0] = 1e3, -1e3
    free = (~first(both))[:, None, :, None, None].float()
    made = guided(both, without, 7.5, free)
    sizes = [(v * free).flatten(1).norm(dim=1) for v in (made, both)]
    assert torch.allclose(*sizes, rtol=1e-4)
    wrong = guided(both, without, 7.5, torch.ones_like(free))
    assert not torch.allclose((wrong * free).flatten(1).norm(dim=1), sizes[1], rtol=0.1)


def test_begins_as_a_picture_model() -> None:
    """A picture model's weights, without time, make a film model whose frames are as that model would have them."""
    pictures = network(StivParams(**{**PARAMS.config(), "patch_time": 1, "frames": 1}))  # type: ignore[arg-type]
    state = {name: value for name, value in pictures.state_dict().items() if ".temporal." not in name}
    state["cube.weight"] = state["cube.weight"][:, :, 0]
    films = began_with(network(), state)
    for model in (pictures, films):
        for block in (*model.blocks, *model.tail):
            for layer in (block.temporal.o,):
                torch.nn.init.zeros_(layer.weight)
                torch.nn.init.zeros_(layer.bias)
    still, words = torch.randn(2, 3, 1, 8, 8), text()
    with torch.no_grad():
        alone = pictures(still, torch.tensor([0.3, 0.6]), words)
        together = films(still.expand(-1, -1, 4, -1, -1), torch.tensor([0.3, 0.6]), words)
    assert torch.allclose(together, alone.expand_as(together), atol=1e-5)
    with pytest.raises(KeyError):
        began_with(network(), {name: value for name, value in state.items() if "spatial" not in name})


def test_the_toy_is_learnt(tmp_path: Path) -> None:
    """Some seconds of it: the loss falls, and the folder opens as the product opens it."""
    generator, losses = torch.Generator().manual_seed(0), []

    def batches() -> Any:
        while True:
            films, ways = toy.films(8, generator)
            yield films, toy.words(ways), None

    params = TrainParams(steps=100, batch=8, rate=1.5e-3, warmup=5, average=0.9, masked=0.3)
    model = train(
        Stiv(toy.PARAMS), batches(), toy.words(torch.tensor([-1])), params, lambda _, loss: losses.append(loss)
    )
    assert np.mean(losses[-20:]) < 0.85 * np.mean(losses[:5])
    export(model, tmp_path)
    again = stiv_engine.open_network(tmp_path, title="M", dtype=torch.float32)
    films, ways = toy.films(2, generator)
    at = torch.tensor([0.4, 0.4])
    with torch.no_grad():
        assert torch.equal(again(films, at, toy.words(ways)), model.cpu()(films, at, toy.words(ways)))
    (tmp_path / "config.json").write_text('{"layers": "many"}')
    with pytest.raises(WeightsMissing):
        stiv_engine.open_network(tmp_path, title="M", dtype=torch.float32)


def test_squares_are_judged_by_where_they_go() -> None:
    films, ways = toy.films(32, torch.Generator().manual_seed(4))
    assert toy.right_ways(films, ways) > 0.9
    assert toy.right_ways(films.flip(2), ways) == 0.0


def test_projected_films_train_a_network_that_the_product_films_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From drawn films over the command to the page's own loader."""
    import cv2

    data, root = tmp_path / "data", tmp_path / "hub"
    data.mkdir()
    for number in range(2):
        writer = cv2.VideoWriter(str(data / f"{number}.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 8, (80, 64))
        for frame in range(6):
            writer.write(np.full((64, 80, 3), 40 * frame, np.uint8))
        writer.release()
    (data / "0.txt").write_text("it gets bright")
    repos = [stiv_engine.TEXT.repo, stiv_engine.VAE.repo]
    write_repositories(repos, root)
    reader = stiv_engine.open_reader(*(root / repo for repo in repos), title="M", dtype=torch.float32)
    written = project(data, tmp_path / "latents", reader, 64)
    first_film = load_file(written[0])
    assert first_film["latents"].shape == (4, 6, 8, 8) and first_film["tokens"].shape == (77, 32)
    assert not torch.equal(first_film["pooled"], load_file(written[1])["pooled"])
    small_size = StivParams(layers=1, width=32, heads=2, tail=1, text=32)
    monkeypatch.setattr("tryon.train.stiv.__main__.SIZES", {"xl": small_size})
    out = root / stiv.BASE.weights[0].repo
    sizes = ["--side", "64", "--frames", "4", "--steps", "2", "--batch", "2"]
    main(["train", "--data", str(tmp_path / "latents"), "--out", str(out), *sizes])
    entry = next(entry for entry in BACKENDS if entry.spec.name == stiv.BASE.name)
    made = shot(opened(entry, root)(scene(small(entry.spec)))).film
    assert made.shape[0] == small(entry.spec).frames[1]


def test_windows_of_projected_films(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    film = {"latents": torch.arange(12.0)[None, :, None, None].expand(3, -1, 8, 8).contiguous()}
    save_file(film | {"tokens": torch.zeros(3, 8), "pooled": torch.zeros(8)}, tmp_path / "a.safetensors")
    films, _, about = next(Projected(tmp_path, PARAMS).batches(16, 0))
    strides = (films[:, 0, 1:, 0, 0] - films[:, 0, :-1, 0, 0]).unique(dim=1)
    assert strides.shape == (16, 1) and set(strides[:, 0].tolist()) == {1.0, 2.0}
    assert about is not None and torch.equal(about[:, 4], strides[:, 0])


def test_the_menu_says_that_nothing_was_published() -> None:
    for spec in stiv.SPECS:
        assert "No weights were ever published" in spec.about and "tryon.train.stiv" in spec.about


def test_without_weights_it_says_what_to_do(tmp_path: Path) -> None:
    runtime = Runtime(spec=stiv.BASE, settings=Settings(weights=tmp_path))
    with pytest.raises(
        WeightsUnpublished, match=r"Nobody has ever published .* python -m tryon\.train\.stiv.*own/stiv-xl"
    ):
        locate(runtime)
