"""The server as a real client sees it: over pipes, with the capabilities of real editors."""

import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

FEDIT = os.environ["FEDIT"]

LIBRARY = """\
// How wide a dot is.
param wide: number = 3 "the dots' radius"
// A dot.
def dot(at: point) = circle(at, wide)
"""

SCRIPT = """\
fedit 1
use "lib.fedit"
canvas (512, 512)
param tint: color = #20242c "lens colour"
edit "dots" {
    mask dot((100, 200))
    color dot(at: (120, 200)) with tint
}
"""


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> pathlib.Path:
    (tmp_path / "lib.fedit").write_text(LIBRARY)
    (tmp_path / "main.fedit").write_text(SCRIPT)
    return tmp_path


@pytest_lsp.fixture(
    params=["visual-studio-code", "neovim", "emacs"],
    config=ClientServerConfig(server_command=[FEDIT, "lsp"]),
)
async def client(request, lsp_client: LanguageClient, folder):
    # What these editors answer when the server asks to be told of changed files.
    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)
    def _(params: types.RegistrationParams) -> None:
        pass

    await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=client_capabilities(request.param),
            workspace_folders=[types.WorkspaceFolder(uri=folder.as_uri(), name="w")],
        )
    )
    yield
    await lsp_client.shutdown_session()


async def opened(client: LanguageClient, folder: pathlib.Path, text: str = SCRIPT) -> str:
    uri = (folder / "main.fedit").as_uri()
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(
            types.TextDocumentItem(uri=uri, language_id="fedit", version=1, text=text)
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    return uri


def document(uri: str) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri=uri)


@pytest.mark.asyncio
async def test_diagnostics_follow_typing(client, folder):
    uri = await opened(client, folder)
    assert [d.code for d in client.diagnostics[uri]] == ["no-photo"]
    line = SCRIPT.splitlines().index("    mask dot((100, 200))")
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=2),
            content_changes=[
                types.TextDocumentContentChangePartial(
                    range=types.Range(types.Position(line, 9), types.Position(line, 12)), text="dott"
                )
            ],
        )
    )
    await client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    found = {d.code: d for d in client.diagnostics[uri]}
    assert set(found) == {"no-photo", "unknown-name"}
    assert found["unknown-name"].range.start == types.Position(line, 9)

    actions = await client.text_document_code_action_async(
        types.CodeActionParams(
            text_document=document(uri),
            range=found["unknown-name"].range,
            context=types.CodeActionContext(diagnostics=[found["unknown-name"]]),
        )
    )
    assert [a.title for a in actions] == ["Change 'dott' to 'dot'"]


@pytest.mark.asyncio
async def test_hover_and_definition_across_files(client, folder):
    uri = await opened(client, folder)
    place = types.Position(5, 10)
    hover = await client.text_document_hover_async(types.HoverParams(document(uri), place))
    assert "def dot(at: point)" in hover.contents.value
    assert "A dot." in hover.contents.value
    found = await client.text_document_definition_async(types.DefinitionParams(document(uri), place))
    assert [(os.path.basename(f.uri), f.range.start.line) for f in found] == [("lib.fedit", 3)]
    references = await client.text_document_references_async(
        types.ReferenceParams(
            context=types.ReferenceContext(include_declaration=True),
            text_document=document(uri),
            position=place,
        )
    )
    assert [(os.path.basename(r.uri), r.range.start.line) for r in references] == [
        ("lib.fedit", 3),
        ("main.fedit", 5),
        ("main.fedit", 6),
    ]


@pytest.mark.asyncio
async def test_completion_and_signature(client, folder):
    text = SCRIPT.replace("with tint", "with ti").replace("dot((100, 200))", "dot(")
    uri = await opened(client, folder, text)
    result = await client.text_document_completion_async(
        types.CompletionParams(document(uri), types.Position(6, 38))
    )
    assert result.items[0].label == "tint"
    assert "teal" in {item.label for item in result.items}
    help_ = await client.text_document_signature_help_async(
        types.SignatureHelpParams(document(uri), types.Position(5, 13))
    )
    assert help_.signatures[0].label.startswith("dot(at: point)")


@pytest.mark.asyncio
async def test_rename_across_files(client, folder):
    uri = await opened(client, folder)
    edit = await client.text_document_rename_async(
        types.RenameParams(
            text_document=document(uri), position=types.Position(5, 10), new_name="spot"
        )
    )
    changes = edit.changes or {c.text_document.uri: c.edits for c in edit.document_changes}
    assert {os.path.basename(u): len(e) for u, e in changes.items()} == {
        "lib.fedit": 1,
        "main.fedit": 2,
    }


@pytest.mark.asyncio
async def test_whole_document_requests(client, folder):
    uri = await opened(client, folder)
    symbols = await client.text_document_document_symbol_async(
        types.DocumentSymbolParams(document(uri))
    )
    assert "dots" in {s.name for s in symbols}
    colors = await client.text_document_document_color_async(
        types.DocumentColorParams(document(uri))
    )
    assert len(colors) == 1
    offers = await client.text_document_color_presentation_async(
        types.ColorPresentationParams(document(uri), colors[0].color, colors[0].range)
    )
    assert offers[0].label == "#20242c"
    tokens = await client.text_document_semantic_tokens_full_async(
        types.SemanticTokensParams(document(uri))
    )
    assert len(tokens.data) % 5 == 0 and tokens.data
    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(document(uri)))
    assert [(f.start_line, f.end_line) for f in folds] == [(4, 6)]
    edits = await client.text_document_formatting_async(
        types.DocumentFormattingParams(
            text_document=document(uri), options=types.FormattingOptions(tab_size=4, insert_spaces=True)
        )
    )
    assert all(e.range.end.line <= len(SCRIPT.splitlines()) for e in edits)
