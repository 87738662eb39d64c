import FeditStudioServer
import FeditTestSupport
import Foundation
import Testing

@Suite("The studio's door") struct DoorTests {
  @Test("the page and its parts are served with the headers that protect them")
  func page() throws {
    let server = try RunningServer()
    for path in ["/", "/studio.js", "/studio.css", "/icon.svg"] {
      let client = try server.connect()
      client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
      let answer = String(decoding: client.readAll(), as: UTF8.self)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"), "\(path)")
      for field in [
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
          + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n",
        "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n",
        "Cross-Origin-Resource-Policy: same-origin\r\n", "Cache-Control: no-store\r\n",
      ] { #expect(answer.contains(field), "\(path): \(field)") }
      #expect(!answer.lowercased().contains("access-control"), "\(path)")
      #expect(!answer.contains(server.token.text))
    }
  }

  @Test("a foreign, absent, doubled or misspelt Host is refused with 421")
  func hosts() throws {
    let server = try RunningServer()
    let port = server.port
    for host in [
      "evil.example", "evil.example:\(port)", "127.0.0.1", "127.0.0.1:\(port + 1)", "localhost",
      "[::1]:\(port)",
    ] {
      #expect(try server.status("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == 421, "\(host)")
      #expect(
        try server.status(RawClient.upgrade(port: port, host: host, origin: "http://127.0.0.1:\(port)"))
          == 421)
    }
    #expect(try server.status("GET / HTTP/1.1\r\n\r\n") == 421)
    let own = "Host: 127.0.0.1:\(port)\r\n"
    #expect(try server.status("GET / HTTP/1.1\r\n\(own)\(own)\r\n") == 421)
    #expect(try server.servesItsUser())
  }

  @Test("an absent, null or foreign Origin opens no WebSocket")
  func origins() throws {
    let server = try RunningServer()
    let port = server.port
    let foreign = [
      nil, "null", "http://evil.example", "https://127.0.0.1:\(port)", "http://127.0.0.1",
      "http://127.0.0.1:\(port).evil.example",
      "http://localhost:\(port + 1)", "file://",
    ]
    for origin in foreign {
      #expect(try server.status(RawClient.upgrade(port: port, origin: origin)) == 403, "\(origin ?? "none")")
    }
    // Nor does it get the page.
    #expect(
      try server.status("GET / HTTP/1.1\r\nHost: localhost:\(port)\r\nOrigin: http://evil.example\r\n\r\n")
        == 403)
    #expect(try server.servesItsUser())
  }

  @Test("no path leads to a file")
  func paths() throws {
    let server = try RunningServer()
    for path in [
      "/../../etc/passwd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/./index.html", "/index.html",
      "/studio.js/",
      "/studio.js?x", "/%2e%2e/", "/portrait.png", "/socket/..", "/\\..\\..",
    ] {
      #expect(
        try server.status("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n") == 404, "\(path)")
    }
    #expect(
      try server.status("GET http://127.0.0.1/ HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n") == 400)
    #expect(try server.servesItsUser())
  }

  @Test("what a browser would not send is refused")
  func malformed() throws {
    let server = try RunningServer()
    let host = "Host: 127.0.0.1:\(server.port)\r\n"
    for (request, status) in [
      ("POST / HTTP/1.1\r\n\(host)Content-Length: 5\r\n\r\nhello", 413),
      ("POST / HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n", 413),
      ("DELETE / HTTP/1.1\r\n\(host)\r\n", 405), ("OPTIONS / HTTP/1.1\r\n\(host)\r\n", 405),
      ("GET / HTTP/1.0\r\n\(host)\r\n", 505), ("GET / HTTP/2\r\n\(host)\r\n", 505),
      ("GET /\r\n\(host)\r\n", 400), ("\r\n\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\n\(host) folded: x\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\n\(host)A B: x\r\n\r\n", 400), ("GET / HTTP/1.1\r\n\(host)A: \u{0}\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\n\(host)A: \nB: x\r\n\r\n", 400),
      ("GET /socket HTTP/1.1\r\n\(host)Origin: http://localhost:\(server.port)\r\n\r\n", 426),
      (RawClient.upgrade(port: server.port, origin: "http://127.0.0.1:\(server.port)", version: "8"), 426),
    ] {
      #expect(try server.status(request) == status, "\(request)")
    }
    let many = (0..<200).map { "X-\($0): y\r\n" }.joined()
    #expect(try server.status("GET / HTTP/1.1\r\n\(host)\(many)\r\n") == 400)
    #expect(try server.servesItsUser())
  }

  @Test("a head of a gigabyte is cut off after its first kilobytes")
  func longHead() throws {
    let server = try RunningServer()
    let client = try server.connect()
    client.send("GET / HTTP/1.1\r\nX: ")
    let block = [UInt8](repeating: 0x61, count: 1 << 20)
    var sent = 0
    while sent < 1 << 10, client.send(block) { sent += 1 }
    #expect(sent < 64, "the server took \(sent) MB")
    #expect(try server.servesItsUser())
  }

  @Test("a head that comes a byte at a time is given up")
  func slowHead() throws {
    let server = try RunningServer { $0.headSeconds = 0.4 }
    let client = try server.connect()
    var isOpen = true
    for byte in Array("GET / HTTP/1.1\r\nX: ".utf8) + [UInt8](repeating: 0x61, count: 400) where isOpen {
      isOpen = client.send([byte])
      usleep(10_000)
    }
    #expect(!isOpen || client.status() == 408)
    #expect(try server.servesItsUser())
  }

  @Test("clients that open connections and say nothing keep nobody out")
  func manyConnections() throws {
    let server = try RunningServer { $0.connections = 8 }
    let window = try server.window()
    for _ in 0..<500 where server.recorder.state.withLock({ $0.opened }) == 0 { usleep(10_000) }
    let silent = try (0..<40).map { _ in try server.connect() }
    #expect(try server.servesItsUser())
    // A window that was let in stays.
    window.send(RawClient.frame(1, Array("still here".utf8)))
    #expect(String(decoding: window.read(exactly: 18), as: UTF8.self).hasSuffix("heard still here"))
    #expect(silent.count == 40)
  }
}

