#!/usr/bin/env python3
"""Runs the editor grammars over all examples: Vim itself for its syntax file, and TextMate's rules by a small engine.

Each example is cut into comments, strings, numbers, colours, calls and the words that begin statements, by a tokenizer
that knows nothing of the grammars; both have to paint every one of them as what it is, and nothing else as a comment
or a string. Words are compared with the lexer's own list by the tests.
"""
import json, pathlib, re, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLES = sorted((HERE.parent / "Examples").glob("*/*.fedit"))
# Constructs that the examples may lack.
EXTRA = """fedit 1
/* a block /* inside another */ ends here */ let a = 1.5e-3 // and a line
let s = "text with \\"quotes\\", \\\\ and \\(1 + len("x")) inside" // "no string"
photo "p.png"; model "m"
face eyes (1, 2), (3, 4) mouth (5, 6)
param tint: color = #fA0 "what // it is"
def f(x: number) = x * 30deg
for i in 0..<3 { let y = i }
edit "e" { seed 3; tone within 12
    mask circle((1, 2), 3) - rect((0, 0), (1, 1)) brush 0.5
    sketch curve((1, 2), (3, 4)) as "line"
    color blob((1, 2), (3, 4), (5, 6)) with tint
    erase mask circle((1, 2), 1)
    if true { seed 4 } else { seed 5 }
}
save "o.png"
"""
WORDS = json.loads((HERE / "tree-sitter-fedit/language.json").read_text())["words"]
TOKEN = re.compile(r"""(?P<space>\s+)|(?P<comment>//[^\n]*)|(?P<block>/\*)|(?P<string>")
  |(?P<color>\#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:deg)?\b)
  |(?P<word>[^\W\d]\w*)|(?P<other>.)""", re.X)


def tokens(text):
    """(start, end, class) of what has to be painted; inside an interpolation nothing is looked at."""
    found, position, is_start = [], 0, True
    while position < len(text):
        match = TOKEN.match(text, position)
        kind, start, end = match.lastgroup, match.start(), match.end()
        if kind == "block":
            depth = 1
            while depth:
                step = re.compile(r"/\*|\*/").search(text, end)
                end, depth = step.end(), depth + (1 if step.group() == "/*" else -1)
            kind = "comment"
        elif kind == "string":
            depth, inside = 0, False
            while True:
                char = text[end]
                if char == "\\" and text[end + 1] == "(" and not depth:
                    depth, end = 1, end + 2
                    continue
                if depth:
                    inside = not inside if char == '"' else inside
                    depth += 0 if inside else {"(": 1, ")": -1}.get(char, 0)
                    end += 1
                elif char == "\\":
                    end += 2
                else:
                    end += 1
                    if char == '"': break
        elif kind == "word":
            word = match.group()
            kind = next((name for name, words in WORDS.items() if is_start and word in words), None)
            if not kind and text[end:end + 1] == "(": kind = "call"
        if kind in ("comment", "string", "color", "number", "call", *WORDS): found.append((start, end, kind))
        if match.lastgroup == "space":
            is_start = is_start or "\n" in match.group()
        elif match.lastgroup not in ("comment", "block"):
            # 'erase mask …', 'off mask …' and what stands behind a brace or a semicolon begin a statement, too.
            is_start = match.group() in ("{", "}", ";", "erase", "off")
        position = end
    return found


def problems(text, painted, names):
    """Where a grammar paints something else; `painted` has a name for each character, `names` those of a class."""
    wrong, covered = [], [False] * len(text)
    for start, end, kind in tokens(text):
        ends = (start, end - 1)
        for place in ends if kind == "string" else range(start, end):
            if text[place] not in "\n" and not any(name in painted[place] for name in names[kind]):
                wrong.append((start, f"{text[start:end]!r} is a {kind}, painted '{painted[place]}'"))
                break
        if kind in ("string", "comment"):
            for place in range(start, end): covered[place] = True
    for place, name in enumerate(painted):
        if not covered[place] and text[place] != "\n" and any(n in name for n in names["string"] + names["comment"]):
            wrong.append((place, f"{text[place]!r} is painted '{name}'"))
    return [f"line {text.count(chr(10), 0, place) + 1}: {what}" for place, what in wrong]


VIM_NAMES = {"comment": ["feditComment"], "string": ["feditString"], "color": ["feditColor"],
             "number": ["feditNumber"], "call": ["feditFunction"], "control": ["feditControl"],
             "introduce": ["feditIntroduce"], "drawing": ["feditDrawing"], "setting": ["feditSetting"]}
TEXTMATE_NAMES = {"comment": ["comment."], "string": ["string."], "color": ["constant.other.color"],
                  "number": ["constant.numeric"], "call": ["entity.name.function"], "control": ["keyword.control"],
                  "introduce": ["storage.type"], "drawing": ["keyword.other.drawing"],
                  "setting": ["keyword.other.setting"]}


