"""Checkpoint -> ONNX: `python -m tryon.train.parser.export --weights last.pt --out assets/models/parser.onnx`.

The file takes pictures 0..255 and answers with probabilities, so that whoever runs it needs no recipe; its metadata
names the classes. The exported network is compared with the original before it is written.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tryon.train.parser.net import NetParams, ParserNet
from tryon.train.parser.train import NET
from tryon.types import LABELS

TOLERANCE = 1e-4
HALF_TOLERANCE = 0.05  # of single pixels on noise, where weights are rounded to half precision


class Answer(nn.Module):  # type: ignore[misc]
    """The network with its outputs turned into probabilities and clamped maps."""

    def __init__(self, net: ParserNet) -> None:
        super().__init__()
        self.net = net

    @property
    def names(self) -> list[str]:
        """Names of the outputs."""
        return ["labels", "heat", "parts", "depth", *(["normals"] if self.net.params.normals else [])]

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        heads = self.net(image)
        found = heads.labels.softmax(1), heads.heat.clamp(0, 1), heads.parts.softmax(1), heads.depth.clamp(0, 1)
        return found if heads.normals is None else (*found, F.normalize(heads.normals, dim=1))


def trained(weights: Path, params: NetParams = NET) -> ParserNet:
    """The averaged network of a checkpoint, ready to answer; its own sizes, where it has them, win over `params`."""
    state = torch.load(weights, map_location="cpu", weights_only=True)
    if "params" in state:
        params = NetParams(**state["params"])
    net = ParserNet(params)
    net.load_state_dict(state.get("average", state))
    return net.eval()


def export(net: ParserNet, out: Path, version: str, half: bool = False) -> float:
    """Writes the ONNX file; returns the largest difference to torch over a few batches.

    half: large weights are then stored in half precision, which halves the file; onnxruntime widens them while
    loading and computes as before.
    """
    answer = Answer(net).eval()
    params = net.params
    example = torch.rand(2, 3, params.height, params.width) * 255
    waiting = out.with_suffix(".writing")
    torch.onnx.export(
        answer,
        (example,),
        waiting.as_posix(),
        input_names=["image"],
        output_names=answer.names,
        opset_version=17,
        dynamo=False,
        dynamic_axes={name: {0: "n"} for name in ("image", *answer.names)},
    )
    model = onnx.load(waiting.as_posix())
    entries = {"labels": json.dumps(LABELS), "version": version, "licence": "trained on renders of CC0 assets only"}
    for key, value in entries.items():
        model.metadata_props.add(key=key, value=value)
    error = _saved(model, waiting, answer, TOLERANCE)
    if half:
        _halve(model)
        error = _saved(model, waiting, answer, HALF_TOLERANCE)
    waiting.replace(out)
    return error


def _saved(model: onnx.ModelProto, path: Path, answer: Answer, tolerance: float) -> float:
    """Writes the model; returns how far it is from the trained network. Raises ValueError where that is too far."""
    onnx.checker.check_model(model)
    onnx.save(model, path.as_posix())
    error = difference(answer, path)
    if error > tolerance:
        raise ValueError(f"the exported network differs from the trained one by {error:.2g}")
    return error


def _halve(model: onnx.ModelProto) -> None:
    """Initialisers of more than a thousand numbers as float16 with a cast behind them, in place."""
    casts = []
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < 1000:
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + ".half"))
        casts.append(onnx.helper.make_node("Cast", [name + ".half"], [name], to=onnx.TensorProto.FLOAT))
    for node in reversed(casts):
        model.graph.node.insert(0, node)


def difference(answer: Answer, path: Path) -> float:
    """Largest absolute difference of any output between torch and onnxruntime."""
    session = onnxruntime.InferenceSession(path.as_posix(), providers=["CPUExecutionProvider"])
    height, width = answer.net.params.height, answer.net.params.width
    worst = 0.0
    for count in (1, 3):
        pictures = torch.from_numpy(np.random.default_rng(count).uniform(0, 255, (count, 3, height, width))).float()
        with torch.no_grad():
            expected = answer(pictures)
        found = session.run(None, {"image": pictures.numpy()})
        worst = max(worst, *(float(np.abs(a - b.numpy()).max()) for a, b in zip(found, expected, strict=True)))
    return worst


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--version", default="1")
    parser.add_argument("--checkpoint", type=Path, help="also write the averaged weights alone, to train on from")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    parser.add_argument("--height", type=int, help="of the input, where it shall differ from the checkpoint's")
    parser.add_argument("--width", type=int)
    chosen = parser.parse_args(arguments)
    net = trained(chosen.weights)
    net.params = replace(net.params, height=chosen.height or net.params.height, width=chosen.width or net.params.width)
    error = export(net, chosen.out, chosen.version, chosen.half)
    if chosen.checkpoint:
        torch.save({"average": net.state_dict(), "params": asdict(net.params)}, chosen.checkpoint)
    print(json.dumps({"out": chosen.out.name, "megabytes": round(chosen.out.stat().st_size / 1e6, 2), "error": error}))


if __name__ == "__main__":
    main()
