"""Token vectors from a TensorFlow BERT, and conversion of its checkpoints.

The only file of the package that imports TensorFlow, and only inside functions: importing this module, naming
:class:`BertEmbedder`, constructing, cloning and printing it need no TensorFlow.
"""

import contextlib
import logging
import os
from functools import partial

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.exceptions import NotFittedError

from kexuestat.base import DocumentInputMixin
from kexuestat.exceptions import InvalidInputError, KexueStatError, MissingDependencyError
from kexuestat.text.bert_convert import convert
from kexuestat.text.bert_embedding import Run, embed_texts, encode_texts, window_size
from kexuestat.text.bert_files import fingerprint, locate
from kexuestat.text.bert_model import load_model
from kexuestat.text.bert_words import frequency_weight, inverse_document_frequencies, token_rules
from kexuestat.validation.bert import check_bert_options, check_layers, check_path
from kexuestat.validation.options import check_option
from kexuestat.validation.text import check_texts

_LOGGER = logging.getLogger(__name__)
_OLDEST, _TESTED = (2, 18), "2.18 to 2.21"
_ABSENT = (
    '{} needs TensorFlow; install it with: pip install "kexuestat[bert]" (CPU only: "kexuestat[bert-cpu]"). '
    "Everything else works without it; token vectors of your own can be passed as arrays."
)
_USED_IN = []  # the process that has run TensorFlow; a forked child inherits it


def import_tensorflow(user="BertEmbedder"):
    """Return the module tensorflow.

    Raises
    ------
    MissingDependencyError
        If it is absent, older than 2.18, or cannot be imported.
    KexueStatError
        If this process was forked from one that has used it.
    """
    refuse_forked_process()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import tensorflow as tf

        version = tuple(int(part) for part in tf.__version__.split(".")[:2])
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise _broken(user, error) from error
        raise MissingDependencyError(_ABSENT.format(user)) from error
    except Exception as error:  # a broken installation raises whatever it likes
        raise _broken(user, error) from error
    if version < _OLDEST:
        raise MissingDependencyError(
            f"{user} needs TensorFlow 2.18 or later, got {tf.__version__}; upgrade it with: "
            'pip install --upgrade "kexuestat[bert]".'
        )
    _USED_IN[:] = [os.getpid()]
    return tf


def _broken(user, error):
    return MissingDependencyError(
        f"{user} needs TensorFlow, which is installed but cannot be imported ({type(error).__name__}: {error}). "
        f"Versions {_TESTED} are tested; tensorflow and tensorflow-cpu must not be installed together."
    )


def refuse_forked_process():
    if _USED_IN and _USED_IN[0] != os.getpid():
        raise KexueStatError(
            "BertEmbedder was used before this process was forked; TensorFlow does not survive fork(). "
            'Use joblib (loky) or the "spawn" start method.'
        )


