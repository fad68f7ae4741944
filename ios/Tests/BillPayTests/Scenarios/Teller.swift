// Tells a story (tests/scenarios/README.md) to the library, over real sockets; its world is a sandbox in a process
// of its own.

import BillPay
import Foundation

final class Teller {
    private final class Owner {
        let phone: Phone
        var app: BillPayClient?
        var number = ""
        var echo: BindingEcho?
        var place: Place?
        var alarms = Alarms()

        init(_ phone: Phone) { self.phone = phone }
    }

    /// A step as it was read.
    private struct Step {
        let members: [String: Any]

        func text(_ member: String) throws -> String {
            guard let text = members[member] as? String else { throw SaysNothing(what: "no \(member)") }
            return text
        }

        func number(_ member: String) throws -> Int64 {
            guard let number = (members[member] as? NSNumber)?.int64Value else { throw SaysNothing(what: "no \(member)") }
            return number
        }

        func all<T>(_ member: String) throws -> [T] {
            guard let all = members[member] as? [T] else { throw SaysNothing(what: "no \(member)") }
            return all
        }

        func says(_ member: String) -> Bool { (members[member] as? NSNumber)?.boolValue == true }
    }

    private let story: [String: Any]
    private let folder: URL
    private let connection: String
    private var sandbox: Sandbox?
    private var owners: [String: Owner] = [:]
    private var trace: Trace
    private var earlier: [(to: String, code: String)] = []
    private var aheadMs: Int64 = 0
    private var faults = "[]"

