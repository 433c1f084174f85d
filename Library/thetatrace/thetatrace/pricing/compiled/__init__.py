"""Kernels that numba compiles. Only `thetatrace.pricing.engine` imports these modules, and only when it is told to.

Every loop body is straight arithmetic (polynomials, bit moves, selects; no calls, no branches), so that LLVM turns it
into vector instructions: that, not the compiling as such, is where the speed over numpy comes from.
"""
