"""A Docker-free, .NET-free runtime for LEAN Python algorithm files."""
