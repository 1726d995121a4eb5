"""The same BERT in torch with its own fused operators: a second implementation, and the rival of the races."""

import numpy as np

HEADS = 12


def load(torch, folder):
    """Return a dict of torch tensors by Hugging Face's names."""
    from safetensors.torch import load_file

    return load_file(str(folder / "model.safetensors"))


def forward(torch, w, ids, lengths):
    """Return the list of hidden states (n, length, width) of a padded batch of ids."""
    functional = torch.nn.functional
    n, length = ids.shape
    mask = torch.arange(length)[None] < lengths[:, None]
    mask = torch.zeros(n, 1, 1, length).masked_fill(~mask[:, None, None], float("-inf"))

    def norm(name, x):
        return functional.layer_norm(x, x.shape[-1:], w[f"{name}.weight"], w[f"{name}.bias"], 1e-12)

    def dense(name, x):
        return functional.linear(x, w[f"{name}.weight"], w[f"{name}.bias"])

    def heads(name, x):
        return dense(name, x).view(n, length, HEADS, -1).transpose(1, 2)

    x = functional.embedding(ids, w["embeddings.word_embeddings.weight"])
    x = x + w["embeddings.position_embeddings.weight"][:length] + w["embeddings.token_type_embeddings.weight"][0]
    x = norm("embeddings.LayerNorm", x)
    states = [x]
    for i in range(sum(name.endswith("query.weight") for name in w)):
        name = f"encoder.layer.{i}"
        query, key, value = (heads(f"{name}.attention.self.{part}", x) for part in ("query", "key", "value"))
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        mixed = mixed.transpose(1, 2).reshape(n, length, -1)
        x = norm(f"{name}.attention.output.LayerNorm", x + dense(f"{name}.attention.output.dense", mixed))
        inner = functional.gelu(dense(f"{name}.intermediate.dense", x))
        x = norm(f"{name}.output.LayerNorm", x + dense(f"{name}.output.dense", inner))
        states.append(x)
    return states


def hidden_states(torch, folder, sequences):
    """Return per sequence of ids the list of its hidden states, numpy float32 (n, width)."""
    w = load(torch, folder)
    out = []
    with torch.inference_mode():
        for ids in sequences:
            states = forward(torch, w, torch.tensor([ids]), torch.tensor([len(ids)]))
            out.append([np.asarray(state[0]) for state in states])
    return out
