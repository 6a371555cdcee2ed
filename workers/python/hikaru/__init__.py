"""A Kubernetes object model with the names and the behaviour of Hikaru, lazy and with the cluster behind Squall.

`meta` has the objects, `kinds` the table of what each kind has, `generate` what makes objects from texts and texts from
objects, `operations` the calls to the cluster. Classes are found in `hikaru.model.rel_1_26`.
"""

from hikaru.generate import (
    from_dict,
    from_json,
    get_clean_dict,
    get_json,
    get_processors,
    get_python_source,
    get_yaml,
    load_full_yaml,
)
from hikaru.meta import (
    CatalogEntry,
    DiffDetail,
    DiffType,
    HikaruBase,
    HikaruDocumentBase,
    KubernetesException,
    TypeWarning,
)
from hikaru.model.defrel import get_default_installed_release
from hikaru.naming import (
    camel_to_pep8,
    get_default_release,
    process_api_version,
    set_default_release,
    set_global_default_release,
)
from hikaru.utils import Response, rollback_cm
from hikaru.version_kind import get_version_kind_class, register_version_kind_class

__version__ = "1.3.0"

__all__ = [
    "CatalogEntry",
    "DiffDetail",
    "DiffType",
    "HikaruBase",
    "HikaruDocumentBase",
    "KubernetesException",
    "Response",
    "TypeWarning",
    "camel_to_pep8",
    "from_dict",
    "from_json",
    "get_clean_dict",
    "get_default_installed_release",
    "get_default_release",
    "get_json",
    "get_processors",
    "get_python_source",
    "get_version_kind_class",
    "get_yaml",
    "load_full_yaml",
    "process_api_version",
    "register_version_kind_class",
    "rollback_cm",
    "set_default_release",
    "set_global_default_release",
]
