// The messages of the Language Server Protocol 3.17 that the server reads and writes, named as there.

// MARK: Basic structures

/// A place in a text.
public struct Position: Hashable, Sendable, Codable {
  /// Counted from 0.
  public var line: Int
  /// In code units of the negotiated encoding.
  public var character: Int
}

/// A range of a text, its end not included.
public struct TextRange: Hashable, Sendable, Codable {
  /// The first character's place.
  public var start: Position
  /// The place behind the last character.
  public var end: Position
}

struct Location: Hashable, Codable {
  var uri: String
  var range: TextRange
}

struct TextEdit: Hashable, Codable {
  var range: TextRange
  var newText: String
}

struct TextDocumentIdentifier: Codable { var uri: String }

struct VersionedTextDocumentIdentifier: Codable {
  var uri: String
  var version: Int?
}

struct TextDocumentItem: Codable {
  var uri: String
  var languageId: String?
  var version: Int?
  var text: String
}

struct DocumentParams: Codable { var textDocument: TextDocumentIdentifier }

struct PositionParams: Codable {
  var textDocument: TextDocumentIdentifier
  var position: Position
}

struct RangeParams: Codable {
  var textDocument: TextDocumentIdentifier
  var range: TextRange
}

struct Empty: Codable {}

// MARK: Life cycle

struct InitializeParams: Decodable {
  struct WorkspaceFolder: Decodable { var uri: String }
  struct Options: Decodable { var root: String? }

  var rootUri: String?
  var workspaceFolders: [WorkspaceFolder]?
  var initializationOptions: Options?
  var capabilities: ClientCapabilities?

  private enum Keys: String, CodingKey { case rootUri, workspaceFolders, initializationOptions, capabilities }

  // A client's oddities are no reason not to serve it.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    rootUri = try? container.decode(String.self, forKey: .rootUri)
    workspaceFolders = try? container.decode([WorkspaceFolder].self, forKey: .workspaceFolders)
    initializationOptions = try? container.decode(Options.self, forKey: .initializationOptions)
    capabilities = try? container.decode(ClientCapabilities.self, forKey: .capabilities)
  }
}

struct ClientCapabilities: Decodable {
  struct General: Decodable {
    struct Markdown: Decodable { var parser: String? }
    var positionEncodings: [String]?
    var markdown: Markdown?
  }
  struct Workspace: Decodable {
    struct Edit: Decodable { var documentChanges: Bool? }
    struct Dynamic: Decodable { var dynamicRegistration: Bool? }
    var workspaceEdit: Edit?
    var didChangeWatchedFiles: Dynamic?
  }
  struct TextDocument: Decodable {
    struct Completion: Decodable {
      struct Item: Decodable { var snippetSupport: Bool? }
      var completionItem: Item?
    }
    struct Hover: Decodable { var contentFormat: [String]? }
    struct Symbols: Decodable { var hierarchicalDocumentSymbolSupport: Bool? }
    struct Signature: Decodable {
      struct Information: Decodable {
        struct Parameter: Decodable { var labelOffsetSupport: Bool? }
        var parameterInformation: Parameter?
      }
      var signatureInformation: Information?
    }
    struct Diagnostics: Decodable { var relatedInformation: Bool? }
    var completion: Completion?
    var hover: Hover?
    var documentSymbol: Symbols?
    var signatureHelp: Signature?
    var publishDiagnostics: Diagnostics?
  }

  var general: General?
  var workspace: Workspace?
  var textDocument: TextDocument?
}

struct InitializeResult: Encodable {
  struct ServerInfo: Encodable {
    var name: String
    var version: String
  }
  var capabilities: ServerCapabilities
  var serverInfo: ServerInfo
}

