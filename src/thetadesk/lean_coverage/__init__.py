"""How much of LEAN's API lean_local covers: `quantconnect-stubs` held against the runtime, written as documents."""
