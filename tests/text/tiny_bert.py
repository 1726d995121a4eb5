"""A tiny random BERT or ALBERT, and the forms in which it can lie on the disk; written without the package's tables."""

import json
from pathlib import Path

import numpy as np

_VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a president press band gave concert in japan chicago greets media speaks to "
    "##s ##er ##ing play obama , . ! ? ' ( ) 语 言 模 型 中 国 北 京 乐 队 un ##believ ##able e x ##x y ##y 1 2 ##3"
)
VOCABULARY = _VOCABULARY.split()
N_HEADS, N_POSITIONS = 4, 64
CONFIG = {
    "vocab_size": len(VOCABULARY),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": N_HEADS,
    "intermediate_size": 48,
    "max_position_embeddings": N_POSITIONS,
    "type_vocab_size": 2,
    "hidden_act": "gelu",
}
ALBERT = CONFIG | {"embedding_size": 16, "num_hidden_groups": 1, "inner_group_num": 1, "num_hidden_layers": 4}

_BERT_LAYER = {
    "attention/self/query": (32, 32),
    "attention/self/key": (32, 32),
    "attention/self/value": (32, 32),
    "attention/output/dense": (32, 32),
    "intermediate/dense": (32, 48),
    "output/dense": (48, 32),
    "attention/output/LayerNorm": None,
    "output/LayerNorm": None,
}
_ALBERT_LAYER = {
    "attention_1/self/query": (32, 32),
    "attention_1/self/key": (32, 32),
    "attention_1/self/value": (32, 32),
    "attention_1/output/dense": (32, 32),
    "ffn_1/intermediate/dense": (32, 48),
    "ffn_1/intermediate/output/dense": (48, 32),
    "LayerNorm": None,
    "LayerNorm_1": None,
}


def weights_of(config, seed=0):
    """Return random weights float32 by Google's names without scope; far from zero mean and unit scale on purpose."""
    rng = np.random.default_rng(seed)
    albert = "num_hidden_groups" in config
    width = config.get("embedding_size", 32)
    shapes = {
        "embeddings/word_embeddings": (config["vocab_size"], width),
        "embeddings/position_embeddings": (N_POSITIONS, width),
        "embeddings/token_type_embeddings": (2, width),
    }
    denses, norms = {}, {"embeddings/LayerNorm": width}
    if albert:
        denses["encoder/embedding_hidden_mapping_in"] = (width, 32)
    for i in range(config["num_hidden_groups"] if albert else config["num_hidden_layers"]):
        scope = f"encoder/transformer/group_{i}/inner_group_0" if albert else f"encoder/layer_{i}"
        for name, shape in (_ALBERT_LAYER if albert else _BERT_LAYER).items():
            (denses if shape else norms)[f"{scope}/{name}"] = shape or 32
    weights = {name: rng.normal(0, 0.5, shape) for name, shape in shapes.items()}
    for name, shape in denses.items():
        weights[f"{name}/kernel"] = rng.normal(0, 1.5 / np.sqrt(shape[0]), shape)
        weights[f"{name}/bias"] = rng.normal(0, 0.3, shape[1])
    for name, n in norms.items():
        weights[f"{name}/gamma"] = rng.uniform(0.5, 1.5, n)
        weights[f"{name}/beta"] = rng.normal(0, 0.3, n)
    return {name: value.astype(np.float32) for name, value in weights.items()}


_ALBERT_HF = (
    ("transformer/group_", "albert_layer_groups."),
    ("/inner_group_0/", "/albert_layers.0/"),
    ("attention_1/self/", "attention/"),
    ("attention_1/output/dense", "attention/dense"),
    ("ffn_1/intermediate/output/dense", "ffn_output"),
    ("ffn_1/intermediate/dense", "ffn"),
    ("0/LayerNorm_1/", "0/full_layer_layer_norm/"),
    ("albert_layers.0/LayerNorm/", "albert_layers.0/attention/LayerNorm/"),
)


