"""A BERT of a few thousand random weights, in Hugging Face's format, for tests that have the extra bert."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

MISSING = "the extra bert is not installed (make setup EXTRAS=bert)"
needs_bert = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("keras_hub", "tokenizers", "safetensors")), reason=MISSING
)

WIDTH, HEADS, LAYERS, INNER, PLACES = 16, 2, 2, 24, 64
PIECES = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "hoax",
    "official",
    "weather",
    "re",
    "##port",
    "##s",
    ".",
    "[",
    "]",
    "pad",
]
CONFIG = {
    "model_type": "bert",
    "vocab_size": len(PIECES),
    "hidden_size": WIDTH,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": INNER,
    "max_position_embeddings": PLACES,
    "type_vocab_size": 2,
}


def tokenizer(pieces: list[str] = PIECES) -> str:
    """A tokenizer.json; like many that people find, it would cut texts and fill them up."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    made = Tokenizer(WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = BertNormalizer(lowercase=True), BertPreTokenizer()
    made.add_special_tokens([piece for piece in pieces if piece in PIECES[:4]])
    made.enable_truncation(4)
    made.enable_padding(length=4)
    return made.to_str()


def weights() -> dict[str, np.ndarray]:
    """The arrays by Hugging Face's names; a dense layer's has a row an output."""
    draw = np.random.default_rng(0)

    def normal(*shape: int) -> np.ndarray:
        return draw.normal(0, 0.5, shape).astype(np.float32)

    def dense(name: str, outputs: int, inputs: int) -> dict[str, np.ndarray]:
        return {f"{name}.weight": normal(outputs, inputs), f"{name}.bias": normal(outputs)}

    def norm(name: str) -> dict[str, np.ndarray]:
        return {f"{name}.LayerNorm.weight": 1 + normal(WIDTH), f"{name}.LayerNorm.bias": normal(WIDTH)}

    tables = (("word", len(PIECES)), ("position", PLACES), ("token_type", 2))
    arrays = {f"embeddings.{name}_embeddings.weight": normal(rows, WIDTH) for name, rows in tables}
    arrays |= norm("embeddings") | dense("pooler.dense", WIDTH, WIDTH)
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        for name in ("query", "key", "value"):
            arrays |= dense(f"{layer}.attention.self.{name}", WIDTH, WIDTH)
        arrays |= dense(f"{layer}.attention.output.dense", WIDTH, WIDTH) | norm(f"{layer}.attention.output")
        arrays |= dense(f"{layer}.intermediate.dense", INNER, WIDTH)
        arrays |= dense(f"{layer}.output.dense", WIDTH, INNER) | norm(f"{layer}.output")
    return arrays


def write_preset(folder: Path, *, left_out: str = "", **config: Any) -> Path:
    """Writes the folder: keys of its config may be given, and an array's name for one that is left out."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG | config))
    (folder / "tokenizer.json").write_text(tokenizer())
    save_file({name: array for name, array in weights().items() if name != left_out}, folder / "model.safetensors")
    return folder
