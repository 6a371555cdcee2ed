"""Names of versions, releases and fields."""

from typing import Any, Dict, Tuple

from hikaru.kinds import Shape

_RELEASE = "rel_1_26"
_WHOLE_WORDS = (
    *(("a_p_i", "api"), ("c_s_i", "csi"), ("v_1", "v1"), ("v_2", "v2"), ("beta_1", "beta1"), ("beta_2", "beta2")),
    *(("alpha_1", "alpha1"), ("f_q_d_n", "fqdn"), ("u_u_i_d", "uuid"), ("c_i_d_r", "cidr"), ("_i_d", "_id")),
    *(("t_l_s", "tls"), ("host_i_p", "host_ip"), ("pod_i_p", "pod_ip"), ("i_p_address", "ip_address")),
)
"""Abbreviations that are kept together, in the order in which they are looked for."""


def get_default_release() -> str:
    """The release whose classes are used. There is one."""
    return _RELEASE


def set_default_release(relname: str) -> None:
    """Accepts the one release there is."""
    if relname != _RELEASE:
        raise ImportError("the model of Kubernetes here is %s; there is no %s" % (_RELEASE, relname))


set_global_default_release = set_default_release


def process_api_version(api_version: str) -> Tuple[str, str]:
    """The group and the version that an `apiVersion` names; the group of plain `v1` is `core`."""
    if not isinstance(api_version, str):
        raise TypeError("api_version is not a str")
    parts = api_version.split("/")
    if len(parts) == 1:
        return "core", parts[0]
    group, version = parts
    return group, version


def camel_to_pep8(name: str) -> str:
    """`containerStatuses` as `container_statuses`; other capitals that stand together are taken apart."""
    letters = "".join(letter if letter.islower() else "_" + letter.lower() for letter in name)
    if letters.startswith("_"):
        letters = letters[1].upper() + letters[2:]
    for split, whole in _WHOLE_WORDS:
        letters = letters.replace(split, whole)
    return letters


def from_client_names(raw: Dict[str, Any], shape: Shape) -> Dict[str, Any]:
    """The same JSON with Kubernetes' names in place of those that its Python client gives the fields."""
    renamed = {}
    for field in shape.fields.values():
        value = raw.get(camel_to_pep8(field.key))
        if value is None:
            value = raw.get("_" + field.key)  # The client's way with names that Python reserves.
        if value is None:
            continue
        if field.is_kind:
            inner = field.shape()
            value = [from_client_names(item, inner) for item in value] if field.listed else from_client_names(value, inner)
        renamed[field.key] = value
    return renamed