def hf_name(name, gamma=False):
    """Return Hugging Face's spelling of a Google name; gamma=True keeps the old gamma and beta."""
    if "group_" in name:
        for old, new in _ALBERT_HF:
            name = name.replace(old, new)
    name = name.replace("layer_", "layer.", 1) if "encoder/layer_" in name else name
    if name.endswith("_embeddings"):
        name += "/weight"
    name = name.replace("/kernel", "/weight")
    if not gamma:
        name = name.replace("/gamma", "/weight").replace("/beta", "/bias")
    return name.replace("/", ".")


def hf_arrays(weights, prefix="", gamma=False):
    """Return the weights by Hugging Face's names, dense kernels transposed, with position_ids as real files have."""
    arrays = {
        prefix + hf_name(name, gamma): np.ascontiguousarray(value.T) if name.endswith("/kernel") else value
        for name, value in weights.items()
    }
    arrays[f"{prefix}embeddings.position_ids"] = np.arange(N_POSITIONS, dtype=np.int64)[None]
    return arrays


def _write_common(folder, name, config, vocabulary=VOCABULARY):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    return folder


def write_hf(folder, config=CONFIG, seed=0, prefix="", gamma=False, shards=1, cast=None):
    """Write a Hugging Face folder and return it."""
    from safetensors.numpy import save_file

    kind = "albert" if "num_hidden_groups" in config else "bert"
    folder = _write_common(folder, "config.json", {"model_type": kind, "do_lower_case": True} | config)
    arrays = hf_arrays(weights_of(config, seed), prefix, gamma)
    if cast is not None:
        arrays = {name: a.astype(cast) if a.dtype == np.float32 else a for name, a in arrays.items()}
    if shards == 1:
        save_file(arrays, folder / "model.safetensors")
        return folder
    home = {name: f"model-{i % shards + 1:05d}-of-{shards:05d}.safetensors" for i, name in enumerate(arrays)}
    for shard in set(home.values()):
        save_file({n: a for n, a in arrays.items() if home[n] == shard}, folder / shard)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": home}))
    return folder


def google_weights(config=CONFIG, seed=0, scope="bert/"):
    return {scope + name: value for name, value in weights_of(config, seed).items()}


def save_v2(prefix, weights):
    import tensorflow as tf

    names = sorted(weights)
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=names,
        shape_and_slices=[""] * len(names),
        tensors=[tf.constant(weights[name]) for name in names],
    )


def save_graph(prefix, weights):
    """With a v1 Saver in a graph, beside Adam slots and a step counter."""
    import tensorflow as tf

    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = [tf.compat.v1.get_variable(n, initializer=v, use_resource=False) for n, v in weights.items()]
        variables += [
            tf.compat.v1.get_variable(f"{n}/adam_m", initializer=np.zeros_like(v)) for n, v in weights.items()
        ]
        variables.append(tf.compat.v1.get_variable("global_step", initializer=np.int64(7)))
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver(variables).save(session, str(prefix))


def save_eager(prefix, weights):
    """With a v1 Saver, eagerly."""
    import tensorflow as tf

    saver = tf.compat.v1.train.Saver({name: tf.Variable(value) for name, value in weights.items()})
    saver.save(None, str(prefix))


def save_shards(prefix, weights):
    """In three data files."""
    import tensorflow as tf

    names = sorted(weights)
    parts = [f"{prefix}-part-{i}" for i in range(3)]
    for i, part in enumerate(parts):
        save_v2(part, {name: weights[name] for name in names[i::3]})
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(prefix), delete_old_dirs=False)


GOOGLE_WRITERS = {"save_v2": save_v2, "graph": save_graph, "eager": save_eager, "shards": save_shards}


def write_google(folder, config=CONFIG, seed=0, scope="bert/", writer="save_v2"):
    """Write a Google checkpoint folder and return it."""
    name = "albert_config.json" if "num_hidden_groups" in config else "bert_config.json"
    folder = _write_common(folder, name, {"do_lower_case": True} | config)
    GOOGLE_WRITERS[writer](folder / "bert_model.ckpt", google_weights(config, seed, scope))
    return folder
