"""A pipeline of diffusers from files that lie as on the hub, in the form that the memory plan asks for."""

from __future__ import annotations

import inspect
import json
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from tryon.errors import WeightsMissing
from tryon.runtime.placing import arrange, read
from tryon.spec import Footprint, Runtime
from tryon.video.diffusion.method import LoRA, Method
from tryon.weights.hub import INSTEAD
from tryon.weights.layout import locate

log = logging.getLogger(__name__)


def open_pipeline(runtime: Runtime, method: Method) -> Any:
    """The pipeline on its device. Raises what the weights room raises."""
    spec, plan = runtime.spec, runtime.memory
    assert spec.footprint is not None
    folders = locate(runtime)
    with _in_our_words(spec.title):
        pipeline = _loaded(folders, method, spec.footprint, runtime)
        pipeline.set_progress_bar_config(disable=True)
        return arrange(method.opened(pipeline), spec.footprint, plan, runtime.device)


def _loaded(folders: Mapping[str, Path], method: Method, footprint: Footprint, runtime: Runtime) -> Any:
    import diffusers

    _quiet()
    title, plan = runtime.spec.title, runtime.memory
    folder = folders[runtime.spec.weights[0].repo]
    options: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "variant": method.variant}
    types, cls = dtypes(footprint, plan.dtype), getattr(diffusers, method.pipeline)
    listed = index(folder, title)
    places = {part.name: folder / part.name for part in footprint.components}
    places |= {part.name: folders[part.repo] / part.subfolder for part in method.elsewhere}
    classes = {part.name: _class(listed[part.name], cls) for part in footprint.components if part.name in listed}
    classes |= {part.name: _class((None, part.cls), cls) for part in method.elsewhere}
    checked = {*_denoisers(footprint), "vae"}

    def network(name: str) -> Any:
        words = {**options, "dtype": types.get(name, types["default"])}
        if not any(places[name].glob(f"*.{method.variant}.*")):  # not every part is published in it
            words["variant"] = None
        made = classes[name].from_pretrained(str(places[name]), **words)
        if name in checked:
            whole(made, places[name], title)
        for lora in method.loras:
            if lora.target == name:
                _add(cls, made, lora, folders[lora.repo])
        return made

    networks = {part.name for part in footprint.components} & classes.keys()
    given = {name: made.from_pretrained(str(places[name])) for name, made in classes.items() if name not in networks}
    makers = {name: partial(network, name) for name in classes if name in networks}
    given |= read(footprint, plan, runtime.device, makers) | dict(method.words)
    return cls.from_pretrained(str(folder), dtype=types, **options, **given)


def _class(listed: tuple[str | None, str], pipeline: Any) -> Any:
    """The class that a repository's index names by its library, or by the module of its pipeline."""
    import diffusers
    import transformers

    beside = sys.modules.get(f"diffusers.pipelines.{listed[0]}")
    return next(getattr(home, listed[1]) for home in (diffusers, transformers, beside) if hasattr(home, listed[1]))


def _quiet() -> None:
    """No progress bars of the libraries' own: events tell how far we are. And no warnings that quote a prompt."""
    import diffusers
    import transformers

    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.disable_progress_bar()
    diffusers.utils.logging.set_verbosity_error()


def dtypes(footprint: Footprint, dtype: str) -> dict[str, Any]:
    """What from_pretrained takes: the type of each part."""
    import torch

    own = {part.name: getattr(torch, part.dtype) for part in footprint.components if part.dtype}
    return {"default": getattr(torch, dtype), **own}


def index(folder: Path, title: str) -> dict[str, Any]:
    """The folder's model_index.json. Raises WeightsMissing."""
    try:
        listed = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        listed = None
    if not isinstance(listed, dict):
        raise WeightsMissing(model=title, missing="model_index.json cannot be read", instead=INSTEAD)
    return listed


def whole(module: Any, folder: Path, title: str) -> None:
    """Raises WeightsMissing when a file lacks a weight of the module: diffusers would make one up and only log it."""
    from safetensors import safe_open

    there: set[str] = set()
    for path in folder.glob("*.safetensors"):
        with safe_open(path, framework="pt") as file:
            there |= set(file.keys())
    lacking = sorted(set(module.state_dict()) - there)
    if lacking:
        few = ", ".join(lacking[:3])
        text = f"{len(lacking)} weights of its {folder.name} are missing ({few}{', ...' if len(lacking) > 3 else ''})"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD)


def _denoisers(footprint: Footprint) -> list[str]:
    return [part.name for part in footprint.components if part.role == "denoiser"]


def _add(pipeline: Any, denoiser: Any, lora: LoRA, folder: Path) -> None:
    """Adds a LoRA to a denoiser for good, so that it costs nothing while running. `pipeline`: the class that knows the
    trainers' names."""
    parts = inspect.signature(pipeline.__init__).parameters.values()
    alone = pipeline(**{part.name: None for part in parts if part.default is part.empty and part.name != "self"})
    alone.register_modules(transformer=denoiser)
    name = f"{lora.target}_{Path(lora.file).stem}".replace(".", "_")
    alone.load_lora_weights(str(folder), weight_name=lora.file, adapter_name=name)
    alone.fuse_lora(components=["transformer"], lora_scale=lora.scale, adapter_names=[name])
    alone.unload_lora_weights()


@contextmanager
def _in_our_words(title: str) -> Iterator[None]:
    """Errors of the libraries about files as WeightsMissing. Their texts hold paths: only their kind is told."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError, SafetensorError) as error:
        log.warning("%s cannot be opened: %s", title, type(error).__name__, exc_info=True)
        text = f"its files cannot be used ({type(error).__name__})"
        raise WeightsMissing(model=title, missing=text, instead=INSTEAD) from None
