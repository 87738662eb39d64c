"""Face editing as text, from Python: runs the command ``fedit`` and reads its JSON.

Nothing is computed here. Every function names the command it runs; ``fedit help COMMAND`` says what that does.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

__all__ = [
    "FeditError", "Text", "batch", "check", "command", "diff", "executable", "inspect", "lock", "model_info", "models",
    "plan", "run", "verify", "version",
]

PathLike = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Text:
    """A script given as text, read by the command from standard input; its paths are relative to ``cwd``."""

    source: str


Script = Union[PathLike, Text]


class FeditError(Exception):
    """The command ended with an error.

    ``status`` is its exit status: 64 usage, 65 script or data wrong, 66 input unreadable, 70 a mistake of fedit's own,
    73 output cannot be written, 130 interrupted. ``message`` is what it printed to standard error.
    """

    def __init__(self, arguments: Sequence[str], status: int, message: str) -> None:
        super().__init__(message.strip() or f"fedit {arguments[0]} ended with {status}")
        self.arguments = list(arguments)
        self.status = status
        self.message = message


def executable() -> str:
    """The command's path: ``$FEDIT``, else ``fedit`` in ``$PATH``."""
    found = os.environ.get("FEDIT") or shutil.which("fedit")
    if not found:
        raise FileNotFoundError("the command fedit is not installed; install it, or name it in the variable FEDIT")
    return found


def command(
    *arguments: PathLike, stdin: str | None = None, cwd: PathLike | None = None, allowed: Iterable[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Runs ``fedit ARGUMENTS``; raises :class:`FeditError` where it ends with another status than ``allowed``."""
    words = [os.fspath(argument) for argument in arguments]
    done = subprocess.run(
        [executable(), *words], input=stdin if stdin is not None else "", capture_output=True, text=True,
        encoding="utf-8", cwd=cwd, check=False)
    if done.returncode not in set(allowed):
        raise FeditError(words, done.returncode, done.stderr)
    return done


def _script(script: Script) -> tuple[str, str | None]:
    return ("-", script.source) if isinstance(script, Text) else (os.fspath(script), None)


def _flags(
    *, photo: PathLike | None = None, model: PathLike | None = None, settings: Mapping[str, object] | None = None,
    only: Iterable[str] = (), threads: int | None = None, output: PathLike | None = None,
) -> list[str]:
    words: list[str] = []
    for name, value in (("--output", output), ("--photo", photo), ("--model", model), ("--threads", threads)):
        if value is not None:
            words += [name, os.fspath(value) if not isinstance(value, int) else str(value)]
    for name, value in (settings or {}).items():
        text = str(value).lower() if isinstance(value, bool) else str(value)
        words += ["--set", f"{name}={text}"]
    for edit in only:
        words += ["--only", edit]
    return words


def version() -> str:
    """``fedit --version``: such as ``0.2.0``."""
    return command("--version").stdout.split()[-1]


def run(
    script: Script, output: PathLike | None = None, *, photo: PathLike | None = None, model: PathLike | None = None,
    settings: Mapping[str, object] | None = None, only: Iterable[str] = (), threads: int | None = None,
    locked: bool = False, cwd: PathLike | None = None, extra: Sequence[str] = (),
) -> None:
    """``fedit run``: edits a portrait. ``extra`` are further options of the command."""
    name, stdin = _script(script)
    words = _flags(photo=photo, model=model, settings=settings, only=only, threads=threads, output=output)
    command("run", "--quiet", *words, *(["--locked"] if locked else []), *extra, name, stdin=stdin, cwd=cwd)


def check(
    script: Script, *, photo: PathLike | None = None, settings: Mapping[str, object] | None = None,
    cwd: PathLike | None = None,
) -> list[dict[str, Any]]:
    """``fedit check --format json``: all errors and warnings of a script; an empty list where there are none."""
    name, stdin = _script(script)
    words = _flags(photo=photo, settings=settings)
    done = command("check", "--format", "json", *words, name, stdin=stdin, cwd=cwd, allowed=(0, 65, 66))
    problems = json.loads(done.stdout or "[]")
    if done.returncode != 0 and not problems:  # the script itself could not be read
        raise FeditError(["check", name], done.returncode, done.stderr)
    return problems


def plan(
    script: Script, *, photo: PathLike | None = None, model: PathLike | None = None,
    settings: Mapping[str, object] | None = None, only: Iterable[str] = (), cwd: PathLike | None = None,
) -> dict[str, Any]:
    """``fedit plan --json``: what a script would draw and run."""
    name, stdin = _script(script)
    words = _flags(photo=photo, model=model, settings=settings, only=only)
    return json.loads(command("plan", "--json", *words, name, stdin=stdin, cwd=cwd).stdout)


def inspect(picture: PathLike) -> dict[str, Any]:
    """``fedit inspect --json``: the script and lock that a picture carries."""
    return json.loads(command("inspect", "--json", picture).stdout)


def diff(*sides: PathLike, cwd: PathLike | None = None) -> dict[str, Any]:
    """``fedit diff --json``: in what two scripts, pictures or git revisions differ in meaning."""
    return json.loads(command("diff", "--json", *sides, cwd=cwd, allowed=(0, 1)).stdout)


def lock(script: PathLike, *, cwd: PathLike | None = None) -> None:
    """``fedit lock``: runs a script and writes what it was made from to ``SCRIPT.lock``."""
    command("lock", script, cwd=cwd)


def verify(subject: PathLike, *, cwd: PathLike | None = None) -> bool:
    """``fedit verify``: whether a lock's or picture's bytes come out again."""
    return command("verify", subject, cwd=cwd, allowed=(0, 1)).returncode == 0


def batch(
    script: PathLike, output: PathLike, *, photos: str | None = None, table: PathLike | None = None,
    model: PathLike | None = None, settings: Mapping[str, object] | None = None, cwd: PathLike | None = None,
    extra: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """``fedit batch --json``: one recipe over the photos of a pattern or of a table.

    The result is what the command prints: an object for each row, and the summary last. Photos that could not be
    edited are rows with an error there, not exceptions.
    """
    source: list[PathLike] = []
    if photos is not None:
        source += ["--photos", photos]
    if table is not None:
        source += ["--list", table]
    words = _flags(model=model, settings=settings, output=output)
    done = command("batch", "--json", script, *source, *words, *extra, cwd=cwd, allowed=(0, 65))
    if not done.stdout.strip():
        raise FeditError(["batch"], done.returncode, done.stderr)
    return [json.loads(line) for line in done.stdout.splitlines()]


def models() -> list[dict[str, Any]]:
    """``fedit model list --json``."""
    return json.loads(command("model", "list", "--json").stdout)


def model_info(model: PathLike) -> dict[str, Any]:
    """``fedit model info --json``."""
    return json.loads(command("model", "info", "--json", model).stdout)
