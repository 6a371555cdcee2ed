"""Small things that packs import."""
