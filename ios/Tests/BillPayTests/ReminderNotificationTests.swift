// A reminder as the system is given it (rows 37, 44, 45).

import Foundation
import Testing

@testable import BillPay

@Suite(.timeLimit(.minutes(2))) struct ReminderNotificationTests {
    private let reminder = Reminder(
        id: ReminderID("bill.2026-03-05.d3"), bill: RemindedBill("bill"), at: Date(timeIntervalSince1970: 1_772_413_200),
        kind: .due, days: 3, pay: true, late: false, title: "电费", body: "123.45 due on 5 March", mark: "mark")

    private func notification(notBefore: Date = .distantPast) -> ReminderNotification {
        ReminderNotification(reminder, notBefore: notBefore)
    }

    @Test("It has the plan's words and moment, and beside them names and no words")
    func contents() throws {
        let notification = notification()
        #expect((notification.title, notification.body) == (reminder.title, reminder.body))
        #expect(notification.thread == "bill" && notification.category == .bill)
        let back = NotificationID(id: notification.id, userInfo: notification.userInfo)
        #expect(back.reminder == reminder.id && back.mark == "mark" && back.bill == reminder.bill && back.at == reminder.at)
        var dumped = ""
        dump(notification, to: &dumped)
        for printed in ["\(notification)", dumped, "\(notification.userInfo)"] {
            #expect(!printed.contains("123.45") && !printed.contains("电费"))
        }
    }

    @Test("Its moment is the same instant wherever the phone is, to the second, and never one that has passed")
    func moment() throws {
        let moment = notification().moment
        #expect(moment.timeZone == TimeZone(secondsFromGMT: 0))
        #expect((moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second) == (2026, 3, 2, 1, 0, 0))
        #expect(Calendar(identifier: .gregorian).date(from: moment) == reminder.at)
        let late = notification(notBefore: reminder.at.addingTimeInterval(60.25))
        #expect(late.at == reminder.at.addingTimeInterval(61))
        #expect(Calendar(identifier: .gregorian).date(from: late.moment) == late.at)
    }

    @Test("Buttons are where there is something to pay, in the person's language")
    func buttons() {
        #expect(ReminderCategory.bill.buttons == [.pay, .later] && ReminderCategory.quiet.buttons == [])
        #expect(ReminderNotification(FakeSource.tail(at: reminder.at), notBefore: .distantPast).category == .quiet)
        for button in ReminderButton.allCases {
            #expect(button.label(in: .zh).contains { $0 >= "一" && $0 <= "龥" } && button.label(in: .en).allSatisfy(\.isASCII))
        }
    }

    @Test("What the person answers is the bill's, and nobody else's")
    func answers() {
        let notification = NotificationID(id: notification().id, userInfo: notification().userInfo)
        let bill = RemindedBill("bill")
        #expect(ReminderAnswer(action: "billpay.later", dismissed: false, of: notification) == .later(bill))
        #expect(ReminderAnswer(action: "billpay.pay", dismissed: false, of: notification) == .open(bill))
        let tapped = "com.apple.UNNotificationDefaultActionIdentifier"
        #expect(ReminderAnswer(action: tapped, dismissed: false, of: notification) == .open(bill))
        #expect(ReminderAnswer(action: "", dismissed: true, of: notification) == nil)
        let tail = ReminderNotification(FakeSource.tail(at: reminder.at), notBefore: .distantPast)
        let ofTail = NotificationID(id: tail.id, userInfo: tail.userInfo)
        #expect(ReminderAnswer(action: "", dismissed: false, of: ofTail) == .open(nil))
        #expect(ReminderAnswer(action: "billpay.later", dismissed: false, of: ofTail) == nil)
        let own = NotificationID(id: "billpay.own", userInfo: [:])
        #expect(ReminderAnswer(action: "billpay.pay", dismissed: false, of: own) == nil)
    }

    @Test("Row 45: what a locked screen shows that hides contents is in the plan's own words")
    func hidden() throws {
        let golden = sources.appendingPathComponent("../../core/plan/tests/golden/open.txt").standardizedFileURL
        let lines = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n")
        for (name, language) in [("Zh", Language.zh), ("En", .en)] {
            let said = lines.drop { $0 != "== \(name), level 2" }.dropFirst().prefix { !$0.hasPrefix("==") }
                .filter { $0.hasPrefix("b.") }.map { String($0.split(separator: " | ")[1]) }
            #expect(Set(said) == [ReminderCategory.hidden(in: language)])
        }
    }
}
