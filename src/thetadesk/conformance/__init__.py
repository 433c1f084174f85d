"""LEAN's own Python regression algorithms, run by lean_local from the user's checkout, against their C# twins."""
