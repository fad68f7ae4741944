// Who stops waiting stops the waiting, and nothing else.

import BillPay
import Foundation
import Testing

@Suite(.timeLimit(.minutes(2))) struct CancellationTests {
    @Test("Cancelling the task of a payment ends its waiting at once, and does not cancel the payment")
    func payment() async throws {
        let faults = """
            [{"leg": "client", "path": "/v1/payments", "nth": 1, "action": {"delay_answer_ms": 6000}}]
            """
        try await onAPhone(faults: faults) { phone, sandbox, _ in
            let bank = try await phone.open()
            let quote = try await bank.firstQuote(sandbox)
            let paying = Task { try await error { () async throws(PayError) in try await bank.pay(quote.id) } }
            try await eventually {
                if case .checking = try await bank.bill().status { return true }
                return false
            }
            let before = ContinuousClock.now
            paying.cancel()
            let stopped = try await paying.value
            #expect(ContinuousClock.now - before < .seconds(3), "it did not wait for the bank")
            #expect(stopped.stoppedWaiting)
            #expect(stopped.why.moneyMoved == .notKnown)
            #expect(stopped.why.whatToDo.contains("do not pay again"))

            let event = try await bank.firstEvent()
            #expect(event.kind == .settled)
            let payments = try await bank.payments().payments
            #expect(payments.map(\.id) == [event.payment])
            #expect(payments.map(\.state) == [.settled])
        }
    }

    @Test("A task that was cancelled before begins nothing, and says so")
    func cancelledBefore() async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            let quote = try await bank.firstQuote(sandbox)
            let (go, begun) = (AsyncStream<Void>.makeStream(), AsyncStream<Void>.makeStream())
            let paying = Task {
                begun.continuation.finish()
                for await _ in go.stream {}
                return try await error { () async throws(PayError) in try await bank.pay(quote.id) }
            }
            for await _ in begun.stream {}
            paying.cancel()
            go.continuation.finish()
            let stopped = try await paying.value
            #expect(stopped.stoppedWaiting)
            #expect(stopped.why.moneyMoved == .nothingSent)
            #expect(try await bank.payments().payments.isEmpty)
            #expect(try await bank.pay(quote.id).state == .settled, "the quote was not taken up")
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct ManyCancellationsTests {
    /// So many calls; `BILLPAY_CALLS` asks for another number.
    private let calls = ProcessInfo.processInfo.environment["BILLPAY_CALLS"].flatMap { Int($0) } ?? 20_000

    @Test("Of 20,000 calls that are cancelled at any point none leaves a thread or memory behind, or keeps the profile")
    func cancelledAtAnyPoint() async throws {
        try await onAPhone { phone, sandbox, _ in
            try await cancelManyCalls(phone.open(), sandbox)
            // Only when no call holds the client any more is the profile another's to open.
            try await eventually {
                do { return try await phone.open().profile().active } catch let error as OpenError {
                    guard case .inUse = error else { throw error }
                    return false
                }
            }
        }
    }

    private func cancelManyCalls(_ bank: BillPayClient, _ sandbox: Sandbox) async throws {
        try await bank.activate(sandbox)
        var random = Random(state: 20_261_128)
        // What the process needs for itself: caches, connections.
        _ = await callAndCancel(bank, 2_000, &random)
        let before = try Resident()
        let stopped = await callAndCancel(bank, calls, &random)
        #expect(stopped > calls / 10, "many were cancelled in time")
        #expect(try await bank.profile().active)
        let after = try Resident()
        #expect(after.kib - before.kib < 24 * 1024, "memory: \(before), then \(after)")
        // Threads for what blocks come as they are needed, and go after ten idle seconds.
        try await eventually { try Resident().threads <= before.threads + 8 }
    }

    /// How many were stopped.
    private func callAndCancel(_ bank: BillPayClient, _ rounds: Int, _ random: inout Random) async -> Int {
        var stopped = 0
        for round in 0..<rounds {
            let call = Task.detached { () async -> Bool in
                do {
                    switch round % 4 {
                    case 0: _ = try await bank.bills()
                    case 1: _ = try await bank.profile()
                    case 2: _ = try await bank.receipts()
                    case _ where round % 40 == 3: _ = try await bank.lookUpBinding(power, customerNumber: powerNumber)
                    default: _ = try await bank.nextEvent()
                    }
                    return false
                } catch let error as any BillPayError {
                    return error.stoppedWaiting
                } catch { return false }
            }
            let moment = ContinuousClock.now + .nanoseconds(Int64(random.next() % 800_000))
            while ContinuousClock.now < moment { await Task.yield() }
            call.cancel()
            if await call.value { stopped += 1 }
        }
        return stopped
    }

    /// What the system says of this process.
    private struct Resident {
        let kib, threads: Int

        init() throws {
            let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
            func value(_ name: String) throws -> Int {
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
                return try #require(Int(line.split(whereSeparator: { $0 == "\t" || $0 == " " })[1]))
            }
            (kib, threads) = (try value("RssAnon"), try value("Threads"))
        }
    }

    /// The same numbers in each run (SplitMix64).
    private struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
