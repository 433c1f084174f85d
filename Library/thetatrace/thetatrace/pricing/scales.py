"""Constants that the numpy and the compiled kernels share, so that the two cannot drift apart."""

INVERSE_ROOT_TWO_PI = 0.3989422804014327
ROOT_TWO_PI = 2.5066282746310002
EPSILON = 2.220446049250313e-16
SMALL_T = 0.19
"""Half total volatility below which the series of `normalised` is used: 7 odd terms leave less than 2e-14 of it."""
LARGEST_RELATIVE_NOISE = 1e-4
"""A price whose rounding alone moves the volatility by more than this, relative, does not determine it."""

# First guess of the implied volatility: in the normal (Bachelier) limit rho = phi(h) (1 + hY(h))/|h| depends on |h|
# alone, and is inverted by two polynomials, fitted here to a relative 5e-5 (the split follows P. Jaeckel, "Implied
# normal volatility", Wilmott 2017): |h|/g of 2g/NEAR_RANGE - 1 with g = 1/(rho + 1/2), and, far from the money,
# |h|/p of a linear map of (p - 2)/(p + 2) with p = sqrt(-ln rho). Lowest power first.
NEAR_RANGE = 1.73
NEAR_LIMIT = 1.728
NEAR_POWERS = (
    0.425684835, 0.0604439051, 0.0462896315, 0.0202258629, 0.0123826944, 0.0127001905,
    0.00974982865, -0.00574792933, -0.00556181392, 0.00842967206, 0.0064520919,
)  # fmt: skip
FAR_CENTRE = 0.3725
FAR_HALF_RANGE = 0.4975
FAR_POWERS = (
    1.17478959, 0.419954406, -0.224345517, 0.0133300747, 0.0520582918, -0.0565442684,
    0.03089144, 0.00807205763, -0.0209088296, 0.00295467143, 0.00366864042,
)  # fmt: skip
UNFINISHED = 255
"""Code of a row that a compiled kernel leaves to numpy; no caller sees it."""
TABLE_ORDER = 12
"""Terms in ln(sigma) of a table of early-exercise boundaries."""
BOUNDARY_NODES = 8
"""Collocation nodes of the schemes in use: a constant, so that a compiled loop over them is one vector instruction."""
