"""The arrows of training/: world <- models <- train and evaluate, and no circle anywhere."""

import ast
import unittest
from pathlib import Path

TRAINING = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "world": {"world"},
    "models": {"world", "models"},
    "train": {"world", "models", "train"},
    "evaluate": {"world", "models", "evaluate"},
}


def imports(path):
    """The modules of training/ that a file imports, anywhere in it, as paths."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("training."):
            place = TRAINING.parent / node.module.replace(".", "/")
            if place.with_suffix(".py").exists():
                yield place.with_suffix(".py")
            else:
                yield from (place / f"{name.name}.py" for name in node.names)


GRAPH = {
    path: set(imports(path)) for folder in MAY_IMPORT for path in sorted((TRAINING / folder).glob("*.py"))
}


class Layers(unittest.TestCase):
    def test_arrows(self):
        for path, others in GRAPH.items():
            for other in others:
                self.assertIn(other.parent.name, MAY_IMPORT[path.parent.name], f"{path.name} imports {other}")

    def test_no_circle(self):
        left = dict(GRAPH)
        while left:
            free = [path for path, others in left.items() if not others & left.keys()]
            self.assertTrue(free, f"a circle among {sorted(p.name for p in left)}")
            for path in free:
                del left[path]


if __name__ == "__main__":
    unittest.main()
