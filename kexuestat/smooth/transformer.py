"""A scikit-learn transformer that passes every feature through a smooth function."""

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from kexuestat.smooth.floor import smooth_floor, smooth_round
from kexuestat.smooth.gated import gelu, smooth_abs, swish
from kexuestat.smooth.penalties import huber, logcosh
from kexuestat.smooth.pieces import smooth_clip, smooth_hard_sigmoid, smooth_leaky_relu, smooth_soft_threshold
from kexuestat.smooth.steps import smooth_relu, smooth_sign, smooth_step
from kexuestat.validation.options import check_boolean, check_option
from kexuestat.validation.smooth import check_scale

_WITH_KERNEL = {
    "step": smooth_step,
    "sign": smooth_sign,
    "relu": smooth_relu,
    "leaky_relu": smooth_leaky_relu,
    "clip": smooth_clip,
    "hard_sigmoid": smooth_hard_sigmoid,
    "soft_threshold": smooth_soft_threshold,
    "floor": smooth_floor,
    "round": smooth_round,
}
_PLAIN = {"abs": smooth_abs, "gelu": gelu, "swish": swish, "logcosh": logcosh, "huber": huber}
_FUNCTIONS = (*_WITH_KERNEL, *_PLAIN)


class SmoothTransformer(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Features passed through a smooth function, entry by entry.

    Parameters
    ----------
    function : str, default="relu"
        "step", "sign", "relu", "leaky_relu", "clip", "hard_sigmoid", "soft_threshold", "floor", "round" take a kernel;
        "abs", "gelu", "swish", "logcosh", "huber" do not.
    kernel : str, default="gaussian"
        Mollifier of the first group.
    width : float or array_like of shape (n_features,), default=1.0
        Width >= 0 (delta for "huber"), in the unit of the feature; 0 is the hard function.
    relative : bool, default=False
        Whether the width counts in standard deviations of each feature, as found by fit.
    params : dict, default=None
        Further arguments of the function, such as ``{"lo": 0.0, "hi": 1.0}`` for "clip".

    Attributes
    ----------
    width_ : ndarray of shape (n_features,)
        Width of each feature, in its unit.
    n_features_in_ : int
        Number of features seen by fit.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, if they are all strings.

    Examples
    --------
    >>> import numpy as np
    >>> from kexuestat.smooth import SmoothTransformer
    >>> SmoothTransformer("clip", width=0.1).fit_transform(np.array([[0.5], [3.0]])).round(6)
    array([[0.5],
           [1. ]])
    """

    def __init__(self, function="relu", *, kernel="gaussian", width=1.0, relative=False, params=None):
        self.function = function
        self.kernel = kernel
        self.width = width
        self.relative = relative
        self.params = params

    def fit(self, X, y=None):
        """Return self, with the width of every feature.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)
            Finite numbers.
        y : None
            Ignored.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32])
        check_option(self.function, "function", _FUNCTIONS)
        width = np.broadcast_to(check_scale(self.width, "width"), (X.shape[1],)).astype(np.float64)
        self.width_ = width * X.std(axis=0, dtype=np.float64) if check_boolean(self.relative, "relative") else width
        self._apply(X[:1])
        return self

    def transform(self, X):
        """Return the function of every entry of X, ndarray of shape (n_samples, n_features)."""
        check_is_fitted(self)
        return self._apply(validate_data(self, X, dtype=[np.float64, np.float32], reset=False))

    def _apply(self, X):
        params = dict(self.params or {})
        if self.function in _WITH_KERNEL:
            return _WITH_KERNEL[self.function](X, kernel=self.kernel, width=self.width_, **params)
        name = "delta" if self.function == "huber" else "width"
        return _PLAIN[self.function](X, **{name: self.width_}, **params)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
