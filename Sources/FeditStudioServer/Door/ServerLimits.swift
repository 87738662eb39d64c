/// How much a client may send and how long it may take.
public struct ServerLimits: Hashable, Sendable {
  /// Bytes of a request's head: request line and header fields.
  public var headBytes = 16 << 10
  /// Seconds from a connection's first moment to the end of its request's head.
  public var headSeconds = 5.0
  /// Seconds from the upgrade to the message with the token.
  public var tokenSeconds = 5.0
  /// Bytes of that message.
  public var tokenBytes = 1 << 10
  /// Bytes of a message of a window that has shown the token.
  public var messageBytes = 16 << 20
  /// Seconds in which a client has to take some of what is written to it.
  public var writeSeconds = 10.0
  /// Bytes that wait for a window that does not read.
  public var queuedBytes = 256 << 20
  /// Connections at a time; the oldest without the token is closed for one more.
  public var connections = 48
  /// Wrong tokens after which the server ends.
  public var wrongTokens = 5

  /// The limits of `fedit studio`.
  public init() {}
}
