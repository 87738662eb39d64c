// What libFuzzer calls with every input: the bytes an editor sends. Cut anywhere, they are the same
// messages; the server answers whatever they hold without crashing or hanging, in frames that its own
// decoder reads.
import FeditAssist
import FeditLanguageServer
import FeditPlan
import FeditProgram

private func events(_ bytes: [UInt8], cuts: [Int]) -> [MessageDecoder.Event] {
  var decoder = MessageDecoder()
  var result: [MessageDecoder.Event] = []
  var start = 0
  for cut in cuts + [bytes.count] where cut > start {
    decoder.append(bytes[start..<cut])
    while let event = decoder.next() { result.append(event) }
    start = cut
  }
  return result
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int32 {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let whole = events(bytes, cuts: [])
  precondition(events(bytes, cuts: Array(0..<count)) == whole, "bytes one by one are other messages")
  // Cuts that the input itself draws.
  var cuts: [Int] = []
  var cut = 0
  for byte in bytes where cut < count {
    cut += Int(byte & 63) + 1
    cuts.append(cut)
  }
  precondition(events(bytes, cuts: cuts.filter { $0 < count }) == whole, "cut bytes are other messages")

  let server = LanguageServer(host: MapHost(), version: "0")
  for event in whole {
    switch event {
    case .message(let body): server.receive(body)
    case .problem(let problem): server.reject(problem)
    }
    // A server that works faster than messages come, and one that is always behind.
    if count % 2 == 0 { answer(server) }
  }
  answer(server)
  return 0
}

private func answer(_ server: LanguageServer) {
  while server.hasWork, server.exitStatus == nil {
    for body in server.work() {
      let back = events(MessageEncoder.encode(body), cuts: [])
      precondition(back == [.message(body)], "an answer is no message")
    }
  }
}
