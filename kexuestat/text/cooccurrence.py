"""Word vectors and a word graph from the user's own corpus: counts of neighbours, mutual information, one SVD.

Noise-contrastive estimation tells data from noise U with p(1|x) = σ(G(x) - γ); its optimum is p(x) = U(x) e^{G(x) - γ}
(kexue.fm/archives/5617). Negative sampling is the case γ = 0 with word frequencies as noise, so its optimum is
⟨u_w, v_c⟩ = ln p(w, c) / (p(w) p(c)), and PMI - ln k with k noise words per datum (Levy and Goldberg 2014,
"Neural word embedding as implicit matrix factorization"). The matrix is therefore factorised at once.

n(w, c) = counts_, D = Σ n; m(w, c) = max(0, ln(p(w, c) / (p(w) p_s(c))) - shift) = pmi_; m ≈ U Σ V', vectors U Σ^power.
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import InvalidInputError
from kexuestat.text import factor
from kexuestat.text.documents import Documents
from kexuestat.text.similar import neighbor_links
from kexuestat.text.vectors import WordVectors, lookup
from kexuestat.validation.options import check_boolean, check_integer, check_real

_BYTES_PER_TOKEN = 40


class PMIEmbedder(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """Word vectors fitted on the user's corpus, nothing is downloaded; the default embedder of the movers.

    Words within ``window`` positions of each other are counted, the counts become shifted positive pointwise mutual
    information, and a truncated SVD gives the vectors. With the default token weights of the movers these vectors are
    much worse than with ``weights="sif"``; use the latter.

    Parameters
    ----------
    dimension : int, default 100
        At most the rank of the matrix is kept.
    window : int, default 5
        Positions at distance o <= window add window - o + 1 to the count of both words.
    smoothing : float in [0, 1], default 0.75
        Exponent of the context frequencies.
    subsample : float or None, default 1e-3
        t of keep(w) = min(1, sqrt(t / f(w))), applied in expectation: counts are multiplied by keep(w) keep(c). None
        switches it off. 1e-3 suits 10^5 words, 1e-5 suits 10^9.
    shift : float, default 0.0
        Subtracted from the information; ln k stands for k negative samples.
    power : float in [0, 1], default 0.5
        Exponent of the singular values: 0.5 shares them between words and contexts.
    min_count : int, default 2
        Rarer words are removed before windows are laid.
    max_words : int, optional
        Keep only the most frequent words.
    max_memory : int, optional
        Bytes of working memory for counting beyond the result, default 512 MB.
    tokenizer : "default" or callable str -> list of str
    random_state : None, int, Generator or RandomState
        Start vector of the SVD; None starts at all ones.
    progress : bool, default False
        Show a progress bar over blocks of documents.

    Attributes
    ----------
    vocabulary_ : tuple of str, shape (n_words,)
        In order of first occurrence.
    vectors_ : ndarray of float64, shape (n_words, d)
    counts_ : csr_array of int64, shape (n_words, n_words)
        Symmetric, exact.
    pmi_ : csr_array of float64, shape (n_words, n_words)
    word_counts_ : ndarray of int64, shape (n_words,)
    singular_values_ : ndarray of float64, shape (d,)
    n_documents_ : int
    n_zero_ : int
        Words without positive information; their vectors are zero.

    References
    ----------
    kexue.fm/archives/5617; O. Levy, Y. Goldberg, "Neural word embedding as implicit matrix factorization", NIPS 2014;
    O. Levy, Y. Goldberg, I. Dagan, doi:10.1162/tacl_a_00134.

    Examples
    --------
    >>> from kexuestat.text import PMIEmbedder
    >>> texts = ["the cat sat on the mat", "the dog sat on the rug", "the cat saw the dog"]
    >>> embedder = PMIEmbedder(dimension=2).fit(texts)
    >>> embedder.vocabulary_
    ('the', 'cat', 'sat', 'on', 'dog')
    >>> embedder.transform(["the cat"]).vectors.shape
    (2, 2)
    """

    contextual = False

    def __init__(
        self,
        *,
        dimension=100,
        window=5,
        smoothing=0.75,
        subsample=1e-3,
        shift=0.0,
        power=0.5,
        min_count=2,
        max_words=None,
        max_memory=None,
        tokenizer="default",
        random_state=None,
        progress=False,
    ):
        self.dimension = dimension
        self.window = window
        self.smoothing = smoothing
        self.subsample = subsample
        self.shift = shift
        self.power = power
        self.min_count = min_count
        self.max_words = max_words
        self.max_memory = max_memory
        self.tokenizer = tokenizer
        self.random_state = random_state
        self.progress = progress

    def fit(self, texts, y=None):
        """Return self, fitted: count, weigh, factorise.

        Parameters
        ----------
        texts : sequence of str or of token lists
        y : ignored

        Returns
        -------
        PMIEmbedder

        Raises
        ------
        InvalidInputError
            If an option is out of range, or fewer than two distinct words remain.
        """
        self._check_options()
        documents = self._frequent_words(Documents.of(texts, tokenizer=self.tokenizer))
        counts = factor.neighbor_counts(
            documents, self.window, self._max_memory() // _BYTES_PER_TOKEN, progress=self.progress
        )
        information = factor.positive_information(counts, self.word_counts_, self.subsample, self.smoothing, self.shift)
        left, singular = factor.truncated_svd(information, self.dimension, self.random_state)
        self.vocabulary_ = documents.vocabulary
        self.n_documents_ = len(documents)
        self.counts_, self.pmi_ = counts, information
        self.singular_values_ = singular
        self.vectors_ = left * singular**self.power
        self.n_zero_ = int((~self.vectors_.any(axis=1)).sum())
        return self

    def transform(self, texts):
        """Return the vectors of the known tokens of each text, in reading order, with uniform weights.

        Parameters
        ----------
        texts : sequence of str or of token lists

        Returns
        -------
        TokenVectors
        """
        check_is_fitted(self)
        source = WordVectors.of(self)
        return lookup(Documents.of(texts, tokenizer=self.tokenizer, vocabulary=source), source)

    def _check_options(self):
        for name, low in (("dimension", 1), ("window", 1), ("min_count", 1)):
            check_integer(getattr(self, name), name, low)
        if self.max_words is not None:
            check_integer(self.max_words, "max_words", 2)
        check_real(self.smoothing, "smoothing", 0, 1)
        check_real(self.power, "power", 0, 1)
        check_real(self.shift, "shift", open_low=True, open_high=True)
        if self.subsample is not None:
            check_real(self.subsample, "subsample", 0, open_low=True)
        check_boolean(self.progress, "progress")
        self._max_memory()

    def _max_memory(self):
        return 512 * 2**20 if self.max_memory is None else check_integer(self.max_memory, "max_memory", 1)

    def _frequent_words(self, documents):
        """The documents without rare words; sets word_counts_."""
        found = np.bincount(documents.tokens, minlength=len(documents.vocabulary))
        order = np.lexsort((np.arange(found.shape[0]), -found))
        order = order[found[order] >= self.min_count][: self.max_words]
        rows = np.sort(order)
        if rows.shape[0] < 2:
            raise InvalidInputError(
                f"texts must hold at least two distinct words that occur min_count = {self.min_count} times, found "
                f"{rows.shape[0]} among {documents.tokens.shape[0]} tokens and {found.shape[0]} distinct words; "
                "lower min_count or pass more text."
            )
        self.word_counts_ = found[rows]
        words = documents.vocabulary
        return Documents.of(documents, vocabulary=[words[w] for w in rows.tolist()])


def word_graph(vectors, *, n_neighbors=40, min_similarity=0.5):
    """Return the directed graph that links each word to its most similar words (kexue.fm/archives/7006).

    Each word links to its at most n_neighbors words of largest cosine, if the cosine is at least min_similarity;
    weights are the cosines. Words without links stay as isolated nodes. Exact, by blocks. Clustering it with
    ``InfoMap(two_level=True)`` gives classes of words.

    Parameters
    ----------
    vectors : WordVectors, fitted PMIEmbedder, or anything ``WordVectors.of`` takes
    n_neighbors : int, default 40
    min_similarity : float in (0, 1], default 0.5

    Returns
    -------
    CSRGraph
        Its nodes are the words.

    Raises
    ------
    InvalidInputError
        If an option is out of range.

    Warns
    -----
    UserWarning
        If vectors are zero; their words are isolated.

    Examples
    --------
    >>> from kexuestat.text import word_graph
    >>> graph = word_graph({"cat": [1.0, 0.1], "dog": [0.9, 0.2], "car": [0.0, 1.0]}, n_neighbors=1)
    >>> graph.indices.tolist()
    [1, 0]
    """
    from kexuestat.graph.csr import CSRGraph

    check_integer(n_neighbors, "n_neighbors", 1)
    check_real(min_similarity, "min_similarity", 0, 1, open_low=True)
    source = WordVectors.of(vectors)
    indptr, indices, cosines, n_zero = neighbor_links(source.vectors, n_neighbors, min_similarity)
    if n_zero:
        factor.warn_zero_vectors(n_zero, len(source))
    return CSRGraph(indptr, indices, cosines, True, source.words)
