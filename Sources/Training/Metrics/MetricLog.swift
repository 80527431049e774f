/// The metrics of a run, in every form that people and their tools read.
///
/// | file | for | holds |
/// |---|---|---|
/// | `metrics.jsonl` | scripts, and resuming | what every rerun gives again, byte for byte |
/// | `timings.jsonl` | resuming | what depends on the machine and the hour |
/// | `metrics.csv` | spreadsheets | both |
/// | `curves.svg` | people | loss and val metrics against epochs |
/// | `events.out.tfevents.…` | TensorBoard | both |
///
/// A point belongs to a step. Who resumes at a checkpoint opens the log with the checkpoint's step: what
/// was measured after it is forgotten in all files, and nothing up to it is lost.
public final class MetricLog {
    /// What was measured so far, in order of steps.
    public private(set) var points: [MetricPoint]

    private let files: MetricFiles
    private let title: String
    private let events: EventLog

    /// Opens the log of a run that has taken some steps, 0 for a new one.
    ///
    /// - Parameters:
    ///   - folder: The run's folder, which exists and is locked.
    ///   - step: The step of the checkpoint that the run goes on from.
    ///   - title: What the curves are headed by.
    /// - Throws: `StorageError` if the files cannot be read or written.
    public init(run folder: String, through step: Int, title: String) throws {
        files = MetricFiles(folder: folder)
        self.title = title
        points = try files.points(through: step)
        events = try EventLog(folder: folder, points: points, from: step)
        try write()
    }

    /// Adds a point, which TensorBoard sees at once and the other files hold after ``write()``.
    ///
    /// - Precondition: Its step is beyond those before.
    public func add(_ point: MetricPoint) throws {
        precondition(point.step > points.last?.step ?? -1, "metrics of step \(point.step) again")
        points.append(point)
        try events.append(point)
    }

    /// Brings all files up to date; call it before a checkpoint is written.
    public func write() throws { try files.write(points, title: title) }
}
