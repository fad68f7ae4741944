// The parts of Apple's adapters that need none of Apple's frameworks.

import BillPay
import Foundation
import Testing

@testable import BillPayApple

@Suite(.timeLimit(.minutes(2))) struct AppleTests {
    @Test("What a keychain answers is told apart as the ports ask for, and is named by its number alone")
    func statuses() {
        let expected: [(Int32, KeyStoreError)] = [
            (-25_308, .locked), (-128, .cancelled), (-26_275, .lost), (-25_300, .lost),
            (-34_018, .failed(reason: "read: OSStatus -34018")),
        ]
        for (status, error) in expected { #expect(Status.error(status, while: "read") == error) }
        for code in [-2, -4, -9] { #expect(Status.authentication(code, while: "sign") == .cancelled) }
        #expect(Status.authentication(-8, while: "sign") == .locked)
        #expect(Status.authentication(-5, while: "sign") == .failed(reason: "sign: LAError -5"))
    }

    @Test("The network's return is told once, and its being there is no return")
    func networkReturns() {
        var edge = ReturnEdge()
        let told = [true, true, false, false, true, true, false, true].map { edge.isReturn($0) }
        #expect(told == [false, false, false, false, true, false, false, true])
    }

    @Test("The profile's folder is made with all above it, and may be prepared again")
    func folder() async throws {
        try await inAFolder { folder in
            let profile = folder.appendingPathComponent("a/b")
            for _ in 0..<2 { try ProfileFolder.prepare(profile) }
            var isFolder: ObjCBool = false
            #expect(FileManager.default.fileExists(atPath: profile.path, isDirectory: &isFolder))
            #expect(isFolder.boolValue)
        }
    }
}
