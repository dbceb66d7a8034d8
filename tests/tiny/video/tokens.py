"""Tokenizers of the published kinds, made in code: letters are their words."""

from __future__ import annotations

import string
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    ByT5Tokenizer,
    CLIPTokenizer,
    GemmaTokenizer,
    PreTrainedTokenizerFast,
    Qwen2Tokenizer,
    T5Tokenizer,
)

CHARACTERS = string.ascii_letters + string.digits + string.punctuation
BYTES = sorted(pre_tokenizers.ByteLevel.alphabet())
LLAMA_SPECIAL = ["<|begin_of_text|>", "<|end_of_text|>", "<pad>"]
LLAMA_ROLES = ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<image>"]
QWEN_ROLES = ["im_start", "im_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"]


def t5() -> Any:
    """T5 and UMT5: a unigram model, one piece per character."""
    special = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -20.0), ("▁", -2.0)]
    return T5Tokenizer(vocab=[*special, *((sign, -4.0) for sign in CHARACTERS)], extra_ids=0, model_max_length=512)


def clip() -> Any:
    """CLIP: byte pairs without merges."""
    words = [*BYTES, *(f"{sign}</w>" for sign in BYTES), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[], model_max_length=77)


def llama(templates: Iterable[str]) -> Any:
    """Llama 3: byte pairs over bytes, with the marks of its chat. Merges are learnt from a pipeline's own `templates`:
    they take as many tokens as with the real tokenizer, and leave room for the prompt."""
    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    core.decoder = decoders.ByteLevel()
    special = [*LLAMA_SPECIAL, *LLAMA_ROLES]
    trainer = trainers.BpeTrainer(
        vocab_size=900, min_frequency=1, show_progress=False, special_tokens=special, initial_alphabet=BYTES
    )
    core.train_from_iterator([*templates] * 3, trainer)
    start, end, pad = LLAMA_SPECIAL
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, bos_token=start, eos_token=end, pad_token=pad)
    tokenizer.add_special_tokens({"additional_special_tokens": LLAMA_ROLES})
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{start} $A", pair=f"{start} $A $B", special_tokens=[(start, tokenizer.bos_token_id)]
    )
    return tokenizer


def gemma() -> Any:
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    words = dict.fromkeys([*special, *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *CHARACTERS])
    return GemmaTokenizer(vocab={word: index for index, word in enumerate(words)}, merges=[])


def qwen() -> Any:
    """Qwen 2.5 with the marks of its chat and of pictures."""
    tokenizer = Qwen2Tokenizer(vocab={word: i for i, word in enumerate([*BYTES, "<|endoftext|>"])}, merges=[])
    tokenizer.add_special_tokens({"additional_special_tokens": [f"<|{role}|>" for role in QWEN_ROLES]})
    tokenizer.padding_side = "right"
    tokenizer.chat_template = (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
        "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )
    return tokenizer


def byt5() -> Any:
    return ByT5Tokenizer()