def vim(texts):
    """What Vim calls each character of each text."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        script = ["set nocompatible encoding=utf-8", f"set runtimepath^={HERE / 'vim'}", "filetype on", "syntax on",
                  "syntax sync fromstart"]
        for index, text in enumerate(texts):
            (folder / f"{index}.fedit").write_text(text, encoding="utf-8")
            script += [f"edit {folder}/{index}.fedit", "setlocal filetype=fedit", "syntax sync fromstart",
                       "let out = []", "for l in range(1, line('$'))", "  let n = []",
                       "  for c in range(1, col([l, '$']) - 1)",
                       "    call add(n, synIDattr(synID(l, c, 1), 'name'))", "  endfor",
                       "  call add(out, join(n, ' '))", "endfor",
                       f"call writefile(out, '{folder}/{index}.out')"]
        (folder / "run.vim").write_text("\n".join(script + ["qall!"]))
        subprocess.run(["vim", "-es", "-N", "-u", "NONE", "-i", "NONE", "-n", "-S", folder / "run.vim"],
                       check=False, timeout=120, stdin=subprocess.DEVNULL, capture_output=True)
        results = []
        for index, text in enumerate(texts):
            names = []
            lines = (folder / f"{index}.out").read_text().split("\n")
            for line, row in zip(text.split("\n"), lines):
                # Vim counts bytes.
                row, byte = row.split(" "), 0
                for char in line:
                    names.append(row[byte] if byte < len(row) else "")
                    byte += len(char.encode())
                names.append("")
            results.append(names[:len(text)])
        return results


class TextMate:
    """TextMate's rules: the first that matches earliest wins; a rule with an end has rules of its own until then."""

    def __init__(self, path):
        self.grammar = json.loads(path.read_text())
        self.compiled = {}

    def regex(self, source):
        # Oniguruma's classes of letters, in Python's words.
        if source not in self.compiled:
            python = source.replace("[\\p{L}_][\\p{L}\\p{N}_]*", "[^\\W\\d]\\w*")
            assert "\\p" not in python, source
            self.compiled[source] = re.compile(python)
        return self.compiled[source]

    def rules(self, patterns):
        for pattern in patterns:
            if "include" in pattern:
                found = self.grammar["repository"][pattern["include"][1:]]
                # A list of rules, or a rule that has rules inside.
                yield from self.rules(found["patterns"]) if "match" not in found and "begin" not in found else [found]
            else:
                yield pattern

    def paint(self, text):
        painted, stack = [], [(None, self.grammar["patterns"], "")]
        for line in text.split("\n"):
            names, position = [" ".join(s[2] for s in stack)] * len(line), 0
            while position <= len(line):
                end, patterns, _ = stack[-1]
                best, rule = (self.regex(end).search(line, position) if end else None), None
                for candidate in self.rules(patterns):
                    match = self.regex(candidate.get("match") or candidate["begin"]).search(line, position)
                    if match and match.end() > match.start() and (not best or match.start() < best.start()):
                        best, rule = match, candidate
                scope = " ".join(s[2] for s in stack)
                if not best:
                    names[position:] = [scope] * (len(line) - position)
                    break
                names[position:best.start()] = [scope] * (best.start() - position)
                name = scope
                if rule:
                    name += " " + rule.get("name", "")
                    if "begin" in rule: stack.append((rule["end"], rule.get("patterns", []), rule.get("name", "")))
                else:
                    stack.pop()
                names[best.start():best.end()] = [name] * (best.end() - best.start())
                if rule and rule.get("captures"):
                    names[best.start():best.end()] = [scope] * (best.end() - best.start())
                    for group, capture in rule["captures"].items():
                        start, stop = best.span(int(group))
                        names[start:stop] = [name + " " + capture["name"]] * (stop - start)
                if best.end() == best.start() and not rule and best.end() == len(line): break
                position = best.end()
            painted += names + [""]
        return painted[:len(text)]


def main():
    texts = [path.read_text(encoding="utf-8") for path in EXAMPLES] + [EXTRA]
    titles = [str(path.relative_to(HERE.parent)) for path in EXAMPLES] + ["Grammar/check.py"]
    engine = TextMate(HERE / "vscode/syntaxes/fedit.tmLanguage.json")
    grammars = [("TextMate", [engine.paint(text) for text in texts], TEXTMATE_NAMES)]
    if shutil.which("vim"):
        grammars.append(("Vim", vim(texts), VIM_NAMES))
    else:
        print("grammars: vim is not installed, so its syntax file was not run", file=sys.stderr)
    count = failed = 0
    for grammar, paintings, names in grammars:
        for title, text, painted in zip(titles, texts, paintings):
            count += len(tokens(text))
            for problem in problems(text, painted, names):
                print(f"{title}: {grammar}: {problem}", file=sys.stderr)
                failed += 1
    print(f"grammars: {count} tokens in {len(texts)} scripts painted by {len(grammars)} grammars, {failed} wrongly")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