@Suite("The studio's WebSocket") struct SocketTests {
  @Test("the handshake is that of RFC 6455")
  func handshake() throws {
    let server = try RunningServer()
    let head = try server.connect().openSocket(port: server.port)
    #expect(head.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
    #expect(head.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"))
  }

  @Test("five wrong tokens end the server, four do not")
  func wrongTokens() throws {
    let server = try RunningServer()
    func attempt(_ token: String) throws -> Int? {
      let client = try server.socket()
      client.send(RawClient.frame(1, Array(token.utf8)))
      return client.closeCode()
    }
    let own = server.token.text
    for wrong in ["", String(own.dropLast()), own + "0", String(own.reversed())] {
      #expect(try attempt(wrong) == 1008)
    }
    #expect(try server.servesItsUser())
    #expect(try attempt(String(repeating: "0", count: 64)) == 1008)
    #expect(server.end() == .wrongTokens)
  }

  @Test("without a token within the time there is no window")
  func noToken() throws {
    let server = try RunningServer { $0.tokenSeconds = 0.3 }
    let client = try server.socket()
    #expect(client.closeCode() == 1008)
    #expect(server.recorder.state.withLock { $0.opened } == 0)
    #expect(try server.servesItsUser())
  }

  @Test("what comes before the token is not heard")
  func beforeToken() throws {
    let server = try RunningServer()
    let client = try server.socket()
    client.send(RawClient.frame(2, Array(server.token.text.utf8)))
    #expect(client.closeCode() == 1008)
    #expect(server.recorder.state.withLock { $0.texts }.isEmpty)
  }

  @Test("a frame of two gigabytes is refused by its first bytes, with the token and without")
  func longFrame() throws {
    let server = try RunningServer()
    let stranger = try server.socket()
    stranger.send(RawClient.frame(1, [], length: 2 << 30))
    #expect(stranger.closeCode() == 1009)
    let window = try server.window()
    window.send(RawClient.frame(2, [], length: 2 << 30))
    #expect(window.closeCode() == 1009)
    let longest = try server.window()
    longest.send(RawClient.frame(2, [], length: .max))
    #expect(longest.closeCode() == 1009)
    #expect(try server.servesItsUser())
  }

