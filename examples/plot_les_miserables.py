"""
The characters of Les Misérables
================================

Who appears together in a chapter of Victor Hugo's novel: a weighted graph of 77 characters. InfoMap finds groups, the
hierarchy above them and the characters who belong to more than one; Markov time chooses how coarse the groups are.
"""

import networkx as nx

from kexuestat import InfoMap

graph = nx.les_miserables_graph()
infomap = InfoMap(random_state=0).fit(graph)
print(f"{infomap.codelength_:.6f} bits per step, {infomap.relative_savings_:.0%} less than without modules")

# %%
# Modules by decreasing flow, the characters in them as well.

for module, members in infomap.partition_.modules().items():
    print(f"{module}: {infomap.module_flow_[module]:.1%} of the steps: {', '.join(members[:6])}")

# %%
# A character belongs to a module with the share of the links that lead there.

overlap = infomap.overlapping(threshold=0.25)
shared = {name for members in overlap for name in members if sum(name in other for other in overlap) > 1}
print("in more than one module:", ", ".join(sorted(shared)))

# %%
# Longer Markov times give fewer modules: the way to choose how coarse the result is, without fixing a number.

for markov_time in (0.5, 1.0, 2.0, 4.0):
    found = InfoMap(markov_time=markov_time, random_state=0).fit(graph)
    print(f"Markov time {markov_time}: {found.n_modules_} modules")

# %%
# The hierarchy is never longer than two levels.

deep = InfoMap(two_level=False, random_state=0).fit(graph)
print(f"{deep.n_levels_} levels, {deep.codelength_:.6f} bits per step")
