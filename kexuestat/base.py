"""Tag mixins for estimators whose input is a graph or a list of documents; no parameter machinery."""


class GraphInputMixin:
    """Tags of an estimator that takes a graph: an (n_nodes, n_nodes) matrix, sparse allowed, non-negative."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = True
        tags.input_tags.sparse = True
        tags.input_tags.positive_only = True
        return tags


class DocumentInputMixin:
    """Tags of an estimator that takes documents: a sequence of str or of token lists."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.string = True
        return tags
