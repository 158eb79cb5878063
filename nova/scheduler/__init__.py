"""Where servers go. Hosts are columns, a filter is a mask over all of them, a weigher a vector.

README.rst says how to add a filter or a weigher.
"""
