"""Word vectors: words and an array of one row per word, from files, mappings, pairs or gensim objects."""

import os
from collections.abc import Mapping

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import FileFormatError, InvalidInputError
from kexuestat.text import vector_files
from kexuestat.text.documents import Documents, TokenVectors, normalised_rows
from kexuestat.text.similar import most_similar_rows
from kexuestat.validation.options import check_integer, check_option
from kexuestat.validation.text import check_vector_rows, check_words


class WordVectors(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """Word vectors, read-only; the static embedder.

    Parameters
    ----------
    words : sequence of str, shape (n_words,)
        Distinct.
    vectors : array of float32 or float64, shape (n_words, d)
        Finite; used as it is where it is such an array, memory-mapped ones too. Other numbers become float64.
        Readers of files give float32.

    Raises
    ------
    InvalidInputError
        If words are not distinct, the numbers of words and rows differ, or a row is not finite (its word is named).

    Examples
    --------
    >>> from kexuestat.text import WordVectors
    >>> wv = WordVectors(["cat", "dog", "car"], [[1.0, 0.1], [0.9, 0.2], [0.0, 1.0]])
    >>> wv["dog"].tolist(), "bus" in wv, len(wv)
    ([0.9, 0.2], False, 3)
    >>> wv.most_similar("cat", n=1)[0][0]
    'dog'
    """

    contextual = False

    def __init__(self, words, vectors):
        words = check_words(words)
        vectors = check_vector_rows(vectors, "vectors", words)
        self._set(words, vectors)

    def _set(self, words, vectors):
        if len(words) != vectors.shape[0]:
            raise InvalidInputError(f"vectors must have one row per word ({len(words)}), got shape {vectors.shape}.")
        self.words = words
        self.vectors = vectors.view()
        self.vectors.flags.writeable = False
        self._index = None

    @classmethod
    def _unchecked(cls, words, vectors):
        """Word vectors from a source that has been checked, or must not be read through (a memory-mapped folder)."""
        new = cls.__new__(cls)
        new._set(words, vectors)
        return new

    @classmethod
    def of(cls, obj):
        """Return word vectors from any accepted form.

        Parameters
        ----------
        obj : WordVectors, path, mapping word -> vector, pair (words, array), gensim KeyedVectors, or PMIEmbedder
            A gensim object (4 or later) is recognised by ``key_to_index`` and ``vectors``; its array is used, not
            copied. A fitted ``PMIEmbedder`` gives its words and vectors.

        Returns
        -------
        WordVectors

        Raises
        ------
        InvalidInputError
            If obj has none of these forms.
        """
        if isinstance(obj, WordVectors):
            return obj
        if isinstance(obj, (str, os.PathLike)):
            return read_vectors(obj)
        if hasattr(obj, "wv") and hasattr(obj.wv, "key_to_index"):
            obj = obj.wv
        if hasattr(obj, "key_to_index") and hasattr(obj, "vectors"):
            return _of_gensim(cls, obj)
        if hasattr(obj, "vocabulary_") and hasattr(obj, "vectors_"):
            return cls(obj.vocabulary_, obj.vectors_)
        if isinstance(obj, Mapping):
            return _of_mapping(cls, obj)
        if isinstance(obj, (tuple, list)) and len(obj) == 2:
            return cls(*obj)
        raise InvalidInputError(
            "vectors must be a WordVectors, a path, a mapping word -> vector, a pair (words, array), a gensim "
            f"KeyedVectors or an embedder, got {type(obj).__name__}."
        )

    @property
    def index(self):
        """dict word -> row, built on first use."""
        if self._index is None:
            self._index = {word: i for i, word in enumerate(self.words)}
            if len(self._index) < len(self.words):  # only a mapped word list, which is not read through when opened
                self._index = None
                check_words(self.words)
        return self._index

    def __len__(self):
        return len(self.words)

    def __contains__(self, word):
        return word in self.index

    def __getitem__(self, word):
        return self.vectors[self.index[word]]

    def __iter__(self):
        return iter(self.words)

    def __repr__(self):
        n, d = self.vectors.shape
        return f"WordVectors({n} words, {d} dimensions, {self.vectors.dtype})"

    def __getstate__(self):
        return {"words": self.words, "vectors": np.asarray(self.vectors)}

    def __setstate__(self, state):
        self._set(state["words"], state["vectors"])

    def __sklearn_clone__(self):
        return self

    def __deepcopy__(self, memo):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def most_similar(self, word, n=10):
        """Return the n words of largest cosine with a word, itself left out; of equal ones the earlier row first.

        Parameters
        ----------
        word : str
        n : int, default 10

        Returns
        -------
        list of (str, float)
            Cosine in [-1, 1]; zero vectors are nobody's neighbour.

        Raises
        ------
        KeyError
            If the word has no vector.
        """
        row = self.index[word]
        rows, cosines = most_similar_rows(self.vectors, row, check_integer(n, "n", 1))
        return [(self.words[i], float(c)) for i, c in zip(rows, cosines)]

    def fit(self, texts=None, y=None):
        """Return self: word vectors have nothing to learn.

        Parameters
        ----------
        texts : ignored
        y : ignored

        Returns
        -------
        WordVectors
        """
        return self

    def transform(self, texts):
        """Return the vectors of the known tokens of each text, in reading order, with uniform weights.

        Parameters
        ----------
        texts : sequence of str or of token lists

        Returns
        -------
        TokenVectors
            Offsets are -1.
        """
        return lookup(Documents.of(texts, vocabulary=self), self)


def lookup(documents, source):
    """Return the TokenVectors of documents whose vocabulary is that of the word vectors."""
    words = source.words
    return TokenVectors(
        documents.indptr,
        np.asarray(source.vectors[documents.tokens]),
        normalised_rows(documents.indptr, documents.weights),
        tuple(words[i] for i in documents.tokens.tolist()),
        np.full((documents.tokens.shape[0], 2), -1, dtype=np.int64),
    )


def _of_gensim(cls, obj):
    words = getattr(obj, "index_to_key", None)
    if words is None:
        words = sorted(obj.key_to_index, key=obj.key_to_index.get)
    return cls(words, obj.vectors)


def _of_mapping(cls, mapping):
    rows = [np.asarray(vector) for vector in mapping.values()]
    if len({row.shape for row in rows}) > 1:
        first = rows[0].shape
        word, row = next((w, r) for w, r in zip(mapping, rows) if r.shape != first)
        raise InvalidInputError(f"vectors must have equal lengths, got {first} and {row.shape} for {word!r}.")
    return cls(mapping.keys(), np.stack(rows) if rows else np.zeros((0, 0)))


def read_vectors(path, *, form="auto", limit=None, errors="strict", progress=False):
    """Return the word vectors in a file or folder.

    Parameters
    ----------
    path : path
        A folder written by ``write_vectors`` or a ``.npy`` file with a ``.txt`` of words beside it (both are mapped,
        not read), word2vec text or binary, fastText ``.vec``, GloVe text; plain or ``.gz``.
    form : {"auto", "folder", "npy", "word2vec-text", "glove-text", "word2vec-binary"}, default "auto"
        "auto" looks at the first two lines: a header counts only if the second line agrees with it.
    limit : int, optional
        Rows to read.
    errors : {"strict", "replace"}, default "strict"
        What to do with a word that is no UTF-8.
    progress : bool, default False
        Show a progress bar.

    Returns
    -------
    WordVectors
        float32; a mapped array keeps its dtype.

    Raises
    ------
    FileFormatError
        With file, line (binary: record), word, and what was found and expected; also for pickles, which are not
        loaded.

    Warns
    -----
    UserWarning
        If a word stands twice (its first row counts) or the header announces fewer rows than there are.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from kexuestat.text import read_vectors
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "tiny.txt"
    >>> _ = path.write_text("cat 1 0.5\\ndog 0.5 1\\n")
    >>> read_vectors(path)
    WordVectors(2 words, 2 dimensions, float32)
    """
    check_option(form, "form", ("auto", *vector_files.READERS))
    check_option(errors, "errors", ("strict", "replace"))
    if limit is not None:
        check_integer(limit, "limit", 1)
    words, vectors, mapped = vector_files.read(os.fspath(path), form, limit, errors, progress)
    if mapped:
        return WordVectors._unchecked(words, vectors)
    try:
        return WordVectors(words, vectors)
    except InvalidInputError as error:
        raise FileFormatError(f"{os.fspath(path)}: {error}") from None


def write_vectors(path, vectors):
    """Return the path of the folder that now holds the word vectors, ready to be mapped by ``read_vectors``.

    The folder has ``words.txt`` (one word per line) and ``vectors.npy``; it is written beside the target and renamed
    at the end, so that no half folder stays.

    Parameters
    ----------
    path : path
        A folder that does not exist or is empty.
    vectors : anything ``WordVectors.of`` takes

    Returns
    -------
    str

    Raises
    ------
    InvalidInputError
        If the target exists and is not empty, or a word contains a line break.

    Examples
    --------
    >>> import tempfile, os
    >>> from kexuestat.text import read_vectors, write_vectors
    >>> folder = write_vectors(os.path.join(tempfile.mkdtemp(), "animals"), {"cat": [1.0, 0.5], "dog": [0.5, 1.0]})
    >>> read_vectors(folder)["dog"].tolist()
    [0.5, 1.0]
    """
    source = WordVectors.of(vectors)
    return vector_files.write_folder(os.fspath(path), source.words, source.vectors)
