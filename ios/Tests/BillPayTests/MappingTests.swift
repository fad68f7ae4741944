// What no sandbox shows by chance: days, and errors that are none of the library's.

import Foundation
import Testing

@testable import BillPay

@Suite(.timeLimit(.minutes(2))) struct MappingTests {
    @Test("A due date is the civil date that was meant, wherever the phone is")
    func dueDate() {
        for (day, expected) in [
            (0, DateComponents(year: 1970, month: 1, day: 1)), (-1, DateComponents(year: 1969, month: 12, day: 31)),
            (20_513, DateComponents(year: 2026, month: 3, day: 1)), (20_786, DateComponents(year: 2026, month: 11, day: 29)),
        ] as [(Int64, DateComponents)] {
            #expect(DateComponents(epochDay: day) == expected)
        }
    }

    @Test("What this side alone can meet has its words in both languages, and never says that no money moved when it may have")
    func ownWords() {
        for language in [Language.zh, .en] {
            for paying in [true, false] {
                let whys = [
                    Why.stoppedWaiting(begun: true, paying: paying, in: language),
                    Why.stoppedWaiting(begun: false, paying: paying, in: language),
                    Why.defect(paying: paying, in: language),
                ]
                let expected: [MoneyMoved?] = paying ? [.notKnown, .nothingSent, .notKnown] : [nil, nil, nil]
                #expect(whys.map(\.moneyMoved) == expected)
                for why in whys {
                    for text in [why.whatHappened, why.whatToDo, why.aboutMoney ?? why.whatToDo] {
                        #expect(text.contains { $0 >= "一" && $0 <= "龥" } == (language == .zh))
                    }
                    #expect((why.aboutMoney == nil) == (why.moneyMoved == nil))
                }
            }
        }
    }
}
