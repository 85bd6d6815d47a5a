"""Programmes: people who learn together, who runs them, and what the two see of each other."""
