"""Texts: tokens, word vectors, Word Mover's and Word Rotator's Distance, exact search, BERT."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "bert_tf": ["BertEmbedder", "convert_checkpoint"],
        "converters": ["VectorConverter"],
        "cooccurrence": ["PMIEmbedder", "word_graph"],
        "documents": ["Documents", "TokenVectors"],
        "greedy": ["GreedyMatching", "MatchScores", "greedy_match"],
        "movers": ["WordMoverDistance", "WordRotatorDistance"],
        "neighbors": ["MoverNeighbors", "NeighborsResult"],
        "pairs": [
            "word_mover_distance",
            "word_mover_similarity",
            "word_rotator_distance",
            "word_rotator_similarity",
        ],
        "samples": ["sample_corpus"],
        "tokenize": ["TextTokenizer"],
        "whitening": ["Whitening"],
        "wordpiece": ["WordPieceTokenizer"],
        "vectors": ["WordVectors", "read_vectors", "write_vectors"],
    },
)
