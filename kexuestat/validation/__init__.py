"""Every check of user input, one file per subject; the only place that words a complaint.

``options`` checks scalars and choices, ``arrays`` checks arrays; each part of the package has its own file beside
them (``graph``, ``transport``, ``text``, ``smooth``, ``estimation``). A check returns the cleaned value.
"""
