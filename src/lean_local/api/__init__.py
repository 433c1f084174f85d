"""What algorithms see: LEAN's classes under LEAN's names."""
