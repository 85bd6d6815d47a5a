"""Programmes: people who learn together, their coordinators, and what the reports show."""
