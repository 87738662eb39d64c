import FeditAssist
import FeditPlan
import FeditProgram
import FeditSyntax
import Foundation

/// The language server: messages in, messages out.
///
/// `receive` takes a message's body, `work` answers one message at a time, or, when none waits,
/// checks a script that has changed. So changes that arrive faster than they are checked are checked
/// once, and a request can be cancelled while it waits.
public final class LanguageServer {
  /// The server's name and version, as clients show them.
  private let version: String
  let host: any ServerHost

  private enum Stage { case created, running, shutDown }
  private var stage = Stage.created
  /// Set when the client has said goodbye: 0 where it did so in order, else 1.
  public private(set) var exitStatus: Int32?

  private var queue: [(envelope: Envelope, body: [UInt8])] = []
  var outbox: [[UInt8]] = []
  private let encoder = JSONEncoder()
  private let decoder = JSONDecoder()
  private var nextRequest = 1

  // What the client can do.
  var encoding = PositionEncoding.utf16
  var capabilities: ClientCapabilities?
  var folders: [String] = []
  var root: String?

  /// Open documents by their address.
  var documents: [String: TextDocument] = [:]
  private var analyses: [String: Analysis] = [:]
  /// Analyses that no longer hold. Letting a long script's tree go takes time, which nobody should
  /// wait for: it is done when there is nothing else to do.
  private var outdated: [Analysis] = []
  /// Documents whose diagnostics are out of date, in the order of their changes.
  private var dirty: [String] = []
  /// For each file that is not open: the open document that told its diagnostics.
  private var reporters: [String: String] = [:]
  /// The last full semantic tokens of each document.
  var tokenMemory: [String: (id: String, data: [UInt32])] = [:]
  var tokenCount = 0

  /// - Parameters:
  ///   - host: the machine.
  ///   - version: what `serverInfo` says.
  ///   - root: the folder that scripts stay below; nil is each script's own.
  public init(host: any ServerHost, version: String, root: String? = nil) {
    self.host = host
    self.version = version
    self.root = root
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  }

  // MARK: Messages

  /// Whether `work` has something to do.
  public var hasWork: Bool {
    !queue.isEmpty || !outbox.isEmpty || !dirty.isEmpty || !outdated.isEmpty
  }

  /// Whether a message waits to be answered.
  public var hasMessages: Bool { !queue.isEmpty }

  /// Takes a message's body.
  public func receive(_ body: [UInt8]) {
    do {
      let envelope = try decoder.decode(Envelope.self, from: Data(body))
      if envelope.method == "$/cancelRequest" {
        cancel(body)
      } else if envelope.method == nil, !envelope.hasID {
        refuse(nil, ResponseError(.invalidRequest, "a message has a method"))
      } else if envelope.method != nil, envelope.hasID, envelope.id == nil {
        refuse(nil, ResponseError(.invalidRequest, "a request's id is a number or a string"))
      } else if envelope.method != nil {
        // Answers to the server's own requests need nothing done.
        queue.append((envelope, body))
      }
    } catch let error as ResponseError {
      refuse(nil, error)
    } catch {
      refuse(nil, ResponseError(.parseError, "this is no JSON object of a message"))
    }
  }

  /// Takes note of bytes that were no message.
  public func reject(_ problem: String) {
    refuse(nil, ResponseError(.parseError, problem))
  }

  private func cancel(_ body: [UInt8]) {
    guard let id = try? parameters(CancelParams.self, body).id else { return }
    guard let index = queue.firstIndex(where: { $0.envelope.hasID && $0.envelope.id == id }) else { return }
    queue.remove(at: index)
    refuse(id, ResponseError(.requestCancelled, "the request was cancelled"))
  }

  /// Answers the next message; where none waits, checks one script that has changed; where none has,
  /// tidies up.
  ///
  /// - Parameter isInterrupted: whether a message has come in, for which a check is put off.
  /// - Returns: the bodies of the messages to send.
  public func work(isInterrupted: @escaping @Sendable () -> Bool = { false }) -> [[UInt8]] {
    if !queue.isEmpty {
      let (envelope, body) = queue.removeFirst()
      handle(envelope, body)
    } else if let uri = dirty.first, !isInterrupted() {
      publish(uri, isInterrupted: isInterrupted)
    } else {
      outdated = []
    }
    defer { outbox = [] }
    return outbox
  }

