"""Search under every extra term: states, recorded teleportation, metadata, entropy correction, wanted number of modules.

The plain engine (``search``) keeps cut and volume only; here a module also carries teleportation, codewords of physical
nodes and categories, and every change of the codelength is exact under all of them. Nodes may be frozen or grouped, and
the same moves on modules, or inside one, build a hierarchy.
"""
