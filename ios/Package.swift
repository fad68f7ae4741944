// swift-tools-version: 6.0
// The Swift library. `ios/test` builds and tests it on Linux.
import PackageDescription

// Where libbillpay lies, for a build outside of Xcode. Only then are there unsafe flags: a package that
// has any cannot be another's dependency by version.
let native =
    Context.environment["BILLPAY_NATIVE"].map { folder -> [LinkerSetting] in
        [.unsafeFlags(["-L", folder, "-Xlinker", "-rpath", "-Xlinker", folder])]
    } ?? []

let package = Package(
    name: "BillPay",
    defaultLocalization: "en",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [
        .library(name: "BillPay", targets: ["BillPay"]),
        .library(name: "BillPayApple", targets: ["BillPayApple"]),
    ],
    targets: [
        // The C functions of libbillpay: a generated header and a module map written by hand.
        .systemLibrary(name: "billpayFFI"),
        // What bindings/generate wrote, and nothing else.
        .target(
            name: "BillPayGenerated",
            dependencies: ["billpayFFI"],
            swiftSettings: [.swiftLanguageMode(.v5)],
            linkerSettings: native
        ),
        // The library that an app uses.
        .target(name: "BillPay", dependencies: ["BillPayGenerated"]),
        // Apple's key store, hardware keys and network watch. On Linux little is left of it.
        .target(name: "BillPayApple", dependencies: ["BillPay"]),
        .testTarget(name: "BillPayTests", dependencies: ["BillPay", "BillPayApple", "BillPayGenerated"]),
    ],
    swiftLanguageModes: [.v6]
)
