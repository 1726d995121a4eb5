"""Names and shapes of the weights of BERT and ALBERT, in Google's and in Hugging Face's spelling.

One table is the only place that knows both: ``name`` is Google's without scope, and the key of every weight dictionary
in the package; ``hf_name`` is Hugging Face's; ``transposed`` says that the file holds the other orientation.
"""

from typing import NamedTuple

WORDS = "embeddings/word_embeddings"
SCOPES = {"google": ("bert/", "", "bert_model/"), "safetensors": ("", "bert.", "albert.", "model.")}

# part of a layer: Google BERT, HF BERT, Google ALBERT, HF ALBERT
_DENSE = (
    ("attention/self/query", "attention.self.query", "attention_1/self/query", "attention.query"),
    ("attention/self/key", "attention.self.key", "attention_1/self/key", "attention.key"),
    ("attention/self/value", "attention.self.value", "attention_1/self/value", "attention.value"),
    ("attention/output/dense", "attention.output.dense", "attention_1/output/dense", "attention.dense"),
    ("intermediate/dense", "intermediate.dense", "ffn_1/intermediate/dense", "ffn"),
    ("output/dense", "output.dense", "ffn_1/intermediate/output/dense", "ffn_output"),
)
_NORMS = (
    ("attention/output/LayerNorm", "attention.output.LayerNorm", "LayerNorm", "attention.LayerNorm"),
    ("output/LayerNorm", "output.LayerNorm", "LayerNorm_1", "full_layer_layer_norm"),
)


class Weight(NamedTuple):
    """One weight: ``key`` names its role in the encoder, the same for BERT and ALBERT."""

    key: str
    name: str
    hf_name: str
    shape: tuple
    transposed: bool = False


def layer_of(config, i):
    """Return the number of the stored layer that layer i computes with: i itself in BERT, the group in ALBERT."""
    return i // (config.n_layers // config.n_groups)


def weight_table(config, depth=None):
    """Return the weights that the first ``depth`` layers (default all) need, as a list of :class:`Weight`.

    Examples
    --------
    >>> from kexuestat.text.bert_config import parse_config
    >>> sizes = {"vocab_size": 50, "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2}
    >>> config = parse_config(sizes | {"intermediate_size": 16, "max_position_embeddings": 64}, "bert_config.json")
    >>> table = weight_table(config)
    >>> len(table), table[5].name, table[5].hf_name
    (37, 'encoder/layer_0/attention/self/query/kernel', 'encoder.layer.0.attention.self.query.weight')
    """
    depth = config.n_layers if depth is None else depth
    table = _embeddings(config)
    if config.model_type == "albert":
        shape = (config.embedding_size, config.hidden_size)
        hidden = "encoder/embedding_hidden_mapping_in"
        table += _dense("projection", hidden, hidden.replace("/", "."), shape)
    n_stored = layer_of(config, depth - 1) + 1 if depth else 0
    for layer in range(n_stored):
        table += _layer(config, layer)
    return table


def _embeddings(config):
    width = config.embedding_size
    rows = {"word": config.vocab_size, "position": config.n_positions, "token_type": config.n_types}
    table = [
        Weight(kind, f"embeddings/{kind}_embeddings", f"embeddings.{kind}_embeddings.weight", (n, width))
        for kind, n in rows.items()
    ]
    return table + _norm("embeddings", "embeddings/LayerNorm", "embeddings.LayerNorm", width)


def _layer(config, layer):
    h, inner = config.hidden_size, config.intermediate_size
    shapes = {"intermediate/dense": (h, inner), "output/dense": (inner, h)}
    albert = config.model_type == "albert"
    scope = f"encoder/transformer/group_{layer}/inner_group_0/" if albert else f"encoder/layer_{layer}/"
    hf_scope = f"encoder.albert_layer_groups.{layer}.albert_layers.0." if albert else f"encoder.layer.{layer}."
    table = []
    for names in _DENSE:
        google, hf = names[2:] if albert else names[:2]
        table += _dense(f"{layer}/{names[0]}", scope + google, hf_scope + hf, shapes.get(names[0], (h, h)))
    for names in _NORMS:
        google, hf = names[2:] if albert else names[:2]
        table += _norm(f"{layer}/{names[0]}", scope + google, hf_scope + hf, h)
    return table


def _dense(key, name, hf_name, shape):
    return [
        Weight(f"{key}/kernel", f"{name}/kernel", f"{hf_name}.weight", shape, True),
        Weight(f"{key}/bias", f"{name}/bias", f"{hf_name}.bias", shape[1:]),
    ]


def _norm(key, name, hf_name, width):
    return [
        Weight(f"{key}/gamma", f"{name}/gamma", f"{hf_name}.weight", (width,)),
        Weight(f"{key}/beta", f"{name}/beta", f"{hf_name}.bias", (width,)),
    ]
