"""Words become ids: vocabulary, encoding, splits, word vectors; and the tokenizations that hold what came of it."""

from newslabel.tokens.encode import (
    ENCODERS,
    Encoder,
    TokenIds,
    WordsAndLengths,
    check_recipe,
    encoder_for,
    feature_names,
)
from newslabel.tokens.encoded import Encoded
from newslabel.tokens.vocabulary import FIRST_WORD, PADDING, UNKNOWN, Vocabulary

__all__ = [
    "ENCODERS",
    "FIRST_WORD",
    "PADDING",
    "UNKNOWN",
    "Encoded",
    "Encoder",
    "TokenIds",
    "Vocabulary",
    "WordsAndLengths",
    "check_recipe",
    "encoder_for",
    "feature_names",
]
