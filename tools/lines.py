#!/usr/bin/env python3
"""Fail when a file or a function has outgrown its budget.

    tools/lines.py [root] [--top N]     root: the project root, default the current folder

A source file has at most 800 lines, a function at most 100; what may be longer is listed in EXCEPTIONS below with
the reason. Aim at 400 and 60. --top prints the N longest of both. Exit status: 0 within budget, 1 not, 2 wrong use.
"""
import argparse
import ast
import pathlib
import re
import sys

FILE_LINES, FUNCTION_LINES = 800, 100

# "path" or "path:function": reason. An entry that is no longer needed is an error, too.
EXCEPTIONS = {
    "runtime/include/keratin/layers.h": "generated: a struct per layer",
    "runtime/api/layers.cc": "generated: a function per layer",
    "runtime/api/objects.cc": "generated: a function per optimizer, loss and metric",
}

TOPS = ["runtime", "kernels", "serialization", "schemas", "tests", "bench", "tools", "examples"]
CXX = {".h", ".hh", ".hpp", ".inc", ".c", ".cc", ".cpp", ".cu", ".cuh"}
CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")
DIRECTIVE = re.compile(r"^[ \t]*#[^\n]*$", re.M)
CONTROL = re.compile(r"^(if|for|while|switch|catch|else|do|try|return)\b")
# Comments, raw strings, strings and characters; a digit separator (1'000) is not a character.
SKIPPED = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\s\\]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"'
                     r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)


def blank(match):
    """What is skipped keeps its lines."""
    return '""' + "\n" * match[0].count("\n")


def is_function(head, stack):
    """Whether the text before a brace opens a function body: a parameter list, outside of any other body."""
    head = DIRECTIVE.sub("", head).strip()
    if any(kind != "container" for kind, _, _ in stack) or "(" not in head or CONTROL.match(head):
        return False
    before = head[:head.index("(")]
    return not re.search(r"(^|[^=!<>])=\s*$|\b(namespace|enum)\b", before)


def function_name(head):
    names = re.findall(r"[\w:~]+(?=\s*\()", DIRECTIVE.sub("", head))
    names = [name for name in names if name not in ("decltype", "noexcept", "requires", "alignas", "__attribute__")]
    return names[0] if names else "lambda"


def cxx_functions(text):
    """(name, line, lines) of every function body, found by matching braces."""
    text = SKIPPED.sub(blank, text)
    stack, start, line, depth_of_parens = [], 0, 1, 0
    for place, char in enumerate(text):
        if char == "\n":
            line += 1
        elif char in "()":
            depth_of_parens += 1 if char == "(" else -1
        elif char == ";" and depth_of_parens <= 0:
            start = place + 1
        elif char == "{":
            head = text[start:place]
            kind = "other"
            if is_function(head, stack):
                kind = "function"
            elif depth_of_parens <= 0 and CONTAINER.search(head) and "=" not in head:
                kind = "container"
            first = line - head.lstrip().count("\n")
            stack.append((kind, function_name(head) if kind == "function" else "", first))
            start = place + 1
        elif char == "}":
            if stack:
                kind, name, first = stack.pop()
                if kind == "function":
                    yield name, first, line - first + 1
            start = place + 1
            depth_of_parens = depth_of_parens if stack else 0


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def is_python(path):
    if path.suffix == ".py":
        return True
    return path.suffix == "" and path.read_bytes()[:40].startswith(b"#!/usr/bin/env python3")


def measure(root):
    """[(lines, path)] and [(lines, path, line, name)] of all sources."""
    files, functions = [], []
    for path in sorted(p for top in TOPS for p in (root / top).rglob("*") if p.is_file()):
        python = is_python(path)
        if not python and path.suffix not in CXX:
            continue
        name, text = path.relative_to(root).as_posix(), path.read_text(errors="replace")
        files.append((text.count("\n"), name))
        found = python_functions(text) if python else cxx_functions(text)
        functions += [(lines, name, line, function) for function, line, lines in found]
    return files, functions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", default=".", type=pathlib.Path)
    parser.add_argument("--top", type=int, default=0)
    arguments = parser.parse_args()
    if not arguments.root.is_dir():
        parser.error(f"{arguments.root} is not a folder")
    files, functions = measure(arguments.root.resolve())
    over = {name: f"{name}:1: {lines} lines, {FILE_LINES} allowed" for lines, name in files if lines > FILE_LINES}
    over |= {f"{name}:{function}": f"{name}:{line}: {function} has {lines} lines, {FUNCTION_LINES} allowed"
             for lines, name, line, function in functions if lines > FUNCTION_LINES}
    errors = [text for key, text in over.items() if key not in EXCEPTIONS]
    errors += [f"tools/lines.py: exception {key} is no longer needed" for key in EXCEPTIONS if key not in over]
    for lines, *where in sorted(files, reverse=True)[:arguments.top] + sorted(functions, reverse=True)[:arguments.top]:
        print(f"{lines:6} {' '.join(map(str, where))}")
    print("\n".join(errors) if errors else f"{len(files)} files, {len(functions)} functions: all within their budget")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
