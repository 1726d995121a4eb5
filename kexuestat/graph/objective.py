"""The extra terms of the codelength, from options: metadata, entropy correction, wanted number of modules."""

import numpy as np

from kexuestat.graph.flow import count_directions
from kexuestat.graph.links import NO_IDS, NOTHING
from kexuestat.graph.lossy import next_step_bits
from kexuestat.graph.network import Objective


def _bits_per_codeword(links, options):
    """Return c / (2 D ln 2) with D = max(W, K): bits of bias per codeword of an estimated codelength."""
    if not options.entropy_corrected:
        return 0.0
    rows = links.rows
    total = rows.total_weight
    if not links.undirected:
        total = 2.0 * total - rows.weights[rows.rows() == rows.columns].sum()
    samples = max(total, count_directions(links))
    return options.entropy_correction_strength / (2.0 * samples * np.log(2.0)) if samples > 0 else 0.0


def objective_of(links, network, options, categories=None):
    """Return the Objective of options on a flow network; categories are dense metadata categories or None."""
    categories = NO_IDS if categories is None else categories
    weight = NOTHING
    if categories.shape[0]:
        weight = network.node_flow
        if options.meta_data_unweighted:
            weight = np.full(links.n_nodes, 1.0 / links.n_nodes)
    return Objective(
        meta_rate=options.meta_data_rate if categories.shape[0] else 0.0,
        categories=categories,
        meta_weight=weight,
        bits_per_codeword=_bits_per_codeword(links, options),
        preferred_modules=options.preferred_number_of_modules or 0,
        lossy_lambda=options.lossy_lambda if options.lossy else -1.0,
        next_step_bits=next_step_bits(network) if options.lossy else NOTHING,
    )
