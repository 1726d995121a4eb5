"""BertEmbedder under the contract, and the races of tokenizer and encoder; both only where their packages are."""

import functools
import tempfile
from importlib import util
from pathlib import Path

from tests.contract import EstimatorCase
from tests.text.bert_races import races

_HAS_TENSORFLOW = util.find_spec("tensorflow") is not None and util.find_spec("safetensors") is not None
_TEXTS = ["The president greets the press.", "obama speaks to the media", "a band gave a concert in japan", "语言模型"]


@functools.cache
def _tiny_model():
    from tests.text import tiny_bert

    folder = tempfile.TemporaryDirectory(prefix="tiny-bert-")
    tiny_bert.write_hf(Path(folder.name))
    return folder  # removed with the process


def _embedder():
    from kexuestat.text import BertEmbedder

    return BertEmbedder(_tiny_model().name, weighting="idf")


ESTIMATORS = (
    [EstimatorCase(_embedder, "documents", lambda: list(_TEXTS), ("n_layers_", "hidden_size_", "gelu_", "idf_"))]
    if _HAS_TENSORFLOW
    else []
)
PEERS = races()