  @Test("many small frames do not make a message that is too long")
  func longMessage() throws {
    let server = try RunningServer { $0.messageBytes = 10_000 }
    let window = try server.window()
    let part = [UInt8](repeating: 1, count: 1000)
    window.send(RawClient.frame(2, part, isLast: false))
    for _ in 0..<9 { window.send(RawClient.frame(0, part, isLast: false)) }
    window.send(RawClient.frame(0, [1], isLast: true))
    #expect(window.closeCode() == 1009)
  }

  @Test("messages in parts, pings between them and messages of any length arrive whole")
  func parts() throws {
    let server = try RunningServer()
    let window = try server.window()
    window.send(RawClient.frame(1, Array("one ".utf8), isLast: false))
    window.send(RawClient.frame(9, Array("ping".utf8)))
    window.send(RawClient.frame(0, Array("two".utf8), isLast: true))
    #expect(window.read(exactly: 6) == [0x8A, 4] + Array("ping".utf8))
    #expect(String(decoding: window.read(exactly: 15), as: UTF8.self).hasSuffix("heard one two"))
    for count in [0, 125, 126, 65_535, 65_536, 300_000] {
      let frame = RawClient.frame(2, [UInt8](repeating: 7, count: count))
      // Cut in the middle of its length.
      window.send(Array(frame.prefix(3)))
      usleep(2_000)
      window.send(Array(frame.dropFirst(3)))
    }
    window.send(RawClient.frame(1, Array("end".utf8)))
    #expect(String(decoding: window.read(exactly: 11), as: UTF8.self).hasSuffix("heard end"))
    #expect(server.recorder.state.withLock { $0.binaries } == [0, 125, 126, 65_535, 65_536, 300_000])
  }

  @Test("frames that break the protocol end the connection")
  func violations() throws {
    let server = try RunningServer()
    let unmasked: [UInt8] = [0x81, 2, 0x68, 0x69]
    let reserved = [UInt8(0xC1)] + RawClient.frame(1, [0x68]).dropFirst()
    let cases: [(String, [UInt8], Int)] = [
      ("not masked", unmasked, 1002), ("a reserved bit", reserved, 1002),
      ("an unknown opcode", RawClient.frame(3, []), 1002),
      ("a part without a beginning", RawClient.frame(0, [1]), 1002),
      ("a control frame in parts", RawClient.frame(9, [], isLast: false), 1002),
      ("a long control frame", RawClient.frame(9, [UInt8](repeating: 0, count: 126)), 1002),
      (
        "a message inside another", RawClient.frame(1, [0x61], isLast: false) + RawClient.frame(1, [0x61]),
        1002
      ),
      ("text that is not UTF-8", RawClient.frame(1, [0xC3, 0x28]), 1007),
    ]
    for (name, bytes, code) in cases {
      let window = try server.window()
      window.send(bytes)
      #expect(window.closeCode() == code, "\(name)")
    }
    #expect(try server.servesItsUser())
  }

  @Test("random bytes behind the token break nothing")
  func randomBytes() throws {
    let server = try RunningServer()
    var random = Numbers(20_240)
    for _ in 0..<100 {
      let window = try server.window()
      window.send((0..<Int(random.next() % 300)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
    }
    #expect(try server.servesItsUser())
  }

  @Test("a window that does not read is let go of, and others are served")
  func deafWindow() throws {
    let server = try RunningServer { $0.queuedBytes = 1 << 20 }
    let deaf = try server.window()
    let long = [UInt8](repeating: 0x61, count: 200_000)
    var sent = 0
    // Each is answered with as much; at some time the queue is full.
    while sent < 500, deaf.send(RawClient.frame(1, long)) { sent += 1 }
    #expect(sent < 500)
    #expect(try server.servesItsUser())
  }
}