    init(_ file: URL, in folder: URL) async throws {
        guard let story = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] else {
            throw SaysNothing(what: "no story")
        }
        let sandbox = try await Sandbox(folder.appendingPathComponent("bank"))
        (self.story, self.folder, self.sandbox, connection) = (story, folder, sandbox, sandbox.connection)
        trace = Trace(story["name"] as? String ?? "")
    }

    /// The trace; throws where a step does not come to its expectation.
    func tell() async throws -> String {
        let steps = story["steps"] as? [[String: Any]] ?? []
        for (nth, members) in steps.enumerated() { try await step(nth + 1, Step(members: members)) }
        return trace.text
    }

    func close() async throws {
        owners = [:]
        try await sandbox?.close()
    }

    private func step(_ nth: Int, _ step: Step) async throws {
        try await Task.sleep(for: .milliseconds(50))
        let (act, who) = (try step.text("do"), step.members["phone"] as? String ?? "a")
        let owner = try await self.owner(who)
        var lines: StepLines
        do {
            lines = act.hasPrefix("world.") ? try await turn(act, step) : try await self.act(act, owner, step)
        } catch let error as any BillPayError { lines = show(error) }
        let written = trace.step("\(nth) \(who == "a" ? "" : "\(who) ")\(act)", lines)
        let expected = step.members["expect"] as? [String: String] ?? [:]
        if let error = written["error"], expected["error"] == nil {
            throw SaysNothing(what: "step \(nth) (\(act)): the error \(error)\n\(trace.text)")
        }
        for (key, want) in expected where written[key] != want {
            throw SaysNothing(what: "step \(nth) (\(act)): \(key) is \(written[key] ?? "nothing"), not \(want)\n\(trace.text)")
        }
    }

    private func owner(_ name: String) async throws -> Owner {
        if let owner = owners[name] { return owner }
        let home = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let owner = Owner(try Phone(home, connection, language: .zh))
        owner.app = try await owner.phone.open()
        owners[name] = owner
        return owner
    }

    private func act(_ act: String, _ owner: Owner, _ step: Step) async throws -> StepLines {
        if act == "app.open" {
            owner.app = try await owner.phone.open()
            return StepLines()
        }
        guard let app = owner.app else { throw SaysNothing(what: "the app does not run") }
        switch act {
        case "app.kill":
            // No process ends here: its files are closed, and its memory is let go of.
            try? await app.suspendProfile()
            owner.app = nil
        case "phone.lose_keys": owner.phone.signer.lose()
        case "app.wipe": try await app.wipe(step.says("leave") ? .leave : .wait)
        case "app.suspend": try await app.suspendProfile()
        case "app.resume": try await app.resumeProfile()
        case "activate.start":
            owner.number = try step.text("number")
            return show(try await app.startActivation(phone: owner.number))
        case "activate.resend": return show(try await app.resendCode())
        case "activate.finish":
            return show(try await app.finishActivation(code: code(to: owner.number, step.text("code"))))
        case "profile": return show(try await app.profile())
        case "refresh": return show(try await app.refresh())
        case "bind.lookup":
            owner.echo = nil
            let echo = try await app.lookUpBinding(BillerID(step.text("biller")), customerNumber: step.text("number"))
            owner.echo = echo
            return show(echo)
        case "bind.confirm":
            guard let echo = owner.echo else { throw SaysNothing(what: "nothing was looked up") }
            return show(try await app.confirmBinding(echo, alias: step.text("alias")))
        case "bills":
            let bills = try await app.bills().bills.sorted {
                ($0.biller.rawValue, $0.billNumber.rawValue) < ($1.biller.rawValue, $1.billNumber.rawValue)
            }
            return StepLines().list("bills", bills.map { show($0) })
        case "quote":
            let amount = step.members["minor"] == nil ? nil : Money(minor: try step.number("minor"), currency: "CNY")
            let method = try (step.members["method"] as? String).map { MethodID(try trace.value($0)) }
            let quote = try await app.quote(
                BillerID(step.text("biller")), billNumber: BillNumber(step.text("bill")), amount: amount, method: method)
            try await compare(app, quote)
            return show(quote)
        case "quote.all":
            let bills: [[String: String]] = try step.all("bills")
            let wishes = bills.map { Wish(BillerID($0["biller"] ?? ""), billNumber: BillNumber($0["bill"] ?? "")) }
            let several = try await app.quoteAll(wishes)
            for case .success(let quote) in several.quotes { try await compare(app, quote) }
            return show(several)
        case "quote.usual": return show(try await app.usual(AccountID(trace.value(step.text("account")))))
        case "pay.all":
            let quotes: [String] = try step.all("quotes")
            let paid = try await app.payAll(quotes.map { QuoteID(try trace.value($0)) })
            return StepLines().list("payments", paid.map { show($0) { show($0) } })
        case "methods": return show(try await app.methods())
        case "methods.prefer": return show(try await app.preferMethod(MethodID(trace.value(step.text("method")))))
        case "methods.remove": return show(try await app.removeMethod(MethodID(trace.value(step.text("method")))))
        case "pay": return show(try await app.pay(QuoteID(trace.value(step.text("quote")))))
        case "payment":
            let id = PaymentID(try trace.value(step.text("payment")))
            let end = ContinuousClock.now + .seconds(60)
            while step.says("until_ended"), ContinuousClock.now < end, case .checking = try await app.payment(id).state {
                try await Task.sleep(for: .milliseconds(100))
            }
            return show(try await app.payment(id))
        case "payments": return StepLines().list("payments", try await app.payments(limit: 100).payments.map { show($0) })
        case "receipts": return StepLines().list("receipts", try await app.receipts(limit: 100).documents.map { show($0) })
        case "receipt":
            let (of, id) = (try step.text("of"), try trace.value(step.text("of")))
            let isPayment = of.hasPrefix("payment")
            return show(try await isPayment ? app.receipt(of: PaymentID(id)) : app.receipt(DocumentID(id)))
        case "receipt.text":
            let id = DocumentID(try trace.value(step.text("receipt")))
            let (words, shown) = (try await app.receiptText(id), try await app.receipt(id))
            return StepLines().with("document", words.contains(shown.compact)).with("words", words.contains("上海"))
        case "receipts.page":
            let page = try await app.receiptPage(
                limit: Int(step.number("limit")), after: step.says("more") ? owner.place : nil)
            owner.place = page.next
            return show(page)
        case "receipts.search": return show(try await app.searchReceipts(step.text("query"), limit: 100))
        case "statistics": return show(try await app.statistics())
        case "owed": return show(try await app.owed())
        case "chain": return StepLines().list("breaks", try await app.chainBreaks().map { show($0) })
        case "resolve": return StepLines().with("open", try await app.resolve())
        case "event.next": return show(try await app.nextEvent())
        case "reminders.plan":
            let diesAfter = step.members["dies_after"] == nil ? nil : Int(try step.number("dies_after"))
            let (plan, unarmed) = try await owner.alarms.plan(app, after: diesAfter)
            if diesAfter != nil {
                try? await app.suspendProfile()
                owner.app = nil
            }
            return show(plan, unarmed: unarmed).with("armed", owner.alarms.count)
        case "reminders.due": return show(try await app.stillDue(owner.alarms.ofStage(step.text("stage"))))
        case "reminders.snooze":
            let bill = try await app.remindedBill(BillerID(step.text("biller")), billNumber: BillNumber(step.text("bill")))
            guard let bill else { throw SaysNothing(what: "no such bill") }
            try await app.snooze(bill, until: Date(timeIntervalSinceNow: Double(step.number("hours")) * 3_600))
        case "reminders.mute": try await app.mute(BillerID(step.text("biller")), step.says("muted"))
        case "event.acknowledge": try await app.acknowledge(EventID(trace.value(step.text("event"))))
        default: throw SaysNothing(what: "no runner knows \(act)")
        }
        return StepLines()
    }

    /// The people of the stories have compared whose number it is.
    private func compare(_ app: BillPayClient, _ quote: Quote) async throws {
        if let first = quote.firstPayment { try await app.acknowledgeEcho(first) }
    }

    private func turn(_ act: String, _ step: Step) async throws -> StepLines {
        switch act {
        case "world.faults":
            let script = try JSONSerialization.data(withJSONObject: step.members["script"] as? [Any] ?? [])
            faults = String(decoding: script, as: UTF8.self)
            try await sandbox?.say("faults \(faults)", event: "faults")
        case "world.bank_clock":
            aheadMs += try step.number("advance_s") * 1_000
            try await sandbox?.say("clock \(aheadMs)", event: "clock")
        case "world.gateway": try await step.says("running") ? start() : stop()
        case "world.revise_bill":
            let (biller, bill, minor) = (try step.text("biller"), try step.text("bill"), try step.number("minor"))
            try await sandbox?.say("revise \(biller) \(bill) \(minor)", event: "revise")
        case "world.close_biller":
            try await sandbox?.say("\(step.says("closed") ? "close" : "reopen") \(step.text("biller"))", event: "biller")
        case "world.charges":
            let wasDown = sandbox == nil
            if wasDown { try await start() }
            let answer = try await sandbox?.say("charges \(step.text("biller"))", event: "charges") ?? ""
            if wasDown { try await stop() }
            let said = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any] ?? [:]
            return StepLines().with("charges", said["charges"] as? Int).with("minor", said["minor"] as? Int)
        default: throw SaysNothing(what: "no runner knows \(act)")
        }
        return StepLines()
    }

    /// The same bank, at the same address.
    private func start() async throws {
        sandbox = try await Sandbox(folder.appendingPathComponent("bank"))
        try await sandbox?.say("clock \(aheadMs)", event: "clock")
        try await sandbox?.say("faults \(faults)", event: "faults")
    }

    private func stop() async throws {
        earlier += sandbox?.messages ?? []
        try await sandbox?.close()
        sandbox = nil
    }

    /// The code that a person types.
    private func code(to number: String, _ which: String) async throws -> String {
        // A message that was sent before the first answer is told before the second one.
        for _ in 0..<2 { try await sandbox?.say("requests", event: "requests") }
        let sent = (earlier + (sandbox?.messages ?? [])).filter { $0.to == number }.map(\.code)
        switch which {
        case "newest", "previous":
            let back = which == "newest" ? 1 : 2
            guard sent.count >= back else { throw SaysNothing(what: "no such message") }
            return sent[sent.count - back]
        case "wrong 1", "wrong 2", "wrong 3":
            let wrong = (0...9).map { String(repeating: "\($0)", count: 6) }.filter { !sent.contains($0) }
            return wrong[Int(which.suffix(1))! - 1]
        default: return which
        }
    }
}
