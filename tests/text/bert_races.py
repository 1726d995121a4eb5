"""Sides of the races of tokenizer and encoder: real MiniLM weights, sentences of STS-B where they are at hand.

Every side tokenizes for itself. Ours is ``BertEmbedder`` as users call it, pooling included.
"""

import contextlib
import copy
import csv
import gzip
from importlib import util
from pathlib import Path

import numpy as np

from tests.contract import Race
from tests.naive import wordpiece as naive
from tests.text.real_bert import minilm_folder

_STSB = Path(__file__).resolve().parents[3] / "shared" / "data" / "text" / "stsb-en" / "train.csv.gz"


def sentences(n):
    """Return n distinct English sentences of various lengths: STS-B, or pieces of the sample corpus."""
    if _STSB.exists():
        with gzip.open(_STSB, "rt", encoding="utf-8", newline="") as file:
            found = dict.fromkeys(text for row in csv.reader(file) for text in row[:2])
    else:
        from kexuestat.text import sample_corpus

        corpus = sample_corpus()
        found = dict.fromkeys(" ".join(corpus[i : i + 1 + i % 5]) for i in range(len(corpus)))
    return list(found)[:: max(len(found) // n, 1)][:n]  # the file is sorted by kind, from short to long


def _tokenizer_sides(n):
    def setup():
        from kexuestat.text import WordPieceTokenizer

        vocabulary = minilm_folder() / "vocab.txt"
        texts = sentences(n)

        tokenizer = WordPieceTokenizer(vocabulary)
        known = set(tokenizer.tokens)

        def ours():
            fresh = copy.copy(tokenizer)  # remembers no word yet
            return [fresh.encode(text).tokens for text in texts]

        sides = {"kexuestat": ours, "six rules": lambda: [naive.tokenize(text, known, True) for text in texts]}
        if util.find_spec("tokenizers"):
            from tokenizers import BertWordPieceTokenizer

            theirs = BertWordPieceTokenizer(str(vocabulary), lowercase=True)

            def encoded(text):
                found = theirs.encode(text, add_special_tokens=False)
                return found.tokens, found.ids, found.offsets, found.word_ids

            sides["tokenizers"] = lambda: [encoded(text)[0] for text in texts]
        return sides

    def quality(result):
        from kexuestat.text import WordPieceTokenizer

        known = set(WordPieceTokenizer(minilm_folder() / "vocab.txt").tokens)
        wrong = sum(list(row) != naive.tokenize(text, known, True) for text, row in zip(sentences(n), result))
        return {"mismatches": float(wrong), "texts": float(len(result))}

    return setup, quality


class _Encoding:
    """The sentences, our loaded model, and last hidden states of all pieces by four ways of batching."""

    def __init__(self, n):
        import tensorflow as tf

        from kexuestat.text import BertEmbedder

        with contextlib.suppress(RuntimeError):  # TensorFlow is running already: ratios are of CPU time anyway
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        self.texts = sentences(n)
        self.embedder = BertEmbedder(minilm_folder(), word_pool="none", special_tokens=True)
        self.embedder.transform(self.texts[:4])
        self.model = self.embedder._model[1]
        self.sequences = self.encoded()

    def encoded(self):
        return [self.model.sequence(self.model.tokenizer.encode(text).ids) for text in self.texts]

    def ours(self):
        result = self.embedder.transform(self.texts)
        return [part.vectors for part in result]

    def input_order(self):
        size, sequences = self.embedder.batch_size, self.encoded()
        return [row for i in range(0, len(sequences), size) for row in self.model.run(sequences[i : i + size])]

    def fixed_width(self, width=128):
        tf, size, out = self.model.tf, self.embedder.batch_size, []
        sequences = self.encoded()
        for i in range(0, len(sequences), size):
            batch = [sequence[:width] for sequence in sequences[i : i + size]]
            ids = np.array([np.pad(sequence, (0, width - len(sequence))) for sequence in batch], dtype=np.int32)
            lengths = np.array([len(sequence) for sequence in batch], dtype=np.int32)
            states = self.model.encoder(tf.constant(ids), tf.constant(lengths)).numpy()
            out += [row[:length] for row, length in zip(states, lengths)]
        return out

    def torch(self):
        """The same model in torch with its fused operators, in the same sorted batches, tokenization included."""
        import torch

        from kexuestat.text.bert_windows import batches, padded
        from tests.text import torch_bert

        torch.set_num_threads(1)
        weights = torch_bert.load(torch, minilm_folder())

        def run():
            sequences = self.encoded()
            out = [None] * len(sequences)
            with torch.inference_mode():
                for batch in batches([len(s) for s in sequences], self.embedder.batch_size):
                    ids, lengths = padded([sequences[i] for i in batch], 0)
                    ids, lengths = torch.from_numpy(ids).long(), torch.from_numpy(lengths).long()
                    states = torch_bert.forward(torch, weights, ids, lengths)[-1].numpy()
                    for i, row in zip(batch, states):
                        out[i] = row[: len(sequences[i])].copy()
            return out

        return run


def _encoder_sides(n):
    memory = {}

    def setup():
        encoding = memory["encoding"] = _Encoding(n)
        sides = {
            "kexuestat": encoding.ours,
            "input order": encoding.input_order,
            "fixed width 128": encoding.fixed_width,
        }
        if util.find_spec("torch"):
            sides["torch"] = encoding.torch()
        return sides

    def quality(result):
        """Largest distance to single texts, each run alone, on some of them."""
        model, sequences = memory["encoding"].model, memory["encoding"].sequences
        chosen = range(0, len(sequences), max(len(sequences) // 16, 1))
        return {"error": float(max(np.abs(result[i] - model.run([sequences[i]])[0]).max() for i in chosen))}

    return setup, quality


def races():
    """Return the races whose packages are installed."""
    found = []
    if minilm_folder() is None:
        return found
    for n, slow in ((300, False), (10_000, True)):
        setup, quality = _tokenizer_sides(n)
        name = f"WordPiece, {n} sentences"
        found.append(Race(name, "text", setup, quality, {"tokenizers": 1.0, "six rules": 1.0}, slow=slow))
    if util.find_spec("tensorflow") is None:
        return found
    for n, slow in ((24, False), (400, True)):
        setup, quality = _encoder_sides(n)
        targets = {"torch": 1.15, "input order": 1.5, "fixed width 128": 5.0}
        found.append(Race(f"BERT vectors, {n} sentences", "text", setup, quality, targets, rounds=4, slow=slow))
    return found
