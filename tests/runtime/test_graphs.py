"""Captured calls: the same function on a CPU, what is kept on a card, and going on without where capturing fails."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from tryon.runtime.graphs import KEPT, Graphed  # noqa: E402
from tryon.transfer.diffusion.sampling import Place  # noqa: E402


def test_off_it_is_the_function() -> None:
    calls: list[Any] = []

    def double(x: Any, y: Any) -> Any:
        calls.append((x, y))
        return 2 * x

    x = torch.ones(2)
    assert torch.equal(Graphed(double, on=False)(x, None), 2 * x)
    assert calls[0][0] is x and calls[0][1] is None


class Recorded:
    """A CUDA graph that replays on the CPU: what it captured is run again on the same inputs."""

    def __init__(self, run: Any) -> None:
        self.run = run

    def replay(self) -> None:
        self.run()


def captured(function: Any) -> Graphed:
    """A Graphed whose capturing works without a card."""

    class Here(Graphed):
        def _capture(self, key: Any, given: Any) -> bool:
            while len(self._captured) >= KEPT:
                self._captured.pop(next(iter(self._captured)))
            inputs = tuple(None if one is None else one.clone() for one in given)
            output = function(*inputs).clone()
            self._captured[key] = Recorded(lambda: output.copy_(function(*inputs))), inputs, output
            return True

    return Here(function, on=True)


def test_new_values_reach_the_captured_call() -> None:
    graph = captured(lambda x, y, z: x + 10 * y)
    for value in (1.0, 2.0, 5.0):
        x, y = torch.full((3,), value), torch.full((3,), value + 1)
        assert torch.equal(graph(x, y, None), x + 10 * y)


def test_results_do_not_change_afterwards() -> None:
    graph = captured(lambda x: x * 2)
    first = graph(torch.ones(2))
    graph(torch.zeros(2))
    assert torch.equal(first, torch.full((2,), 2.0))


def test_few_shapes_are_kept_and_given_back() -> None:
    graph = captured(lambda x: x * 2)
    for size in range(1, 6):
        assert torch.equal(graph(torch.ones(size)), torch.full((size,), 2.0))
    assert len(graph._captured) == KEPT
    graph.free()
    assert not graph._captured


def test_without_a_card_it_goes_on_without() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    graph = Graphed(lambda x: x + 1, on=True)
    assert torch.equal(graph(torch.ones(2)), torch.full((2,), 2.0))
    assert not graph._on


def test_a_place_without_captures_calls_the_function() -> None:
    place = Place("cpu")
    assert torch.equal(place.quickly("step", lambda x: x + 1, torch.ones(1)), torch.full((1,), 2.0))
    assert not place.graphs


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a card")
def test_on_a_card_the_captured_call_is_the_same_bit_for_bit() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.GELU(), torch.nn.Linear(8, 8)).cuda()
    graph = Graphed(net, on=True)
    with torch.inference_mode():
        for _ in range(3):
            x = torch.randn(4, 8, device="cuda")
            assert torch.equal(graph(x), net(x))
    assert graph._on and len(graph._captured) == 1
