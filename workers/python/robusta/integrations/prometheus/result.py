"""What Prometheus answers a query with."""

from typing import Any, Dict, Iterator, List, Optional, Tuple


class PrometheusQueryResult:
    """A result of one of Prometheus' types; the member of that type has it."""

    def __init__(self, data: Dict[str, Any]) -> None:
        result_type, result = data.get("resultType"), data.get("result")
        if not result_type:
            raise ValueError("resultType missing")
        if result is None:
            raise ValueError("result object missing")
        self.result_type = result_type
        self.vector_result: Optional[List[Dict[str, Any]]] = None
        self.series_list_result: Optional[List[Dict[str, Any]]] = None
        self.scalar_result: Optional[Dict[str, Any]] = None
        self.string_result: Optional[str] = None
        if result_type in ("string", "error"):
            self.string_result = str(result)
        elif result_type == "scalar" and isinstance(result, list):
            self.scalar_result = _point(result)
        elif result_type == "vector" and isinstance(result, list):
            self.vector_result = [{"metric": one["metric"], "value": _point(one["value"])} for one in result]
        elif result_type == "matrix" and isinstance(result, list):
            self.series_list_result = [_series(one) for one in result]
        else:
            raise ValueError("result or returnType is invalid")

    def __iter__(self) -> Iterator[Tuple[str, Any]]:
        for name in ("result_type", "vector_result", "series_list_result", "scalar_result", "string_result"):
            yield name, getattr(self, name)

    def __repr__(self) -> str:
        return str(dict(self))


def _point(pair: List[Any]) -> Dict[str, Any]:
    if len(pair) != 2:
        raise ValueError("Invalid prometheus scalar value %s" % pair)
    return {"timestamp": float(pair[0]), "value": str(pair[1])}


def _series(raw: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "metric": raw["metric"],
        "timestamps": [float(time) for time, _ in raw["values"]],
        "values": [str(value) for _, value in raw["values"]],
    }
