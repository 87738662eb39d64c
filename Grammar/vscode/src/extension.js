// Starts `fedit lsp` for .fedit files; all answers are the server's.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

exports.activate = () => {
  const command = workspace.getConfiguration("fedit").get("path") || "fedit";
  client = new LanguageClient(
    "fedit",
    "fedit",
    { command, args: ["lsp"] },
    { documentSelector: [{ language: "fedit" }] },
  );
  return client.start();
};

exports.deactivate = () => client && client.stop();
