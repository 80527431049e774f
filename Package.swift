// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "avprep",
    products: [
        // Tests preload it into the program, so it is to be a file of its own.
        .library(name: "FaultInjection", type: .dynamic, targets: ["FaultInjection"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(
            url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat",
            providers: [.apt(["libavformat-dev", "libswscale-dev", "libswresample-dev"])]),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
        .systemLibrary(
            name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(
            name: "CXXHash", pkgConfig: "libxxhash", providers: [.apt(["libxxhash-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(name: "CKernels"),
        .target(name: "CWeights", exclude: ["tiny.safetensors"]),

        .target(name: "Tensors"),
        .target(name: "Media", dependencies: ["CFFmpeg", "CFFTW", "Tensors"]),
        .target(
            name: "Datasets", dependencies: ["Yams"],
            resources: [
                .embedInCode("Manifests/ave.yaml"),
                .embedInCode("Manifests/avsbench-ms3.yaml"),
                .embedInCode("Manifests/avsbench-s4.yaml"),
                .embedInCode("Manifests/avsbench-semantic.yaml"),
                .embedInCode("Manifests/folder.yaml"),
                .embedInCode("Manifests/llp.yaml"),
                .embedInCode("Manifests/meld.yaml"),
                .embedInCode("Manifests/msr-vtt.yaml"),
                .embedInCode("Manifests/msr-vtt-1ka.yaml"),
                .embedInCode("Manifests/msr-vtt-7k.yaml"),
                .embedInCode("Manifests/msr-vtt-miech.yaml"),
                .embedInCode("Manifests/msr-vtt-qa.yaml"),
                .embedInCode("Manifests/music-avqa.yaml"),
                .embedInCode("Manifests/music-avqa-by-video.yaml"),
                .embedInCode("Manifests/music-avqa-json.yaml"),
                .embedInCode("Manifests/music-avqa-v2.yaml"),
                .embedInCode("Manifests/mustard.yaml"),
                .embedInCode("Manifests/valor-32k.yaml"),
                .embedInCode("Manifests/valor-32k-avqa.yaml"),
                .embedInCode("Manifests/vggsound.yaml"),
            ]),
        .target(name: "Storage", dependencies: ["CHDF5", "CXXHash", "Datasets", "Tensors"]),
        .target(name: "Neural", dependencies: ["CKernels", "COpenBLAS", "Tensors"]),
        .target(name: "Models", dependencies: ["CWeights", "Neural", "Tensors"]),
        .target(
            name: "Training",
            dependencies: [
                "Datasets", "Models", "Neural", "Storage", "Tensors", "Yams",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "Pipeline",
            dependencies: [
                "CLinux", "Datasets", "Media", "Models", "Neural", "Storage", "Tensors", "Yams",
            ]),
        .executableTarget(
            name: "avprep",
            dependencies: [
                "Datasets", "Media", "Models", "Neural", "Pipeline", "Storage", "Tensors",
                "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(
            name: "TestSupport", dependencies: ["Neural", "Tensors"], path: "Tests/TestSupport"),
        .target(name: "FaultInjection", path: "Tests/FaultInjection"),
        .target(name: "AllocationCounting", path: "Tests/AllocationCounting"),
        .testTarget(name: "TortureTests", dependencies: ["avprep", "Tensors", "TestSupport"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "MediaTests", dependencies: ["Media", "Tensors", "TestSupport"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Datasets", "TestSupport"]),
        .testTarget(
            name: "StorageTests",
            dependencies: ["CHDF5", "Datasets", "Storage", "Tensors", "TestSupport"]),
        .testTarget(name: "NeuralTests", dependencies: ["Neural", "Tensors", "TestSupport"]),
        .testTarget(
            name: "ModelsTests", dependencies: ["Models", "Neural", "Tensors", "TestSupport"]),
        .testTarget(
            name: "AllocationTests",
            dependencies: ["AllocationCounting", "Models", "Neural", "Tensors"]),
        .testTarget(
            name: "TrainingTests",
            dependencies: [
                "Datasets", "Models", "Neural", "Pipeline", "Storage", "Tensors", "TestSupport",
                "Training",
            ]),
        .testTarget(
            name: "PipelineTests",
            dependencies: [
                "Datasets", "Media", "Models", "Neural", "Pipeline", "Storage", "Tensors",
                "TestSupport",
            ]),
        .testTarget(
            name: "CommandTests",
            dependencies: [
                "avprep", "Datasets", "Media", "Pipeline", "Storage", "Tensors", "TestSupport",
                "Training",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

let cTargets: Set = ["AllocationCounting", "CKernels", "CWeights", "FaultInjection"]

/// Targets that hand pointers to C, in their wrapper folders; the compiler keeps them out of the rest.
let unsafeTargets: Set = ["Media", "Neural", "Storage", "Tensors"]

for target in package.targets where target.type != .system && !cTargets.contains(target.name) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
    if target.type != .test, !unsafeTargets.contains(target.name) {
        target.swiftSettings! += [.strictMemorySafety()]
    }
}
