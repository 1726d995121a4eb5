"""The forward pass of BERT and ALBERT, built with a TensorFlow that the caller passes in.

Post-LayerNorm, inference only. x_0 = LayerNorm(word + position + type 0), for ALBERT followed by one dense layer;
then per layer, with h heads of width w:

    a = LayerNorm(x + W_o concat_h softmax(Q K' / sqrt(w) + mask) V),    y = LayerNorm(a + W_2 gelu(W_1 a))

The mask adds -1e9, which makes the weight of padding exactly 0 in float32. GELU is written out: x Φ(x) by erf, or its
tanh approximation 0.5 x (1 + tanh(sqrt(2/π) (x + 0.044715 x^3))).
"""

import math

from kexuestat.text.bert_names import layer_of

_MASKED = -1e9


def build_encoder(tf, config, weights, gelu, layers, layer_pool):
    """Return a ``tf.Module``: (ids int32 (n, length), lengths int32 (n,)) -> float32 (n, length, width).

    Parameters
    ----------
    tf : module
    config : BertConfig
    weights : dict of str to float32 array
        By the keys of :func:`kexuestat.text.bert_names.weight_table`.
    gelu : "erf", "tanh" or "relu"
    layers : tuple of int in 0 … n_layers
        Hidden states to return; 0 is the embedding output. Deeper layers are not computed.
    layer_pool : "mean" or "concat"
    """
    activation = _ACTIVATIONS[gelu]

    class Encoder(tf.Module):
        """Weights as constants of the model, and the traced function."""

        def __init__(self):
            super().__init__(name="bert")
            self.weights = {key: tf.constant(value) for key, value in weights.items()}
            signature = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None], tf.int32)]
            self.traced = tf.function(self.states, input_signature=signature, autograph=False)

        def __call__(self, ids, lengths):
            return self.traced(ids, lengths)

        def states(self, ids, lengths):
            n, length = tf.shape(ids)[0], tf.shape(ids)[1]
            steps = _Steps(tf, config, self.weights, activation, n, length)
            mask = steps.mask(lengths)
            state = steps.embedded(ids)
            states = {0: state}
            for i in range(max(layers)):
                state = steps.layer(str(layer_of(config, i)), state, mask)
                states[i + 1] = state
            pooled = _pooled(tf, [states[i] for i in layers], layer_pool)
            return tf.reshape(pooled, [n, length, -1])

    return Encoder()


def _pooled(tf, states, layer_pool):
    if layer_pool == "concat":
        return tf.concat(states, axis=-1)
    return states[0] if len(states) == 1 else tf.add_n(states) / len(states)


class _Steps:
    """The formulas above; states are flat, (n * length, width)."""

    def __init__(self, tf, config, weights, activation, n, length):
        self.tf, self.config, self.weights, self.activation = tf, config, weights, activation
        self.n, self.length = n, length

    def dense(self, key, x):
        return self.tf.nn.bias_add(self.tf.matmul(x, self.weights[f"{key}/kernel"]), self.weights[f"{key}/bias"])

    def norm(self, key, x):
        tf = self.tf
        mean = tf.reduce_mean(x, axis=-1, keepdims=True)
        centred = x - mean
        variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
        scaled = centred * tf.math.rsqrt(variance + self.config.eps)
        return scaled * self.weights[f"{key}/gamma"] + self.weights[f"{key}/beta"]

    def mask(self, lengths):
        tf = self.tf
        padding = 1.0 - tf.sequence_mask(lengths, self.length, dtype=tf.float32)
        return tf.reshape(padding * _MASKED, [self.n, 1, 1, self.length])

    def embedded(self, ids):
        tf, w = self.tf, self.weights
        x = tf.gather(w["word"], ids) + (w["position"][: self.length] + w["token_type"][0])[tf.newaxis]
        x = self.norm("embeddings", tf.reshape(x, [-1, self.config.embedding_size]))
        return self.dense("projection", x) if "projection/kernel" in w else x

    def heads(self, key, x):
        shape = [self.n, self.length, self.config.n_heads, self.config.hidden_size // self.config.n_heads]
        return self.tf.transpose(self.tf.reshape(self.dense(key, x), shape), [0, 2, 1, 3])

    def attention(self, key, x, mask):
        tf = self.tf
        scale = 1.0 / math.sqrt(self.config.hidden_size // self.config.n_heads)
        query, keys, value = (self.heads(f"{key}/attention/self/{part}", x) for part in ("query", "key", "value"))
        scores = tf.matmul(query * scale, keys, transpose_b=True) + mask
        mixed = tf.transpose(tf.matmul(tf.nn.softmax(scores), value), [0, 2, 1, 3])
        return self.dense(f"{key}/attention/output/dense", tf.reshape(mixed, [-1, self.config.hidden_size]))

    def layer(self, key, x, mask):
        attended = self.norm(f"{key}/attention/output/LayerNorm", x + self.attention(key, x, mask))
        inner = self.activation(self.tf, self.dense(f"{key}/intermediate/dense", attended))
        return self.norm(f"{key}/output/LayerNorm", attended + self.dense(f"{key}/output/dense", inner))


def _gelu_erf(tf, x):
    return 0.5 * x * (1.0 + tf.math.erf(x * math.sqrt(0.5)))


def _gelu_tanh(tf, x):
    return 0.5 * x * (1.0 + tf.tanh(math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)))


def _relu(tf, x):
    return tf.nn.relu(x)


_ACTIVATIONS = {"erf": _gelu_erf, "tanh": _gelu_tanh, "relu": _relu}
