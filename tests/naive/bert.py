"""BERT and ALBERT in numpy float64, one text at a time and without padding, by Google's names of the weights.

Devlin et al. 2019, Vaswani et al. 2017 (attention), Hendrycks and Gimpel 2016 (GELU), Lan et al. 2020 (ALBERT).
"""

import math

import numpy as np
from scipy.special import erf


def gelu_erf(x):
    return x * 0.5 * (1 + erf(x / math.sqrt(2)))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


GELU = {"erf": gelu_erf, "tanh": gelu_tanh, "relu": lambda x: np.maximum(x, 0)}


def layer_norm(x, gamma, beta, eps):
    mean = x.mean(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(((x - mean) ** 2).mean(axis=-1, keepdims=True) + eps) * gamma + beta


def attention(x, get, n_heads):
    query, key, value = (x @ get(f"{part}/kernel") + get(f"{part}/bias") for part in ("query", "key", "value"))
    width = x.shape[1] // n_heads
    mixed = np.empty_like(x)
    for head in range(n_heads):
        own = slice(head * width, (head + 1) * width)
        scores = query[:, own] @ key[:, own].T / math.sqrt(width)
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        mixed[:, own] = scores / scores.sum(axis=1, keepdims=True) @ value[:, own]
    return mixed


_BERT = ("attention/self", "attention/output/dense", "attention/output/LayerNorm", "intermediate/dense")
_BERT += ("output/dense", "output/LayerNorm")
_ALBERT = ("attention_1/self", "attention_1/output/dense", "LayerNorm", "ffn_1/intermediate/dense")
_ALBERT += ("ffn_1/intermediate/output/dense", "LayerNorm_1")


def hidden_states(weights, ids, *, n_layers, n_heads, gelu="erf", eps=1e-12, n_groups=None):
    """Return the list of n_layers + 1 hidden states (n, width); n_groups marks an ALBERT."""
    w = {name: np.asarray(value, dtype=np.float64) for name, value in weights.items()}
    x = w["embeddings/word_embeddings"][ids] + w["embeddings/position_embeddings"][: len(ids)]
    x = x + w["embeddings/token_type_embeddings"][0]
    x = layer_norm(x, w["embeddings/LayerNorm/gamma"], w["embeddings/LayerNorm/beta"], eps)
    if n_groups is not None:
        mapping = "encoder/embedding_hidden_mapping_in"
        x = x @ w[f"{mapping}/kernel"] + w[f"{mapping}/bias"]
    states = [x]
    for i in range(n_layers):
        if n_groups is None:
            scope, names = f"encoder/layer_{i}", _BERT
        else:
            scope, names = f"encoder/transformer/group_{i * n_groups // n_layers}/inner_group_0", _ALBERT
        x = layer(
            x, {k[len(scope) + 1 :]: v for k, v in w.items() if k.startswith(scope + "/")}, names, n_heads, gelu, eps
        )
        states.append(x)
    return states


def layer(x, w, names, n_heads, gelu, eps):
    self_, out, norm_1, up, down, norm_2 = names
    mixed = attention(x, lambda part: w[f"{self_}/{part}"], n_heads)
    x = layer_norm(x + mixed @ w[f"{out}/kernel"] + w[f"{out}/bias"], w[f"{norm_1}/gamma"], w[f"{norm_1}/beta"], eps)
    inner = GELU[gelu](x @ w[f"{up}/kernel"] + w[f"{up}/bias"])
    return layer_norm(
        x + inner @ w[f"{down}/kernel"] + w[f"{down}/bias"], w[f"{norm_2}/gamma"], w[f"{norm_2}/beta"], eps
    )