struct ServerCapabilities: Encodable {
  struct Sync: Encodable {
    struct Save: Encodable { var includeText = false }
    var openClose = true
    /// Incremental.
    var change = 2
    var save = Save()
  }
  struct Completion: Encodable {
    var triggerCharacters: [String]
    var resolveProvider = false
  }
  struct Signature: Encodable {
    var triggerCharacters: [String]
    var retriggerCharacters: [String]
  }
  struct Rename: Encodable { var prepareProvider = true }
  struct CodeAction: Encodable { var codeActionKinds: [String] }
  struct Link: Encodable { var resolveProvider = false }
  struct SemanticTokens: Encodable {
    struct Legend: Encodable {
      var tokenTypes: [String]
      var tokenModifiers: [String]
    }
    struct Full: Encodable { var delta = true }
    var legend: Legend
    var range = true
    var full = Full()
  }

  var positionEncoding: String
  var textDocumentSync = Sync()
  var hoverProvider = true
  var completionProvider: Completion
  var signatureHelpProvider: Signature
  var definitionProvider = true
  var referencesProvider = true
  var documentHighlightProvider = true
  var documentSymbolProvider = true
  var workspaceSymbolProvider = true
  var foldingRangeProvider = true
  var selectionRangeProvider = true
  var documentFormattingProvider = true
  var documentRangeFormattingProvider = true
  var colorProvider = true
  var documentLinkProvider = Link()
  var renameProvider = Rename()
  var codeActionProvider: CodeAction
  var semanticTokensProvider: SemanticTokens
}

struct Registration: Encodable {
  struct Watchers: Encodable {
    struct Watcher: Encodable { var globPattern: String }
    var watchers: [Watcher]
  }
  var id: String
  var method: String
  var registerOptions: Watchers
}

struct RegistrationParams: Encodable { var registrations: [Registration] }

struct CancelParams: Decodable { var id: RequestID }

struct ConfigurationParams: Decodable {
  struct Settings: Decodable {
    struct Fedit: Decodable { var root: String? }
    var fedit: Fedit?
  }
  var settings: Settings?
}

struct LogMessageParams: Encodable {
  /// 1 error, 2 warning, 3 info, 4 log.
  var type: Int
  var message: String
}

// MARK: Documents

struct DidOpenParams: Decodable { var textDocument: TextDocumentItem }

struct ContentChange: Decodable {
  /// The whole text where it is missing.
  var range: TextRange?
  var text: String
}

struct DidChangeParams: Decodable {
  var textDocument: VersionedTextDocumentIdentifier
  var contentChanges: [ContentChange]
}

// MARK: Diagnostics

struct LSPDiagnostic: Hashable, Codable {
  struct Related: Hashable, Codable {
    var location: Location
    var message: String
  }
  var range: TextRange
  /// 1 error, 2 warning.
  var severity: Int
  var code: String
  var source: String
  var message: String
  var relatedInformation: [Related]?
}

struct PublishDiagnosticsParams: Codable {
  var uri: String
  var version: Int?
  var diagnostics: [LSPDiagnostic]
}

// MARK: Language features

struct MarkupContent: Hashable, Codable {
  /// `markdown` or `plaintext`.
  var kind: String
  var value: String
}

struct Hover: Codable {
  var contents: MarkupContent
  var range: TextRange
}

struct CompletionList: Encodable {
  var isIncomplete: Bool
  var items: [CompletionItem]
}

struct CompletionItem: Encodable {
  var label: String
  var kind: Int
  var detail: String?
  var documentation: MarkupContent?
  var sortText: String
  var filterText: String?
  /// 1 plain text, 2 snippet.
  var insertTextFormat: Int
  var textEdit: TextEdit
  var command: Command?
}

struct Command: Encodable {
  var title: String
  var command: String
}

struct SignatureHelp: Encodable {
  struct Information: Encodable {
    struct Parameter: Encodable { var label: Label }
    /// A part of the signature's label: its text, or its place where the client takes that.
    enum Label: Encodable {
      case text(String)
      case offsets(Int, Int)

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .offsets(let start, let end): try container.encode([start, end])
        }
      }
    }
    var label: String
    var documentation: MarkupContent?
    var parameters: [Parameter]
  }
  var signatures: [Information]
  var activeSignature = 0
  var activeParameter: Int
}