class BertEmbedder(DocumentInputMixin, TransformerMixin, BaseEstimator):
    """Token vectors of texts from a BERT or ALBERT model in a local folder.

    The model is read from Google's or Hugging Face's format; nothing is downloaded. Texts longer than the model allows
    go through overlapping windows. Distinct texts are encoded once, in batches of like length.

    ``fit`` loads the model and learns idf; ``transform`` needs no ``fit`` unless ``weighting="idf"``. TensorFlow is
    loaded by either of them; it prints a few lines of its own, and uses as many threads as the user set for it
    (``tf.config.threading``, or ``TF_NUM_INTRAOP_THREADS`` before the start). A process forked after that cannot use
    the embedder; joblib's default workers can.

    Parameters
    ----------
    checkpoint : path
        A folder, a checkpoint prefix or a ``.safetensors`` file; configuration and ``vocab.txt`` stand beside it.
    layers : int or tuple of int, default -1
        Hidden states: 0 is the embedding output, 1 … L the layers; negative ones count from the end. The last layer is
        best for models fine-tuned for sentences; of a plain BERT try −2 or (1, −1).
    layer_pool : {"mean", "concat"}, default "mean"
        How several layers become one vector; "concat" has the width ``len(layers) * hidden_size_``.
    word_pool : {"mean", "first", "none"}, default "mean"
        How the pieces of a word become one vector; "none" keeps the pieces as tokens.
    special_tokens : bool, default False
        Keep [CLS] first and [SEP] last, with offsets (0, 0) and (len, len).
    drop_punctuation : bool, default False
        Drop words that are one punctuation character.
    stop_words : sequence of str, default ()
        Words dropped after encoding, so that the context of the others stays.
    weighting : {"uniform", "idf"} or callable, default "uniform"
        "idf" is ln((N + 1) / (df + 1)) over the N fitted texts; a callable maps a token to a non-negative weight.
    max_length : int, optional
        Pieces per window with [CLS] and [SEP], at least 3; default: the model's, at most 512.
    long_text : {"window", "truncate", "error"}, default "window"
        What happens to a longer text.
    batch_size : int, default 16
        16 to 32 is best on a CPU. A batch that does not fit into memory is halved.
    lower_case : {"auto", True, False}, default "auto"
        "auto": as configuration, folder name or vocabulary say.
    gelu : {"auto", "erf", "tanh"}, default "auto"
        "auto": tanh for Google's "gelu", erf for Hugging Face's, as the two compute it.
    device : str, optional
        A ``tf.device`` name; "cpu" keeps GPUs unused.
    cache : path, optional
        Folder of a disk cache of vectors (one SQLite file), shared by processes.
    progress : bool, default False

    Attributes
    ----------
    tokenizer_ : WordPieceTokenizer
    n_layers_, hidden_size_ : int
    gelu_ : {"erf", "tanh", "relu"}
    lower_case_ : bool
    idf_ : dict of str to float, or None
        Tokens of the fitted texts; None unless ``weighting="idf"``.

    Raises
    ------
    MissingDependencyError
        If TensorFlow is absent.
    FileFormatError
        If the model is incomplete, ambiguous, corrupt or of another kind.
    InvalidInputError
        If a parameter breaks its rule.

    Notes
    -----
    A text encoded in another batch differs by about 1e-6; with ``cache`` the first result stays. A mean-pooled sentence
    vector as sentence-transformers makes it is the mean over ``special_tokens=True, word_pool="none"``, scaled to unit
    length.

    References
    ----------
    Devlin, Chang, Lee, Toutanova: BERT (NAACL 2019), https://doi.org/10.18653/v1/N19-1423; Lan et al.: ALBERT (ICLR
    2020), https://arxiv.org/abs/1909.11942; windows, idf: Zhang et al.: BERTScore (ICLR 2020),
    https://arxiv.org/abs/1904.09675; first-last average: kexue.fm/archives/8069

    Examples
    --------
    >>> from kexuestat.text import BertEmbedder
    >>> BertEmbedder("chinese_L-12_H-768_A-12", layers=(1, -1))
    BertEmbedder(checkpoint='chinese_L-12_H-768_A-12', layers=(1, -1))
    """

    contextual = True

    def __init__(
        self,
        checkpoint=None,
        *,
        layers=-1,
        layer_pool="mean",
        word_pool="mean",
        special_tokens=False,
        drop_punctuation=False,
        stop_words=(),
        weighting="uniform",
        max_length=None,
        long_text="window",
        batch_size=16,
        lower_case="auto",
        gelu="auto",
        device=None,
        cache=None,
        progress=False,
    ):
        self.checkpoint = checkpoint
        self.layers = layers
        self.layer_pool = layer_pool
        self.word_pool = word_pool
        self.special_tokens = special_tokens
        self.drop_punctuation = drop_punctuation
        self.stop_words = stop_words
        self.weighting = weighting
        self.max_length = max_length
        self.long_text = long_text
        self.batch_size = batch_size
        self.lower_case = lower_case
        self.gelu = gelu
        self.device = device
        self.cache = cache
        self.progress = progress

    def fit(self, texts, y=None):
        """Return self, with the model loaded and, for ``weighting="idf"``, the frequencies of tokens learned.

        Parameters
        ----------
        texts : sequence of str
        y : ignored
        """
        texts = check_texts(texts)
        check_bert_options(self)
        self._model, self._fingerprint = None, None
        model = self._loaded()
        self.idf_, self._n_texts = None, len(texts)
        run = self._run(model)
        if self.weighting == "idf":
            encoded = encode_texts(texts, self.tokenizer_, self._rules(), run)
            self.idf_ = inverse_document_frequencies(encoded.selected[i].tokens for i in encoded.place)
        return self

    def transform(self, texts):
        """Return the :class:`~kexuestat.text.TokenVectors` of texts: float32 vectors, weights summing to 1, offsets.

        Parameters
        ----------
        texts : sequence of str
        """
        texts = check_texts(texts)
        check_bert_options(self)
        weigh = self._weigh()
        model = self._loaded()
        run = self._run(model)
        encoded = encode_texts(texts, self.tokenizer_, self._rules(), run)
        with _on_device(model.tf, self.device):
            return embed_texts(model, encoded, run, weigh)

    def __getstate__(self):
        return {name: value for name, value in super().__getstate__().items() if name != "_model"}

    def _rules(self):
        return token_rules(
            self.word_pool, self.special_tokens, self.drop_punctuation, self.stop_words, self.lower_case_
        )

    def _run(self, model):
        window = window_size(self.max_length, model.config.n_positions)
        return Run(window, self.long_text, self.batch_size, self.cache, self.progress)

    def _weigh(self):
        """A function token -> weight; None for uniform weights."""
        if self.weighting == "uniform":
            return None
        if callable(self.weighting):
            return self.weighting
        if getattr(self, "idf_", None) is None:
            raise NotFittedError('BertEmbedder with weighting="idf" is not fitted yet; call fit with a corpus first.')
        return partial(frequency_weight, self.idf_, self._n_texts)

    def _loaded(self):
        """The model in memory, read again if a parameter that concerns it has changed."""
        layers = check_layers(self.layers)
        settings = (os.fspath(self.checkpoint), layers, self.layer_pool, self.gelu, self.lower_case, self.device)
        settings_then, model = getattr(self, "_model", None) or (None, None)
        if settings == settings_then:
            refuse_forked_process()
            return model
        model = self._load(settings[0])
        self._model = settings, model
        self._fingerprint = settings[0], model.fingerprint
        self.tokenizer_, self.gelu_, self.lower_case_ = model.tokenizer, model.gelu, model.lower_case
        self.n_layers_, self.hidden_size_ = model.config.n_layers, model.config.hidden_size
        return model

    def _load(self, path):
        tf = import_tensorflow()
        path_then, fingerprint_then = getattr(self, "_fingerprint", None) or (None, None)
        if path == path_then and fingerprint(locate(path)) != fingerprint_then:
            raise InvalidInputError(
                f"the model at {path} has changed since this BertEmbedder was fitted; fit it again."
            )
        options = {name: getattr(self, name) for name in ("layers", "layer_pool", "gelu", "lower_case")}
        _let_gpu_memory_grow(tf, self.device)
        with _on_device(tf, self.device):
            return load_model(tf, path, **options)


