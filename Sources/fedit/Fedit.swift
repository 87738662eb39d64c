import ArgumentParser
import FeditFiles
import FeditImage
import FeditProvenance
import FeditSession
import FeditWeights
import Foundation

/// The command line. What each command does stands in a file of its own.
@main
struct Fedit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fedit",
    abstract: "Face editing as text.",
    discussion: """
      A script says what to mask, draw and colour on a portrait; a neural generator fills the mask.
      Begin with 'fedit new my-edit --photo portrait.png', or see the tour in Docs/tour.md.
      """,
    version: "fedit \(feditVersion)",
    subcommands: [
      NewCommand.self,
      CheckCommand.self,
      RunCommand.self,
      BatchCommand.self,
      LockCommand.self,
      VerifyCommand.self,
      InspectCommand.self,
      DiffCommand.self,
      SheetCommand.self,
      WatchCommand.self,
      PlanCommand.self,
      LayersCommand.self,
      GridCommand.self,
      ReplCommand.self,
      FmtCommand.self,
      ExplainCommand.self,
      LSPCommand.self,
      ModelCommand.self,
      TraceCommand.self,
      PrepareCommand.self,
      TrainCommand.self,
      EvalCommand.self,
    ]
  )

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      failure.report()
    } catch let failure as FileError {
      CommandFailure(failure).report()
    } catch let failure as PictureError {
      CommandFailure(failure).report()
    } catch let failure as ProvenanceError {
      CommandFailure(failure).report()
    } catch let failure as WeightError {
      CommandFailure(failure).report()
    } catch let failure as SessionError {
      CommandFailure(failure).report()
    } catch {
      // Usage errors end with 64, requests for help with 0.
      exit(withError: error)
    }
  }
}
