"""Kernels that numba compiles. Only `thetatrace.pricing.engine` imports these modules, and only when it is told to.

Every body of a loop over rows (in `lattice`, over the nodes of one row) is straight arithmetic (polynomials, bit moves,
selects; no calls, no branches) that `emit` writes as vector instructions: that, not the compiling as such, is where the
speed over numpy comes from. What branches at a node, numba reads.
"""
