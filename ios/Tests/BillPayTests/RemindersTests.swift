// Reminders as a shell uses them (rows 37 to 45, 89).

import Foundation
import Testing

@testable import BillPay

@Suite(.timeLimit(.minutes(2))) struct RemindersTests {
    private func onAPhoneThatIsReady(_ test: (BillPayClient, TimeZone) async throws -> Void) async throws {
        try await onAPhoneWithNotifications { bank, zone, _, _, _ in try await test(bank, zone) }
    }

    private func onAPhoneWithNotifications(
        _ test: (BillPayClient, TimeZone, FakeCenter, ReminderScheduler, Phone) async throws -> Void
    ) async throws {
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        try await onAPhone { phone, sandbox, folder in
            let bank = try await phone.open()
            try await bank.activate(sandbox)
            _ = try await bank.bind()
            try await bank.refresh()
            let center = FakeCenter()
            let memory = folder.appendingPathComponent("reminders")
            let scheduler = ReminderScheduler(center: center, memory: memory, zone: { zone })
            try await test(bank, zone, center, scheduler, phone)
        }
    }

    @Test("Row 43: what is paid waits no more after the next plan, and shows nothing if it goes off all the same")
    func paid() async throws {
        try await onAPhoneWithNotifications { bank, zone, center, scheduler, phone in
            let first = try await scheduler.replan(bank)
            let bill = try #require(try await bank.remindedBill(power, billNumber: powerBill))
            let mine = first.plan.reminders.filter { $0.bill == bill }
            #expect(!mine.isEmpty && mine.allSatisfy { $0.pay && $0.at > Date() })
            #expect(Set(first.plan.reminders.map(\.id)) == first.plan.add)
            var dumped = ""
            dump(mine, to: &dumped)
            #expect(mine.allSatisfy { !"\($0) \(dumped)".contains($0.body) }, "it does not print what it says")
            #expect(await Set(center.pending().compactMap(\.reminder)) == first.plan.add)
            #expect(first.unarmed == [])
            #expect(try await bank.stillDue(mine[0].id) == .yes)
            #expect(try await BillPayClient.stillDue(mine[0].id, in: phone.configuration) == .yes, "without a client")
            let again = try await scheduler.replan(bank)
            #expect(again.plan.add.isEmpty && again.plan.keep == first.plan.add)
            await center.goOff("billpay.\(mine[0].id)")

            let quote = try await bank.quote(power, billNumber: powerBill)
            try await bank.acknowledgeEcho(#require(quote.firstPayment))
            _ = try await bank.pay(quote.id)
            #expect(try await bank.stillDue(mine[0].id) == .no, "before anybody has planned anew")
            #expect(try await BillPayClient.stillDue(mine[0].id, in: phone.configuration) == .no)
            let second = try await scheduler.replan(bank)
            // And what asked to open the app for more of it.
            #expect(second.plan.cancel.isSuperset(of: mine.dropFirst().map(\.id)) && second.plan.add.isEmpty)
            #expect(await center.pending() == [])
            #expect(await center.delivered() == [], "from the screen, too")
            #expect(try await bank.stillDue(ReminderID("another phone's.2026-01-01.d0")) == .unknown)
        }
    }

    @Test("Row 75: with a wipe nothing waits and no word is shown; where nothing is wiped, all of it stays")
    func wiped() async throws {
        try await onAPhoneWithNotifications { bank, _, center, scheduler, phone in
            let first = try await scheduler.replan(bank)
            await center.goOff("billpay.\(first.plan.reminders[0].id)")
            let waiting = await center.pending()
            phone.secrets.failure.value = KeyStoreError.locked
            let refused = try await error { () async throws(WipeError) in try await scheduler.wipe(bank) }
            guard case .other = refused else { throw refused }
            #expect(await center.pending() == waiting)
            #expect(await center.delivered().count == 1)
            phone.secrets.failure.value = nil
            try await scheduler.wipe(bank)
            #expect(await center.pending() == [])
            #expect(await center.delivered() == [])
        }
    }

    @Test("With the device locked it is known whether a bill is still due, and what was planned stays")
    func locked() async throws {
        try await onAPhoneWithNotifications { bank, zone, center, scheduler, phone in
            let first = try await scheduler.replan(bank)
            let reminder = try #require(first.plan.reminders.first)
            // Keys are asked for anew when the profile is opened anew.
            try await bank.suspendProfile()
            phone.secrets.failure.value = KeyStoreError.locked
            let later = try await phone.open()
            #expect(try await later.stillDue(reminder.id) == .yes)
            let refused = try await error { () async throws(ReminderError) in try await scheduler.replan(later) }
            guard case .other(.locked, _) = refused else { throw refused }
            #expect(await Set(center.pending().compactMap(\.reminder)) == first.plan.add)
            phone.secrets.failure.value = nil
            #expect(try await scheduler.replan(later).plan.keep == first.plan.add)
        }
    }

    @Test("Row 41: what the system did not take is named, with the reason")
    func health() async throws {
        try await onAPhoneThatIsReady { bank, zone in
            let plan = try await bank.reminders(zone: zone)
            try await bank.reportArmed(ArmedReminders(held: [:], permission: false))
            let unarmed = try await bank.reminderHealth(zone: zone)
            #expect(unarmed.map(\.id) == plan.reminders.map(\.id))
            #expect(unarmed.allSatisfy { $0.reason == .noPermission })
        }
    }

    @Test("Rows 37 and 42: what the person chose is kept, and what makes no sense is refused")
    func choices() async throws {
        try await onAPhoneThatIsReady { bank, zone in
            let usual = try await bank.reminderPolicy()
            #expect(Set(usual.leadDays) == [7, 3, 1, 0])
            var chosen = usual
            chosen.leadDays = [2]
            chosen.at = TimeOfDay(hour: 18, minute: 30)
            chosen.quiet = nil
            // By a button of a notification, while the page was open: that stays.
            try await bank.mute(BillerID("gas-sh"))
            try await bank.setReminderPolicy(chosen, read: usual)
            chosen.muted = [BillerID("gas-sh")]
            #expect(try await bank.reminderPolicy() == chosen)
            for days in [367, -1, 65_536] {
                var nonsense = usual
                nonsense.leadDays = [days]
                let refused = try await error { () async throws(ReminderError) in
                    try await bank.setReminderPolicy(nonsense, read: usual)
                }
                guard case .nonsense = refused else { throw refused }
            }
            var late = usual
            late.at = TimeOfDay(hour: 24, minute: 0)
            let refused = try await error { () async throws(ReminderError) in
                try await bank.setReminderPolicy(late, read: usual)
            }
            guard case .nonsense = refused else { throw refused }
            #expect(try await bank.reminderPolicy() == chosen)

            let bill = try #require(try await bank.remindedBill(power, billNumber: powerBill))
            try await bank.snooze(bill, until: Date(timeIntervalSinceNow: 30 * 3_600))
            #expect(try await bank.reminderPolicy().snoozed.map(\.bill) == [bill])
            let passed = try await error { () async throws(ReminderError) in
                try await bank.snooze(bill, until: Date(timeIntervalSince1970: 0))
            }
            guard case .nonsense = passed else { throw passed }
            let none = try await error { () async throws(ReminderError) in
                try await bank.snooze(RemindedBill("none"), until: Date(timeIntervalSinceNow: 3_600))
            }
            guard case .unknownBill = none else { throw none }
            try await bank.mute(power)
            #expect(try await bank.reminders(zone: zone).reminders.allSatisfy { $0.bill != bill })
        }
    }

    @Test("Row 89: the ways are chosen for one account or all, and the bank is told")
    func channels() async throws {
        try await onAPhoneThatIsReady { bank, zone in
            let account = try #require(try await bank.accounts().accounts.first).id
            #expect(try await bank.reminderChannels().usual == [.phone])
            try await bank.chooseChannels(account, [.sms])
            let chosen = try await bank.reminderChannels()
            #expect(chosen.accounts == [account: [.sms]] && !chosen.bankKnows)
            try await bank.tellReminders()
            #expect(try await bank.reminderChannels().bankKnows)
            let plan = try await bank.reminders(zone: zone)
            #expect(plan.reminders.isEmpty, "the bank says it, and the phone does not")
            try await bank.chooseChannels(account, nil)
            #expect(try await bank.reminderChannels().accounts.isEmpty)
            let unknown = try await error { () async throws(ReminderError) in
                try await bank.chooseChannels(AccountID("none"), [.push])
            }
            guard case .unknownAccount = unknown else { throw unknown }
            #expect(try await bank.pushedReminder("none.2026-01-01.d0") == nil)
        }
    }
}
