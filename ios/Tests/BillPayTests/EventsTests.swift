// Events come at least once: until their reader has dealt with them (row 84).

import BillPay
import Testing

@Suite(.timeLimit(.minutes(2))) struct EventsTests {
    @Test("An event comes again until its reader asks for the next one, in the next client too")
    func untilAcknowledged() async throws {
        try await onAPhone { phone, sandbox, _ in
            let event = try await payAndRead(phone, sandbox)
            let bank = try await phone.open()
            #expect(try await bank.firstEvent() == event, "reading it once more is not dealing with it")

            // Asking for the next one says that it was dealt with.
            let reader = Task {
                var seen: [Event] = []
                for try await event in bank.events(every: .milliseconds(20)) { seen.append(event) }
                return seen
            }
            try await eventually { try await bank.nextEvent() == nil }
            reader.cancel()
            #expect(try await reader.value == [event], "and a reader that is cancelled ends without an error")
            #expect(try await bank.acknowledge(event.id) == false, "it waits no more")
        }
    }

    @Test("A reader waits while the profile is suspended, and goes on after")
    func suspended() async throws {
        try await onAPhone { phone, sandbox, _ in
            let bank = try await phone.open()
            let quote = try await bank.firstQuote(sandbox)
            let payment = try await bank.pay(quote.id)
            try await bank.suspendProfile()
            let reader = Task { try await bank.firstEvent() }
            #expect(try await error { () async throws(FaultError) in try await bank.nextEvent() }.fault == .suspended)
            try await bank.resumeProfile()
            #expect(try await reader.value.payment == payment.id)
        }
    }

    private func payAndRead(_ phone: Phone, _ sandbox: Sandbox) async throws -> Event {
        let bank = try await phone.open()
        let quote = try await bank.firstQuote(sandbox)
        let payment = try await bank.pay(quote.id)
        let event = try #require(try await bank.nextEvent())
        #expect(event.kind == .settled)
        #expect(event.payment == payment.id)
        #expect(try await bank.nextEvent() == event)
        #expect(try await bank.firstEvent() == event)
        try await bank.suspendProfile()
        return event
    }
}
