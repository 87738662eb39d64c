"""How long a keystroke in a long script takes: from the change sent to the diagnostics received.

Prints medians and the largest, and for keystrokes the processor time, which other work on the machine changes less;
asserts nothing. Needs nothing but Python.
"""

import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

FEDIT = os.environ.get("FEDIT", ".build/release/fedit")


def script(lines: int) -> str:
    out = ["fedit 1", "canvas (512, 512)", 'param tint: color = #20242c "a colour"', ""]
    number = 0
    while len(out) < lines - 12:
        out += [
            f"// part {number}",
            f"let wide_{number} = {number % 7} + 4 * 2",
            f"let ring_{number} = circle(({number % 512}, {number % 300}), wide_{number}).moved(by: (2, 3))",
            f"def dot_{number}(at: point, r: number = 3) = circle(at, r + wide_{number})",
            f'edit "part {number}" {{',
            f"    seed {number}",
            f"    mask ring_{number}.grown(3) + dot_{number}((10, 20))",
            f'    sketch line((0, 0), ({number % 50}, 10), (20, 30)) brush 2 as "line {number}"',
            f"    color dot_{number}(at: (30, 40), r: 5) with mix(tint, #ff8800, 0.5)",
            "}",
            "",
        ]
        number += 1
    return "\n".join(out) + "\n"


class Client:
    def __init__(self):
        self.process = subprocess.Popen(
            [FEDIT, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.id = 0

    def send(self, method, params, request=False):
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        if request:
            self.id += 1
            message["id"] = self.id
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def read(self):
        length = 0
        while (line := self.process.stdout.readline().strip()) != b"":
            length = int(line.split(b":")[1])
        return self.process.stdout.read(length)

    def answer(self):
        while True:
            body = self.read()
            if b'"id":%d' % self.id in body:
                return body

    def request(self, method, params):
        self.send(method, params, request=True)
        return self.answer()

    def processor(self):
        """Milliseconds of processor time that the server has taken."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")

    def diagnostics(self):
        while b"publishDiagnostics" not in (body := self.read()):
            pass
        return json.loads(body)["params"]["diagnostics"]


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    # A picture's header is all that a check reads.
    header = bytes.fromhex("89504e470d0a1a0a0000000d49484452000002000000020008020000007b1a43ad")
    (folder / "p.png").write_bytes(header + bytes.fromhex("0000000049454e44ae426082"))
    text = script(5_000).replace("canvas", 'photo "p.png"\ncanvas', 1)
    client = Client()
    capabilities = {"textDocument": {"hover": {"contentFormat": ["markdown"]}}}
    client.request(
        "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": capabilities}
    )
    client.send("initialized", {})
    uri = (folder / "main.fedit").as_uri()
    document = {"uri": uri}
    client.send(
        "textDocument/didOpen",
        {"textDocument": {"uri": uri, "languageId": "fedit", "version": 1, "text": text}},
    )
    print(f"{len(text.splitlines())} lines, {len(text)} bytes, {len(client.diagnostics())} diagnostics")

    def typing(line, word):
        times, character, before = [], 0, client.processor()
        for number, letter in enumerate(word):
            place = {"line": line, "character": character}
            begin = time.perf_counter()
            client.send(
                "textDocument/didChange",
                {
                    "textDocument": {"uri": uri, "version": number + 2},
                    "contentChanges": [{"range": {"start": place, "end": place}, "text": letter}],
                },
            )
            found = client.diagnostics()
            times.append((time.perf_counter() - begin) * 1000)
            character += 1
        print(f"processor time: {(client.processor() - before) / len(word):.1f} ms for each of")
        return times, found

    def report(name, times):
        print(f"{name}: median {statistics.median(times):.1f} ms, largest {max(times):.1f} ms")

    times, _ = typing(3, "let another = circle((1, 2), 3) // and a few words more")
    report("a keystroke near the top", times)
    times, found = typing(2_503, "let more = circle((1, 2), 3) // and a few words more")
    report("a keystroke in the middle", times)
    print(f"  at the end {len(found)} diagnostics")

    place = {"textDocument": document, "position": {"line": 2_510, "character": 12}}
    only = {"textDocument": document}
    for method, params in [
        ("completion", place),
        ("hover", place),
        ("references", {**place, "context": {"includeDeclaration": True}}),
        ("documentSymbol", only),
        ("semanticTokens/full", only),
        ("foldingRange", only),
        ("documentColor", only),
        ("formatting", {**only, "options": {"tabSize": 4, "insertSpaces": True}}),
    ]:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            body = client.request("textDocument/" + method, params)
            times.append((time.perf_counter() - begin) * 1000)
        report(f"{method} ({len(body)} bytes)", times)
    client.request("shutdown", None)
    client.send("exit", None)
    raise SystemExit(client.process.wait())


main()
