// swift-tools-version: 6.2
import PackageDescription

/// Every target: Swift 6 mode, warnings are errors, imports are explicit and internal by default.
let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableExperimentalFeature("Lifetimes"),
    // Checked in debug builds, and so by every test; in release it would cost a twentieth of a request's time.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// What ships: without the standard library's regular expressions, 1.3 MiB of the binary (HTTPModel/Bytes/TextSearch.swift).
let shipped: [SwiftSetting] = house + [.unsafeFlags(["-Xfrontend", "-disable-implicit-string-processing-module-import"])]

/// Targets that read bytes from the wire: `unsafe` has to be spelled out wherever it stands.
let strict: [SwiftSetting] = shipped + [.strictMemorySafety()]

/// What runs once, and not for each exchange, is compiled to be small. Not `Admin`: the linker keeps the first of equal specializations, and that
/// of a module before `HTTPModel` would serve exchanges too.
let small: SwiftSetting = .unsafeFlags(["-Osize"], .when(configuration: .release))

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOTLS", package: "swift-nio"),
]

let package = Package(
    name: "letterhead",
    platforms: [.macOS("26.0")],
    products: [.executable(name: "letterhead", targets: ["letterhead"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    ],
    targets: [
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"]), .brew(["nghttp2"])]),
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"]), .brew(["libuv"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),
        .target(name: "EventLoop", dependencies: ["CUV"], swiftSettings: strict),
        .target(name: "TLS", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(name: "HTTPModel", swiftSettings: strict),
        .target(name: "HeaderPolicy", dependencies: ["HTTPModel"], swiftSettings: strict),
        .target(name: "HTTP1", dependencies: ["HTTPModel"], swiftSettings: strict),
        .target(name: "HTTP2", dependencies: ["CNghttp2", "HTTPModel"], swiftSettings: strict),
        .target(name: "ProxyCore", dependencies: ["HTTPModel", "HeaderPolicy"], swiftSettings: shipped),
        .target(
            name: "ProxyTransport",
            dependencies: [
                "EventLoop", "TLS", "HTTPModel", "HeaderPolicy", "HTTP1", "HTTP2", "ProxyCore",
                .product(name: "HeapModule", package: "swift-collections"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: strict),
        .target(
            name: "ProxyConfig", dependencies: ["CYAML", "HeaderPolicy", "HTTPModel", "ProxyCore"],
            swiftSettings: strict + [small]),
        .target(
            name: "Diagnosis", dependencies: ["ProxyConfig", "HTTP1", "HTTP2", "HeaderPolicy", "HTTPModel", "ProxyCore"],
            swiftSettings: strict + [small]),
        .target(
            name: "Migration", dependencies: ["ProxyConfig", "HeaderPolicy", "HTTPModel", "ProxyCore"],
            swiftSettings: strict + [small]),
        .target(name: "Admin", dependencies: ["HTTPModel", "HeaderPolicy", "ProxyCore"], swiftSettings: shipped),
        .executableTarget(
            name: "letterhead",
            dependencies: [
                "EventLoop", "HTTPModel", "HeaderPolicy", "ProxyCore", "ProxyTransport", "ProxyConfig", "Diagnosis",
                "Migration", "Admin",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: shipped + [small]),

        // One test target for each target, mirroring it; and the processes of all of them together.
        .testTarget(name: "EventLoopTests", dependencies: ["EventLoop"], swiftSettings: house),
        .testTarget(name: "TLSTests", dependencies: ["TLS", "COpenSSL", "TestSupport"], swiftSettings: house),
        .testTarget(name: "HTTPModelTests", dependencies: ["HTTPModel"], swiftSettings: house),
        .testTarget(name: "HeaderPolicyTests", dependencies: ["HeaderPolicy", "HTTPModel"], swiftSettings: house),
        .target(
            name: "HostileMessages", dependencies: ["HTTP2", "HTTPModel"], path: "Tests/HostileMessages", swiftSettings: house),
        .testTarget(
            name: "HTTP1Tests",
            dependencies: [
                "HTTP1", "HTTPModel", "HostileMessages", .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ] + nio,
            swiftSettings: house),
        .testTarget(
            name: "HTTP2Tests", dependencies: ["HTTP2", "CNghttp2", "HTTPModel", "HostileMessages"], swiftSettings: house),
        .target(
            name: "ExchangeDriver", dependencies: ["ProxyCore", "HeaderPolicy", "HTTPModel"], path: "Tests/ExchangeDriver",
            swiftSettings: house),
        .testTarget(
            name: "ProxyCoreTests", dependencies: ["ProxyCore", "Diagnosis", "HeaderPolicy", "HTTPModel", "ExchangeDriver"],
            swiftSettings: house),
        .testTarget(
            name: "ProxyConfigTests",
            dependencies: ["ProxyConfig", "Diagnosis", "ProxyCore", "HeaderPolicy", "HTTPModel", "Generate"],
            exclude: ["Golden"], swiftSettings: house),
        .executableTarget(
            name: "Generate", dependencies: ["ProxyConfig", "Diagnosis"], path: "Tests/Generate",
            exclude: ["letterhead.yaml.template"], swiftSettings: house),
        .testTarget(
            name: "DiagnosisTests",
            dependencies: ["Diagnosis", "ProxyConfig", "ProxyCore", "HeaderPolicy", "HTTPModel", "HTTP1"],
            exclude: ["Explaining/Golden", "Grading/HeaderSets.txt", "HAR/Recordings"], swiftSettings: house),
        .testTarget(
            name: "MigrationTests", dependencies: ["Migration", "ProxyConfig", "HeaderPolicy"], exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "ProxyTransportTests",
            dependencies: [
                "ProxyTransport", "EventLoop", "TLS", "ProxyCore", "HeaderPolicy", "HTTPModel", "HostileMessages", "TestSupport",
            ], swiftSettings: house),
        .testTarget(
            name: "AdminTests", dependencies: ["Admin", "HTTPModel", "HeaderPolicy", "ProxyCore"], swiftSettings: house),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: house),
        .testTarget(
            name: "IntegrationTests",
            dependencies: [
                "TestSupport", "letterhead", "Diagnosis", "ProxyConfig", "ProxyCore", "HeaderPolicy", "HostileMessages",
                "HTTPModel", "HTTP2",
                "CNghttp2",
            ],
            exclude: [
                "app", "clients", "Browser/page.html", "requirements.txt", "Import/flask", "Import/flask_twin.py",
            ], swiftSettings: house),
        .executableTarget(
            name: "StageBenchmark", dependencies: ["HTTPModel", "HeaderPolicy"],
            path: "Tests/Performance/StageBenchmark", swiftSettings: house),
        .executableTarget(
            name: "PacedLoad",
            dependencies: ["HTTPModel", .product(name: "ArgumentParser", package: "swift-argument-parser")] + nio,
            path: "Tests/Performance/PacedLoad", swiftSettings: house),
    ]
)

/// Fuzz targets need a flag for the whole build (see `make fuzz`), so a plain build leaves them out.
if Context.environment["LETTERHEAD_FUZZ"] != nil {
    let modules: [Target.Dependency] = [
        "HTTP1", "HTTP2", "HTTPModel", "HeaderPolicy", "ProxyConfig", "Diagnosis", "Migration", "ProxyCore", "ExchangeDriver",
    ]
    let names = [
        "Chunks", "Configuration", "Cookies", "Exchange", "HAR", "HTTP2Server", "Regex", "Reports", "RequestParser",
        "ResponseParser",
        "Stage", "StructuredValues", "Templates",
    ]
    package.targets.append(
        .target(name: "FuzzSupport", dependencies: modules, path: "Tests/Fuzz/Support", swiftSettings: house))
    package.targets += names.map { name in
        .executableTarget(
            name: "Fuzz\(name)", dependencies: ["FuzzSupport"] + modules, path: "Tests/Fuzz/\(name)", exclude: ["corpus"],
            swiftSettings: house + [.unsafeFlags(["-parse-as-library"])])
    }
}