  private func handle(_ envelope: Envelope, _ body: [UInt8]) {
    guard let method = envelope.method else { return }
    if method == "exit" {
      exitStatus = stage == .shutDown ? 0 : 1
      return
    }
    guard envelope.hasID else {
      if stage == .running { notify(method, body) }
      return
    }
    let id = envelope.id
    switch (stage, method) {
    case (.created, "initialize"):
      answer(id, body) { self.initialize($0) }
    case (.created, _):
      refuse(id, ResponseError(.serverNotInitialized, "the first request is 'initialize'"))
    case (.shutDown, _):
      refuse(id, ResponseError(.invalidRequest, "the server has been shut down"))
    case (.running, "initialize"):
      refuse(id, ResponseError(.invalidRequest, "the server is initialized already"))
    case (.running, "shutdown"):
      stage = .shutDown
      send(Response(id: id, result: Empty?.none))
    case (.running, _): request(method, id, body)
    }
  }

  private func request(_ method: String, _ id: RequestID?, _ body: [UInt8]) {
    switch method {
    case "textDocument/hover": answer(id, body) { try self.hover($0) }
    case "textDocument/completion": answer(id, body) { try self.completion($0) }
    case "textDocument/signatureHelp": answer(id, body) { try self.signatureHelp($0) }
    case "textDocument/definition": answer(id, body) { try self.definition($0) }
    case "textDocument/references": answer(id, body) { try self.references($0) }
    case "textDocument/documentHighlight": answer(id, body) { try self.highlights($0) }
    case "textDocument/prepareRename": answer(id, body) { try self.prepareRename($0) }
    case "textDocument/rename": answer(id, body) { try self.rename($0) }
    case "textDocument/documentSymbol":
      if capabilities?.textDocument?.documentSymbol?.hierarchicalDocumentSymbolSupport == true {
        answer(id, body) { try self.documentSymbols($0) }
      } else {
        answer(id, body) { try self.flatDocumentSymbols($0) }
      }
    case "workspace/symbol": answer(id, body) { self.workspaceSymbols($0) }
    case "textDocument/foldingRange": answer(id, body) { try self.foldingRanges($0) }
    case "textDocument/selectionRange": answer(id, body) { try self.selectionRanges($0) }
    case "textDocument/formatting": answer(id, body) { try self.formatting($0) }
    case "textDocument/rangeFormatting": answer(id, body) { try self.rangeFormatting($0) }
    case "textDocument/semanticTokens/full": answer(id, body) { try self.semanticTokens($0) }
    case "textDocument/semanticTokens/range": answer(id, body) { try self.semanticTokens(in: $0) }
    case "textDocument/semanticTokens/full/delta":
      do {
        let parameters = try parameters(SemanticTokensDeltaParams.self, body)
        switch try semanticTokens(since: parameters) {
        case .full(let tokens): send(Response(id: id, result: tokens))
        case .delta(let delta): send(Response(id: id, result: delta))
        }
      } catch {
        refuse(id, error)
      }
    case "textDocument/documentColor": answer(id, body) { try self.documentColors($0) }
    case "textDocument/colorPresentation": answer(id, body) { try self.colorPresentations($0) }
    case "textDocument/documentLink": answer(id, body) { try self.documentLinks($0) }
    case "textDocument/codeAction": answer(id, body) { try self.codeActions($0) }
    default: refuse(id, ResponseError(.methodNotFound, "there is no method '\(method)'"))
    }
  }

  private func notify(_ method: String, _ body: [UInt8]) {
    do {
      switch method {
      case "initialized": registerWatchers()
      case "textDocument/didOpen": open(try parameters(DidOpenParams.self, body).textDocument)
      case "textDocument/didChange": change(try parameters(DidChangeParams.self, body))
      case "textDocument/didClose": close(try parameters(DocumentParams.self, body).textDocument.uri)
      case "textDocument/didSave", "workspace/didChangeWatchedFiles":
        host.forget()
        invalidateAll()
      case "workspace/didChangeConfiguration":
        if let root = try? parameters(ConfigurationParams.self, body).settings?.fedit?.root { setRoot(root) }
        invalidateAll()
      // Notifications that are not known are passed over, as the protocol says.
      default: break
      }
    } catch {
      log(
        "'\(method)' could not be read: \((error as? ResponseError)?.message ?? "its parameters are not right")"
      )
    }
  }

  // MARK: Sending

  func send(_ message: some Encodable) {
    do {
      outbox.append(Array(try encoder.encode(message)))
    } catch {
      // Only a number that is not finite cannot be written; no message holds one.
      outbox.append(
        Array(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"unencodable"}}"#.utf8))
    }
  }

