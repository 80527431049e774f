import ArgumentParser
import Storage
import Training

/// `avprep export`: a run's best checkpoint for PyTorch and others to load.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a run's adapter as adapter.safetensors and adapter_config.json.",
        discussion: """
            Matrices lie as PyTorch keeps them. avprep.load_adapter, in tools/python, makes a module of \
            the folder.
            """)

    @Option(name: .customLong("run"), help: ArgumentHelp("Folder of the run.", valueName: "folder"))
    var source: String

    @Option(name: .customLong("to"), help: ArgumentHelp("Folder to write.", valueName: "folder"))
    var folder: String

    @Flag(help: "Replace an adapter that is there already.")
    var force = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let summary = try AdapterExport.export(run: source, to: folder, replacing: force)
        output.console.summarise([
            "command": "export", "run": .string(source), "tensors": .string(summary.tensors),
            "configuration": .string(summary.configuration),
            "method_parameters": .number(Double(summary.methodParameters)),
            "head_parameters": .number(Double(summary.headParameters)),
        ]) {
            "export: \(summary.methodParameters) parameters of the method and "
                + "\(summary.headParameters) of the head in \(summary.tensors)"
        }
    }
}
