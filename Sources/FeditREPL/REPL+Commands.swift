import FeditProgram
import FeditSyntax
import FeditText
import Foundation

extension REPL {
  /// Carries out a line that begins with a colon.
  func command(_ line: String) -> Outcome {
    let parts = line.dropFirst().split(separator: " ", maxSplits: 1)
    let name = parts.first.map(String.init) ?? ""
    let argument = parts.count > 1 ? SessionDocument.trimmed(String(parts[1])) : ""
    guard let command = REPLCommand.named(name) else {
      let near = nearestName(to: name, among: REPLCommand.all.map(\.name))
      return fail(
        "there is no command ':\(name)'", [near.map { "did you mean ':\($0)'?" } ?? "':help' lists them"])
    }
    if command.needsArgument, argument.isEmpty { return usage(command.name) }
    return command.action(self, argument)
  }

  /// Says how a command is used.
  func usage(_ name: String) -> Outcome {
    fail("usage: :\(name) \(REPLCommand.named(name)?.usage ?? "")", [])
  }

  func help(_ argument: String) -> Outcome {
    let name = argument.hasPrefix(":") ? String(argument.dropFirst()) : argument
    if let command = REPLCommand.all.first(where: { $0.name == name }) {
      output.write(":\(command.name) \(command.usage)\n  \(command.summary)\n")
    } else {
      output.write(REPLCommand.help)
    }
    return .done
  }

  func list() -> Outcome {
    let lines = document.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let digits = String(lines.count).count
    for (index, line) in lines.enumerated() {
      let number = String(index + 1)
      let margin = String(repeating: " ", count: digits - number.count) + number
      let isBlank = line.allSatisfy { $0 == " " || $0 == "\t" }
      // A script that was loaded may be anybody's.
      let plain = terminalSafe(line.replacing("\t", with: "    "))
      let text = isBlank ? "" : "  " + (settings.isColored ? SyntaxColors.colored(plain) : plain)
      output.write(settings.isColored ? "\u{1B}[2m\(margin)\u{1B}[0m\(text)\n" : "\(margin)\(text)\n")
    }
    return .done
  }

  func step(back: Bool) -> Outcome {
    guard let target = back ? done.last : undone.last else {
      return fail(back ? "there is nothing to undo" : "there is nothing to redo", [])
    }
    if back {
      done.removeLast()
      undone.append(document)
    } else {
      undone.removeLast()
      done.append(document)
    }
    document = target
    let checked = check(document)
    program = checked
    guard let plan = checked.plan else {
      ran = nil
      result = nil
      return .done
    }
    return settings.runsAtOnce ? run(plan, isAsked: false, writes: 0) : .done
  }

  func auto(_ argument: String) -> Outcome {
    guard argument == "on" || argument == "off" else { return usage("auto") }
    settings.runsAtOnce = argument == "on"
    return .done
  }

  func zoom(_ argument: String) -> Outcome {
    guard argument == "on" || argument == "off" else { return usage("zoom") }
    settings.zooms = argument == "on"
    return .done
  }

  func reset() -> Outcome {
    var changed = document
    changed.removeEdits()
    return apply(changed)
  }

  func seed(_ argument: String) -> Outcome {
    guard UInt64(argument) != nil else { return usage("seed") }
    guard document.currentEdit != nil else { return fail("there is no edit yet", ["draw a stroke first"]) }
    return statements("seed \(argument)")
  }

  func set(_ argument: String) -> Outcome {
    guard let equals = argument.firstIndex(of: "=") else { return usage("set") }
    let key = SessionDocument.trimmed(String(argument[..<equals]))
    let value = SessionDocument.trimmed(String(argument[argument.index(after: equals)...]))
    guard !value.isEmpty else { return usage("set") }
    var changed = document
    guard changed.setParameter(key, to: value) else {
      return fail("the session has no param '\(key)'", ["declare it: param \(key): number = \(value)"])
    }
    return apply(changed)
  }

  func explain(_ argument: String) -> Outcome {
    guard let text = services.explain(argument) else {
      return fail("there is no diagnostic '\(argument)'", ["codes stand in brackets after 'error'"])
    }
    output.write(text)
    return .done
  }

  /// `:model` and `:photo`: says which one it is, or takes another.
  func header(_ word: String, _ argument: String) -> Outcome {
    guard !argument.isEmpty else {
      let given = word == "model" ? options.model : options.photo?.name
      let unset = word == "model" ? "the built-in model" : "no photo yet"
      output.write("\(terminalSafe(given ?? document.header[word] ?? unset))\n")
      return .done
    }
    if word == "model" { options.model = nil } else { options.photo = nil }
    return statements("\(word) \(argument.hasPrefix("\"") ? argument : quoted(argument))")
  }

  func time() -> Outcome {
    guard result != nil, let seconds = lastSeconds else { return fail("nothing has run yet", []) }
    func ms(_ seconds: Double) -> String { String(format: "%7.1f ms", seconds * 1000) }
    output.write("check      \(ms(seconds.check))\n")
    for edit in timed {
      let name = terminalSafe(edit.name)
      if edit.isReused {
        output.write("\"\(name)\": as before, not run again\n")
      } else {
        output.write("\"\(name)\"\n")
        output.write("  layers   \(ms(edit.timings.layers))\n")
        output.write("  network  \(ms(edit.timings.generator))\n")
        output.write("  composite\(ms(edit.timings.composite))\n")
      }
    }
    output.write("all        \(ms(seconds.check + seconds.run))\n")
    return .done
  }
}