  private func refuse(_ id: RequestID?, _ error: any Error) {
    let response = (error as? ResponseError) ?? ResponseError(.internalError, "\(error)")
    send(Response(id: id, error: response))
  }

  private func log(_ message: String) {
    send(Outgoing(method: "window/logMessage", params: LogMessageParams(type: 2, message: message)))
  }

  private func parameters<Parameters: Decodable>(_ type: Parameters.Type, _ body: [UInt8]) throws
    -> Parameters
  {
    do {
      return try decoder.decode(Incoming<Parameters>.self, from: Data(body)).params
    } catch {
      throw ResponseError(.invalidParams, Self.describe(error))
    }
  }

  private static func describe(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "the parameters are not right" }
    func path(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .keyNotFound(let key, let context):
      let place = path(context)
      return "'\(place.isEmpty ? "" : place + ".")\(key.stringValue)' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      return "'\(path(context))' is not of its type"
    @unknown default: return "the parameters are not right"
    }
  }

  private func answer<Parameters: Decodable, Result: Encodable>(
    _ id: RequestID?, _ body: [UInt8], _ method: (Parameters) throws -> Result
  ) {
    do {
      send(Response(id: id, result: try method(try parameters(Parameters.self, body))))
    } catch {
      refuse(id, error)
    }
  }

  // MARK: Life cycle

  private func initialize(_ parameters: InitializeParams) -> InitializeResult {
    stage = .running
    capabilities = parameters.capabilities
    encoding = .negotiated(parameters.capabilities?.general?.positionEncodings)
    let uris = parameters.workspaceFolders?.map(\.uri) ?? [parameters.rootUri].compactMap(\.self)
    folders = uris.compactMap(FileURI.path).map(host.canonicalPath)
    if let root = parameters.initializationOptions?.root { setRoot(root) }
    return InitializeResult(
      capabilities: ServerCapabilities(
        positionEncoding: encoding.rawValue,
        completionProvider: .init(triggerCharacters: [".", "\"", "/"]),
        signatureHelpProvider: .init(triggerCharacters: ["(", ","], retriggerCharacters: [":"]),
        codeActionProvider: .init(codeActionKinds: ["quickfix"]),
        semanticTokensProvider: .init(
          legend: .init(
            tokenTypes: SemanticTokenType.allCases.map(\.rawValue),
            tokenModifiers: SemanticTokenModifiers.names))),
      serverInfo: .init(name: "fedit", version: version))
  }

  private func setRoot(_ root: String) {
    guard !root.isEmpty else {
      self.root = nil
      return
    }
    self.root = host.canonicalPath(root.hasPrefix("/") ? root : (folders.first ?? "") + "/" + root)
  }

  /// Asks the client to tell of files that change beside it.
  private func registerWatchers() {
    guard capabilities?.workspace?.didChangeWatchedFiles?.dynamicRegistration == true else { return }
    let endings = PictureFormat.readEndings + PictureFormat.readEndings.map { $0.uppercased() }
    let patterns = ["**/*.fedit", "**/*.{\(endings.joined(separator: ","))}", "**/*.safetensors"]
    let registration = Registration(
      id: "files", method: "workspace/didChangeWatchedFiles",
      registerOptions: .init(watchers: patterns.map { .init(globPattern: $0) }))
    send(
      Outgoing(
        id: .number(nextRequest), method: "client/registerCapability",
        params: RegistrationParams(registrations: [registration])))
    nextRequest += 1
  }

  // MARK: Documents

  private func open(_ item: TextDocumentItem) {
    documents[item.uri] = TextDocument(
      uri: item.uri, path: path(item.uri), version: item.version, text: item.text)
    tokenMemory[item.uri] = nil
    // It may be a file that others use.
    if !dirty.contains(item.uri) { dirty.append(item.uri) }
    reporters[uri(ofPath: path(item.uri))] = nil
    invalidateAll()
  }

  private func change(_ parameters: DidChangeParams) {
    let uri = parameters.textDocument.uri
    guard documents[uri] != nil else {
      log("a document was changed that is not open: \(uri)")
      return
    }
    documents[uri]?.apply(
      parameters.contentChanges, version: parameters.textDocument.version, encoding: encoding)
    guard let path = documents[uri]?.path else { return }
    for other in documents.keys.sorted() where other == uri || analyses[other]?.paths.contains(path) ?? true {
      invalidate(other)
    }
  }

  private func close(_ uri: String) {
    guard documents.removeValue(forKey: uri) != nil else { return }
    analyses[uri] = nil
    tokenMemory[uri] = nil
    dirty.removeAll { $0 == uri }
    publish([], uri: uri, version: nil)
    for (file, reporter) in reporters where reporter == uri {
      reporters[file] = nil
      publish([], uri: file, version: nil)
    }
    invalidateAll()
  }

  private func invalidate(_ uri: String) {
    if let old = analyses.removeValue(forKey: uri) {
      // A server that never comes to rest does not grow.
      if outdated.count >= 4 { outdated = [] }
      outdated.append(old)
    }
    if !dirty.contains(uri) { dirty.append(uri) }
  }

  private func invalidateAll() { for uri in documents.keys.sorted() { invalidate(uri) } }

  /// The path of a document, links resolved; made up for those that are no files.
  private func path(_ uri: String) -> String {
    if let path = FileURI.path(uri) { return host.canonicalPath(path) }
    let name = uri.split(whereSeparator: { $0 == ":" || $0 == "/" }).last.map(String.init) ?? "untitled"
    return (folders.first ?? "") + "/" + name
  }

  /// The address under which the client knows a file.
  func uri(ofPath path: String) -> String {
    documents.values.first { $0.path == path }?.uri ?? FileURI.uri(path)
  }

  func document(_ uri: String) throws -> TextDocument {
    guard let document = documents[uri] else {
      throw ResponseError(.invalidParams, "the document is not open: \(uri)")
    }
    return document
  }

  // MARK: Checking

  func world(for path: String) -> OverlayWorld {
    OverlayWorld(
      base: host.world(forScript: path, root: root),
      texts: Dictionary(documents.values.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first }))
  }

  /// What is known of an open script.
  ///
  /// For a request the script is checked but carried out for a little way only, so that a long one
  /// keeps nobody waiting; its diagnostics need it whole.
  func analysis(_ uri: String) throws -> Analysis {
    try analysis(of: document(uri), isComplete: false, isInterrupted: { true })
  }

  private func analysis(
    of document: TextDocument, isComplete: Bool, isInterrupted: @escaping @Sendable () -> Bool
  ) throws -> Analysis {
    if let known = analyses[document.uri], known.isComplete || !isComplete { return known }
    let result = check(document.path, document.text, name: document.path, isInterrupted: isInterrupted)
    analyses[document.uri] = result
    guard let result else { throw ResponseError(.internalError, "the script could not be checked") }
    return result
  }

  /// Checks a script that may be open or not.
  func check(
    _ path: String, _ text: [UInt8], name: String, world: OverlayWorld? = nil,
    isInterrupted: @escaping @Sendable () -> Bool = { true }
  ) -> Analysis? {
    let world = world ?? self.world(for: path)
    var options = PlanOptions()
    options.isCancelled = isInterrupted
    let (source, problems) = SourceText.decoding(name: name, bytes: text)
    let program = plan(source, path: path, problems: problems, world: world, options: options)
    options.isCancelled = nil
    guard let file = program.files.first,
      let assistant = Assistant(program, world: world, options: options, surroundings: host)
    else { return nil }
    return Analysis(program: program, file: file, assistant: assistant, isComplete: !program.isCancelled)
  }

  /// Checks a document and tells what was found in it, and in files it uses that are not open.
  private func publish(_ uri: String, isInterrupted: @escaping @Sendable () -> Bool) {
    guard let document = documents[uri],
      let analysis = try? analysis(of: document, isComplete: true, isInterrupted: isInterrupted)
    else {
      dirty.removeAll { $0 == uri }
      return
    }
    // Interrupted: it stays dirty, for later.
    guard analysis.isComplete else { return }
    dirty.removeAll { $0 == uri }
    let byFile = lspDiagnostics(analysis)
    publish(byFile[document.path] ?? [], uri: uri, version: document.version)
    let open = Set(documents.values.map(\.path))
    for path in analysis.paths where !open.contains(path) {
      let file = FileURI.uri(path)
      let found = byFile[path] ?? []
      guard !found.isEmpty || reporters[file] == uri else { continue }
      reporters[file] = found.isEmpty ? nil : uri
      publish(found, uri: file, version: nil)
    }
    for file in reporters.keys.sorted() where reporters[file] == uri {
      guard !analysis.paths.contains(where: { FileURI.uri($0) == file }) else { continue }
      reporters[file] = nil
      publish([], uri: file, version: nil)
    }
  }

  private func publish(_ diagnostics: [LSPDiagnostic], uri: String, version: Int?) {
    send(
      Outgoing(
        method: "textDocument/publishDiagnostics",
        params: PublishDiagnosticsParams(uri: uri, version: version, diagnostics: diagnostics)))
  }
}
