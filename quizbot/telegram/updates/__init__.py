"""Receiving updates and committing their effects before they are acknowledged."""
