"""Word Mover's and Word Rotator's Distance between raw texts, as scikit-learn transformers of documents."""

import numpy as np

from kexuestat.text.mover_base import Mover
from kexuestat.text.pairs import ROTATOR_METRICS


class WordMoverDistance(Mover):
    """Word Mover's Distance between texts: the least work that carries the words of one to those of the other.

    Masses are the normalised weights of the distinct words, the cost is the distance of their vectors.

    Parameters
    ----------
    vectors : WordVectors, path, mapping, (words, array), KeyedVectors of gensim, callable, embedder, or None
        A callable takes tokens and returns one row for each. None fits a `PMIEmbedder` on the documents; use
        ``weights="sif"`` with it.
    tokenizer : "default" or callable str -> list of str
    weights : {"count", "binary", "tfidf", "sif"} or callable (word, count) -> weight, default "count"
        "tfidf": count * ln(n_documents / document frequency) over the fitted documents. "sif": count * a / (a + p(w)).
    metric : {"euclidean", "rms", "sqeuclidean", "cosine", "chord"}, default "euclidean"
        "rms" is the code published with kexue.fm/archives/7388, "chord" (unit vectors) is gensim's ``norm=True``.
    word_counts : mapping of str to number, optional
        Where p(w) of "sif" comes from; None counts the fitted documents.
    sif_a : float, default 1e-3
    converter : VectorConverter, sequence of its step names, or None
        Changes the vectors before anything else.
    oov : {"drop", "error"}, default "drop"
        Unknown words are left out and the rest is normalised, or the first one is named in an error.
    empty : {"warn", "error", "ignore"}, default "warn"
        What to do with texts without known words.
    empty_value : float, default nan
        Their distance, for pipelines whose classifier refuses nan.
    cancel : {"auto", True, False}, default "auto"
        Leave common words where they are, which is right for a metric cost only: "auto" does so for euclidean, rms and
        chord.
    n_jobs : int, optional
        Threads, as in joblib; results are the same for any number.
    max_memory : int, optional
        Bytes for word–word costs, default 512 MB.
    progress : bool, default False

    Attributes
    ----------
    vocabulary_ : tuple of str
        Words in use, in order of the rows of ``vectors_``.
    vectors_ : ndarray of float64, shape (n_words, d)
        Converted.
    documents_ : tuple (indptr, tokens, weights)
        The fitted documents, ragged; tokens are rows of ``vectors_``, weights are masses before normalising.
    idf_ : ndarray of float64, shape (n_words,)
        With ``weights="tfidf"`` only.
    oov_rate_ : float
        Share of the tokens of the fitted documents without a vector.
    empty_ : ndarray of int64
        Indices of fitted documents without known words.
    n_documents_ : int

    References
    ----------
    M. Kusner, Y. Sun, N. Kolkin, K. Weinberger, "From word embeddings to document distances", ICML 2015;
    kexue.fm/archives/7388.

    Examples
    --------
    >>> from kexuestat.text import WordMoverDistance
    >>> vectors = {"cat": [1.0, 0.0], "dog": [0.8, 0.6], "car": [0.0, 2.0]}
    >>> wmd = WordMoverDistance(vectors=vectors).fit(["cat", "car"])
    >>> wmd.transform(["a dog"]).round(3).tolist()
    [[0.632, 1.612]]
    >>> wmd.explain("cat dog", "car dog")[0][:2]
    ('cat', 'car')
    """

    def __init__(
        self,
        *,
        vectors=None,
        tokenizer="default",
        weights="count",
        metric="euclidean",
        word_counts=None,
        sif_a=1e-3,
        converter=None,
        oov="drop",
        empty="warn",
        empty_value=np.nan,
        cancel="auto",
        n_jobs=None,
        max_memory=None,
        progress=False,
    ):
        self.vectors = vectors
        self.tokenizer = tokenizer
        self.weights = weights
        self.metric = metric
        self.word_counts = word_counts
        self.sif_a = sif_a
        self.converter = converter
        self.oov = oov
        self.empty = empty
        self.empty_value = empty_value
        self.cancel = cancel
        self.n_jobs = n_jobs
        self.max_memory = max_memory
        self.progress = progress

    def _likeness(self, distances):
        return 1.0 / (1.0 + distances)


