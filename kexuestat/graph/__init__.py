"""Graphs and communities: the map equation, InfoMap, flows, readers and writers."""

from kexuestat._lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "alluvial": ["alluvial_streams"],
        "csr": ["CSRGraph"],
        "datasets": ["dataset_names", "load_graph"],
        "flow": ["Flow", "stationary_flow"],
        "infomap": ["InfoMap"],
        "communities": ["infomap_communities", "infomap_partitions"],
        "io.dispatch": ["read_graph", "read_partition", "write_partition"],
        "io.metadata": ["read_metadata"],
        "neighbors": ["knn_graph"],
        "partition": ["Partition"],
        "score": ["PartitionScore", "map_equation", "score_partition"],
        "significance": ["bootstrap_partitions", "consensus_partition"],
        "stability": ["co_assignment", "module_stability"],
        "state_networks": ["MultilayerNetwork", "StateNetwork", "memory_network"],
    },
)
