"""Container images by name and tag."""

from typing import Any, Dict, List, Optional, Tuple

_NO_TAG = "<NONE>"
_PATHS = (["spec", "template", "spec", "containers"], ["spec", "containers"])


def get_images(containers: List[Any]) -> Dict[str, str]:
    """The tags of the containers' images, by name."""
    return dict(name_and_tag(container.image) for container in containers)


def extract_images(k8s_obj: Any) -> Optional[Dict[str, str]]:
    """The tags of the images of a pod or of what makes pods, by name; none if it has no containers."""
    images = extract_image_list(k8s_obj)
    return dict(map(name_and_tag, images)) if images else None


def extract_image_list(k8s_obj: Any) -> List[str]:
    """The images of a pod or of what makes pods."""
    images: List[str] = []
    for path in _PATHS:
        try:
            images += [container.image for container in k8s_obj.object_at_path(path)]
        except (AttributeError, TypeError, RuntimeError):
            pass  # This object has no containers there.
    return images


def name_and_tag(image: str) -> Tuple[str, str]:
    """An image's name and its tag. A colon in the registry's part is that of a port."""
    name, colon, tag = image.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (image, _NO_TAG)
