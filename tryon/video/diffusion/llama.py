"""A repair for repositories that name Llama 3's tokenizer wrongly."""

from __future__ import annotations

from typing import Any


def with_its_spaces(pipe: Any) -> Any:
    """The pipeline with its tokenizer opened by what its file holds.

    HunyuanVideo's repositories name LlamaTokenizerFast. transformers 5 takes that at its word and puts sentencepiece's
    rules over a byte-level file: every space and line break vanishes, without an error.
    """
    from transformers import PreTrainedTokenizerFast

    pipe.register_modules(tokenizer=PreTrainedTokenizerFast.from_pretrained(pipe.tokenizer.name_or_path))
    return pipe
