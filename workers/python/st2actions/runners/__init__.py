"""Older packs import their base class from here."""
