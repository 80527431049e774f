import ArgumentParser
import Datasets
import Foundation
import Media
import Models
import Pipeline
import Storage
import Tensors
import Training

/// How the program ends.
///
/// Scripts rely on these numbers, so they never change their meaning.
enum Outcome: Int32, Error {
    case done = 0
    case failed = 1
    case usage = 2

    /// The work was done, but some inputs failed, and were reported and left out.
    case someInputsFailed = 3

    /// A check found damage, or a comparison a difference.
    case differenceFound = 4

    /// The cache was made by another configuration or version.
    case incompatibleCache = 5

    /// A limit that the user set was reached; the same command continues.
    case limitReached = 6

    case missingInput = 10
    case locked = 11
    case noSpace = 12
    case permissionDenied = 13

    /// Ended by SIGINT, after leaving everything whole.
    case interrupted = 130

    /// Ended by SIGTERM, after leaving everything whole.
    case terminated = 143
}

extension Outcome {
    /// The outcome that tells a script what `error` tells a reader.
    init(for error: any Error) {
        switch error {
        case let error as StorageError: self.init(error.kind)
        case let error as AnnotationError:
            switch error.kind {
            case .missing: self = .missingInput
            case .unreadable: self = .failed
            case .permission: self = .permissionDenied
            case .configuration: self = .usage
            }
        case let error as BackboneError:
            switch error.kind {
            case .missing: self = .missingInput
            case .unreadable: self = .failed
            case .permission: self = .permissionDenied
            case .unknown: self = .usage
            }
        case let error as MediaError: self = error.kind == .missing ? .missingInput : .failed
        case let error as SafeTensors.Error:
            switch error.kind {
            case .missing: self = .missingInput
            case .permission: self = .permissionDenied
            case .invalid: self = .failed
            }
        case let error as TrainingError: self.init(error.kind)
        case let error as Job.Error:
            switch error.kind {
            case .missing: self = .missingInput
            case .permission: self = .permissionDenied
            case .invalid: self = .usage
            }
        case is Encoding.RequestError, is MethodCatalog.Error: self = .usage
        default:
            switch AVPrep.exitCode(for: error) {
            case .success: self = .done  // A request for help or the version.
            case .validationFailure: self = .usage
            default: self = .failed
            }
        }
    }

    private init(_ kind: StorageError.Kind) {
        switch kind {
        case .failed: self = .failed
        case .missing: self = .missingInput
        case .locked: self = .locked
        case .noSpace: self = .noSpace
        case .permission: self = .permissionDenied
        case .incompatible: self = .incompatibleCache
        case .damaged: self = .differenceFound
        }
    }

    private init(_ kind: TrainingError.Kind) {
        switch kind {
        case .failed: self = .failed
        case .recipe: self = .usage
        case .cache: self = .incompatibleCache
        case .missing: self = .missingInput
        case .permission: self = .permissionDenied
        }
    }

    /// The order in which one outcome of several stages hides the others.
    private static let severity: [Outcome] = [
        .done, .someInputsFailed, .limitReached, .differenceFound, .incompatibleCache, .usage,
        .missingInput, .locked, .noSpace, .permissionDenied, .failed, .interrupted, .terminated,
    ]

    /// The outcome of a command whose stages ended in these.
    static func worst(_ outcomes: [Outcome]) -> Outcome {
        severity.last(where: outcomes.contains) ?? .done
    }

    /// How a stage that went through its work has ended.
    init(of summary: StageSummary, _ interruption: Interruption) {
        if summary.wasCancelled, let signal = interruption.outcome {
            self = signal
        } else if summary.reachedLimit {
            self = .limitReached
        } else {
            self = summary.failures.isEmpty ? .done : .someInputsFailed
        }
    }
}
