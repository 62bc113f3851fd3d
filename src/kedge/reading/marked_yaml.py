"""YAML with the line of every key; a key that stands twice is refused."""

from __future__ import annotations

from typing import Any

from kedge.errors import DocumentError, MissingDependency

try:
    import yaml
except ImportError:
    raise MissingDependency("pyyaml", "A file of monitors", "server") from None


class Marked:
    """A file of YAML.

    Parameters
    ----------
    text
        What stands in it.
    file
        Where it is, for what is said of it.

    Raises
    ------
    DocumentError
        It is no YAML.
    """

    def __init__(self, text: bytes, file: object) -> None:
        try:
            loader = _Loader(text)
            self._node = loader.get_single_node()
            self.data = None if self._node is None else loader.construct_document(self._node)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise DocumentError(
                f"This is not YAML: {error.problem}.",
                file=file,
                line=mark.line + 1 if mark else None,
                next_step="Mend that line.",
            ) from None
        except yaml.YAMLError as error:
            raise DocumentError(f"This is not YAML: {str(error).splitlines()[0]}.", file=file) from None

    def line(self, path: tuple[Any, ...]) -> int | None:
        """Return the line of a key; the nearest above it that is there, where it is not."""
        node, line = self._node, None
        for step in path:
            found = _below(node, step)
            if found is None:
                break
            mark, node = found
            line = mark.start_mark.line + 1
        return line


def _below(node: Any, step: Any) -> tuple[Any, Any] | None:
    """Return what tells where a step is, and what is there."""
    if isinstance(node, yaml.MappingNode):
        # What a << brings in stands first, and gives way.
        return next(((key, value) for key, value in reversed(node.value) if key.value == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step]
    return None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the fast one where it is built
    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key.value, str):
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep)