struct ReferenceParams: Decodable {
  struct Context: Decodable { var includeDeclaration: Bool? }
  var textDocument: TextDocumentIdentifier
  var position: Position
  var context: Context?
}

struct DocumentHighlight: Encodable {
  var range: TextRange
  /// 2 read, 3 write.
  var kind: Int
}

enum SymbolKind: Int, Encodable {
  case file = 1
  case module = 2
  case property = 7
  case field = 8
  case function = 12
  case variable = 13
  case string = 15
  case event = 24
}

struct DocumentSymbol: Encodable {
  var name: String
  var detail: String?
  var kind: SymbolKind
  var range: TextRange
  var selectionRange: TextRange
  var children: [DocumentSymbol]?
}

struct SymbolInformation: Encodable {
  var name: String
  var kind: SymbolKind
  var location: Location
  var containerName: String?
}

struct WorkspaceSymbolParams: Decodable { var query: String }

struct FoldingRange: Encodable {
  var startLine: Int
  var endLine: Int
  var kind: String?
}

struct SelectionRangeParams: Decodable {
  var textDocument: TextDocumentIdentifier
  var positions: [Position]
}

/// A range with the one around it.
final class SelectionRange: Encodable {
  let range: TextRange
  let parent: SelectionRange?

  init(_ range: TextRange, parent: SelectionRange?) {
    self.range = range
    self.parent = parent
  }
}

struct RenameParams: Decodable {
  var textDocument: TextDocumentIdentifier
  var position: Position
  var newName: String
}

struct PrepareRenameResult: Encodable {
  var range: TextRange
  var placeholder: String
}

struct WorkspaceEdit: Encodable {
  struct DocumentEdit: Encodable {
    struct Identifier: Encodable {
      var uri: String
      var version: Int?

      private enum Keys: String, CodingKey { case uri, version }

      // `version` is null for files that are not open, and never left out.
      func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(uri, forKey: .uri)
        try container.encode(version, forKey: .version)
      }
    }
    var textDocument: Identifier
    var edits: [TextEdit]
  }
  var changes: [String: [TextEdit]]?
  var documentChanges: [DocumentEdit]?
}

struct CodeActionParams: Decodable {
  struct Context: Decodable {
    var diagnostics: [LSPDiagnostic]?
    var only: [String]?

    private enum Keys: String, CodingKey { case diagnostics, only }

    // Other tools' diagnostics may look otherwise.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Keys.self)
      diagnostics = try? container.decode([LSPDiagnostic].self, forKey: .diagnostics)
      only = try? container.decode([String].self, forKey: .only)
    }
  }
  var textDocument: TextDocumentIdentifier
  var range: TextRange
  var context: Context?
}

struct CodeAction: Encodable {
  var title: String
  var kind: String
  var diagnostics: [LSPDiagnostic]
  var isPreferred: Bool
  var edit: WorkspaceEdit
}

struct LSPColor: Codable {
  var red: Double
  var green: Double
  var blue: Double
  var alpha: Double
}

struct ColorInformation: Encodable {
  var range: TextRange
  var color: LSPColor
}

struct ColorPresentationParams: Decodable {
  var textDocument: TextDocumentIdentifier
  var color: LSPColor
  var range: TextRange
}

struct ColorPresentation: Encodable {
  var label: String
  var textEdit: TextEdit
}

struct DocumentLink: Encodable {
  var range: TextRange
  var target: String
  var tooltip: String?
}

struct SemanticTokens: Encodable {
  var resultId: String?
  var data: [UInt32]
}

struct SemanticTokensDeltaParams: Decodable {
  var textDocument: TextDocumentIdentifier
  var previousResultId: String
}

struct SemanticTokensDelta: Encodable {
  struct Edit: Encodable {
    var start: Int
    var deleteCount: Int
    var data: [UInt32]
  }
  var resultId: String
  var edits: [Edit]
}