def _on_device(tf, device):
    """A context for a device that is there; None leaves the choice to TensorFlow."""
    if device is None:
        return contextlib.nullcontext()
    there = [place.name.removeprefix("/device:") for place in tf.config.list_logical_devices()]
    try:
        spec = tf.DeviceSpec.from_string(device)
    except (ValueError, TypeError, AttributeError):
        spec = tf.DeviceSpec(device_type="?")
    name = f"{spec.device_type}:{spec.device_index or 0}"
    if name not in there:
        raise InvalidInputError(f"device must be one of {', '.join(there)}, got {device!r}.")
    return tf.device(device)


def _let_gpu_memory_grow(tf, device):
    """Without this TensorFlow takes all memory of every GPU; once it is initialised, the user's choice stands."""
    if device is not None and "cpu" in str(device).lower():
        return
    for gpu in tf.config.list_physical_devices("GPU"):
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError as error:
            _LOGGER.info("memory growth of %s not set: %s", gpu.name, error)


def convert_checkpoint(source, target, *, to):
    """Return the path of a model written in the other format; it gives the same vectors by default settings.

    What the encoder needs is converted; pooler and heads are not. Google's format cannot say which GELU a model means,
    so ``"gelu"`` and ``"do_lower_case"`` are written into its ``bert_config.json``; other programs ignore keys that
    they do not know.

    Parameters
    ----------
    source : path
        As ``checkpoint`` of :class:`BertEmbedder`.
    target : path
        A folder that is absent or empty; it appears when everything is written.
    to : {"google", "safetensors"}

    Returns
    -------
    pathlib.Path
        The target.

    Raises
    ------
    InvalidInputError
        If the target is not empty.
    FileFormatError
        If the source cannot be read.
    MissingDependencyError
        If TensorFlow is absent.
    """
    check_path(source, "source")
    check_path(target, "target")
    check_option(to, "to", ("google", "safetensors"))
    return convert(import_tensorflow("convert_checkpoint"), source, target, to)
