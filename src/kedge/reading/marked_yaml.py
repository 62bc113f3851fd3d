"""YAML with the line of every key; a key that stands twice is refused."""

from __future__ import annotations

from typing import Any, Final

from kedge.errors import DocumentError, MissingDependency

try:
    import yaml
except ImportError:
    raise MissingDependency("pyyaml", "A file of monitors", "server") from None

DEEPEST: Final = 50
MOST_REPEATED: Final = 100_000  # values that stand there by aliases


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
            _measured(text)
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
        except (ValueError, TypeError, LookupError, AttributeError) as error:  # of what says by ! that it is something
            raise DocumentError(
                f"This is not YAML: a value is not of its kind ({error}).", file=file, next_step="Write it in quotes."
            ) from None

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


def _measured(text: bytes) -> None:
    """Refuse what is far more than it looks: aliases of aliases stand for billions, and depth takes time squared."""
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    count = repeated = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_.pop()
            sizes |= {anchor: count - before} if anchor else {}
        elif isinstance(event, yaml.NodeEvent):
            alias = isinstance(event, yaml.AliasEvent)
            size = sizes.get(event.anchor, 0) if alias else 1
            count, repeated = count + size, repeated + size * alias
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((event.anchor, count - 1))
            elif event.anchor and not alias:
                sizes[event.anchor] = 1
            if len(open_) > DEEPEST or repeated > MOST_REPEATED or (alias and any(event.anchor == a for a, _ in open_)):
                what = "it is nested too deeply" if len(open_) > DEEPEST else "its aliases stand for too much"
                raise yaml.MarkedYAMLError(problem=what, problem_mark=event.start_mark)


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
            if not isinstance(key.value, str):
                raise yaml.MarkedYAMLError(problem="a key is a text", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
