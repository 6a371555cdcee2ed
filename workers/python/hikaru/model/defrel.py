"""Which release of Kubernetes the classes are of."""


def get_default_installed_release() -> str:
    """The one release there is."""
    return "rel_1_26"
