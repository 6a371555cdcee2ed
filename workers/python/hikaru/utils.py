"""What a call to the cluster gives, and a way to take changes back."""

from typing import Any, Generic, Optional, Tuple, TypeVar

T = TypeVar("T")


class Response(Generic[T]):
    """The answer to a call: the object or text, the code and the headers. The call has always ended already."""

    set_false_for_internal_tests = True

    def __init__(self, k8s_response: Tuple[Any, int, Any], codes_with_objects: Any = ()) -> None:
        from hikaru.generate import from_dict
        from hikaru.meta import read_times

        body, self.code, self.headers = k8s_response
        is_object = isinstance(body, dict) and body and self.code in set(codes_with_objects)
        self.obj: Any = from_dict(body) if is_object else body
        if is_object:
            read_times(self.obj)

    def ready(self) -> bool:
        """Whether the answer is there."""
        return True

    def successful(self) -> bool:
        """Whether the call ended without an exception."""
        return True

    def wait(self, timeout: Optional[float] = None) -> None:
        """Returns at once."""

    def get(self, timeout: Optional[float] = None) -> Tuple[Any, int, Any]:
        """Object, code and headers."""
        return self.obj, self.code, self.headers


def rollback_cm(obj: Any) -> Any:
    """Makes `with obj:` put the object back as it was when the block fails."""
    setattr(obj, "__rollback", obj.dup())
    return obj
