"""A loaded model: encoder, tokenizer and what "auto" became; texts in, piece vectors out.

TensorFlow comes in as an argument: this file does not import it.
"""

import logging
from dataclasses import dataclass

import numpy as np

from kexuestat.exceptions import InvalidInputError
from kexuestat.text.bert_config import BertConfig, resolve_gelu, resolve_lower_case
from kexuestat.text.bert_encoder import build_encoder
from kexuestat.text.bert_files import fingerprint, locate, read_config, read_safetensors
from kexuestat.text.bert_google import read_google
from kexuestat.text.bert_names import weight_table
from kexuestat.text.bert_windows import batches, padded, windows
from kexuestat.text.wordpiece import WordPieceTokenizer, read_vocabulary
from kexuestat.validation.bert import check_layers

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class BertModel:
    """One model in memory; ``layers`` are indices of hidden states, 0 … n_layers."""

    tf: object
    config: BertConfig
    tokenizer: WordPieceTokenizer
    encoder: object
    gelu: str
    lower_case: bool
    layers: tuple
    layer_pool: str
    fingerprint: str

    @property
    def width(self):
        """Width of a vector."""
        return self.config.hidden_size * (len(self.layers) if self.layer_pool == "concat" else 1)

    @property
    def settings(self):
        """Everything of the model that a piece vector depends on."""
        return self.fingerprint, self.layers, self.layer_pool, self.gelu, self.lower_case

    def sequence(self, ids):
        """Return ids between [CLS] and [SEP]."""
        return np.concatenate([[self.tokenizer.cls_id], ids, [self.tokenizer.sep_id]])

    def run(self, sequences):
        """Return the states of a batch, a list of float32 arrays (length_i, width).

        A batch that does not fit into memory is halved, again and again down to single sequences.
        """
        ids, lengths = padded(sequences, self.tokenizer.pad_id)
        try:
            states = self.encoder(self.tf.constant(ids), self.tf.constant(lengths)).numpy()
        except (self.tf.errors.ResourceExhaustedError, MemoryError):
            if len(sequences) == 1:
                raise
            half = len(sequences) // 2
            _LOGGER.warning("out of memory for a batch of %d texts; going on with %d.", len(sequences), half)
            return self.run(sequences[:half]) + self.run(sequences[half:])
        return [row[:length] for row, length in zip(states, lengths)]


def load_model(tf, checkpoint, *, layers, layer_pool, gelu, lower_case):
    """Return the :class:`BertModel` of a folder or file; see BertEmbedder for the options.

    Raises
    ------
    FileFormatError
        If the model cannot be read.
    InvalidInputError
        If a layer is out of range, or the vocabulary does not fit the configuration.
    """
    files = locate(checkpoint)
    config, raw, tokenizer_raw = read_config(files)
    layers = resolve_layers(layers, config.n_layers)
    gelu = resolve_gelu(gelu, raw, files.form, files.config)
    tokens = checked_vocabulary(files, config)
    lower_case = resolve_lower_case(lower_case, raw, tokenizer_raw, files.folder, tokens)
    weights = read_weights(tf, files, weight_table(config, max(layers)))
    return BertModel(
        tf=tf,
        config=config,
        tokenizer=WordPieceTokenizer(tokens, lower_case=lower_case),
        encoder=build_encoder(tf, config, weights, gelu, layers, layer_pool),
        gelu=gelu,
        lower_case=lower_case,
        layers=layers,
        layer_pool=layer_pool,
        fingerprint=fingerprint(files),
    )


def read_weights(tf, files, table):
    """Return the weights of a table from the files of a model: dict key -> float32 array."""
    if files.form == "google":
        return read_google(tf, files.weights[0], table)
    return read_safetensors(files.weights, table)


def checked_vocabulary(files, config):
    """Return the vocabulary, a tuple of str; more entries than the configuration's vocab_size are refused."""
    tokens = read_vocabulary(files.vocabulary)
    if len(tokens) > config.vocab_size:
        raise InvalidInputError(
            f"{files.vocabulary} has {len(tokens)} entries, {files.config.name} says vocab_size {config.vocab_size}; "
            "do they belong to one model?"
        )
    return tokens


def resolve_layers(layers, n_layers):
    """Return the layers as a tuple of indices 0 … n_layers.

    Examples
    --------
    >>> resolve_layers((1, -1), 12)
    (1, 12)
    """
    asked = check_layers(layers)
    for layer in asked:
        if not -n_layers - 1 <= layer <= n_layers:
            raise InvalidInputError(f"layers must be in [{-n_layers - 1}, {n_layers}], got {layer}.")
    return tuple(layer if layer >= 0 else n_layers + 1 + layer for layer in asked)


def piece_vectors(model, ids, window, batch_size, advance):
    """Return the piece vectors of texts, a list of float32 arrays (n_i + 2, width), [CLS] first and [SEP] last.

    Parameters
    ----------
    model : BertModel
    ids : list of int64 arrays
        Pieces of each text, without special tokens.
    window : int
        Most pieces of one window.
    batch_size : int
    advance : callable int -> None
        Told the number of windows done after each batch.
    """
    parts = [part for text, row in enumerate(ids) for part in windows(text, len(row), window)]
    out = [np.empty((len(row) + 2, model.width), dtype=np.float32) for row in ids]
    for batch in batches([part.end - part.start for part in parts], batch_size):
        chosen = [parts[i] for i in batch]
        states = model.run([model.sequence(ids[part.text][part.start : part.end]) for part in chosen])
        for part, state in zip(chosen, states):
            _take(out[part.text], part, state)
        advance(len(chosen))
    return out


def _take(out, part, state):
    """Copy what a window is responsible for; the first window brings [CLS], the last one [SEP]."""
    low = 1 + part.first - part.start
    out[1 + part.first : 1 + part.last] = state[low : low + part.last - part.first]
    if part.first == 0:
        out[0] = state[0]
    if part.last == out.shape[0] - 2:
        out[-1] = state[-1]