class WordRotatorDistance(Mover):
    """Word Rotator's Distance between texts: the least turning that carries the words of one to those of the other.

    The mass of a word is its weight times the length of its vector, the cost 1 - cos; range [0, 2]. With plain counts
    and vectors as they come it is often no better than `WordMoverDistance`; with a ``VectorConverter`` or
    ``weights="sif"``, and ``metric="chord"``, it usually is.

    Parameters
    ----------
    vectors : WordVectors, path, mapping, (words, array), KeyedVectors of gensim, callable, embedder, or None
        A callable takes tokens and returns one row for each. None fits a `PMIEmbedder` on the documents; use
        ``weights="sif"`` with it.
    tokenizer : "default" or callable str -> list of str
    weights : {"count", "binary", "tfidf", "sif"} or callable (word, count) -> weight, default "count"
        Multiplied by the length of the converted vector.
    metric : {"cosine", "chord"}, default "cosine"
        1 - cos, or sqrt(2 (1 - cos)), which is a metric.
    word_counts : mapping of str to number, optional
        Where p(w) of "sif" comes from; None counts the fitted documents.
    sif_a : float, default 1e-3
    converter : VectorConverter, sequence of its step names, or None
        Changes the vectors before lengths and directions are taken.
    oov : {"drop", "error"}, default "drop"
    empty : {"warn", "error", "ignore"}, default "warn"
    empty_value : float, default nan
    cancel : {"auto", True, False}, default "auto"
        Leave common words where they are; on for chord, never for 1 - cos, where it would be wrong.
    n_jobs : int, optional
    max_memory : int, optional
        Bytes for word–word costs, default 512 MB.
    progress : bool, default False

    Attributes
    ----------
    vocabulary_ : tuple of str
    vectors_ : ndarray of float64, shape (n_words, d)
        Converted.
    documents_ : tuple (indptr, tokens, weights)
        The fitted documents, ragged; weights are masses (weight times length) before normalising.
    idf_ : ndarray of float64, shape (n_words,)
        With ``weights="tfidf"`` only.
    oov_rate_ : float
    empty_ : ndarray of int64
    n_documents_ : int

    References
    ----------
    S. Yokoi, R. Takahashi, R. Akama, J. Suzuki, K. Inui, "Word Rotator's Distance", EMNLP 2020,
    doi:10.18653/v1/2020.emnlp-main.236; kexue.fm/archives/7388.

    Examples
    --------
    >>> from kexuestat.text import WordRotatorDistance
    >>> vectors = {"cat": [1.0, 0.0], "dog": [0.8, 0.6], "car": [0.0, 2.0]}
    >>> wrd = WordRotatorDistance(vectors=vectors).fit(["cat", "car"])
    >>> wrd.transform(["a dog"]).round(3).tolist()
    [[0.2, 0.4]]
    """

    _metrics = ROTATOR_METRICS
    _use_norms = True

    def __init__(
        self,
        *,
        vectors=None,
        tokenizer="default",
        weights="count",
        metric="cosine",
        word_counts=None,
        sif_a=1e-3,
        converter=None,
        oov="drop",
        empty="warn",
        empty_value=np.nan,
        cancel="auto",
        n_jobs=None,
        max_memory=None,
        progress=False,
    ):
        self.vectors = vectors
        self.tokenizer = tokenizer
        self.weights = weights
        self.metric = metric
        self.word_counts = word_counts
        self.sif_a = sif_a
        self.converter = converter
        self.oov = oov
        self.empty = empty
        self.empty_value = empty_value
        self.cancel = cancel
        self.n_jobs = n_jobs
        self.max_memory = max_memory
        self.progress = progress

    def _likeness(self, distances):
        return 1.0 - distances
