// What all errors of the library have in common, and the words for what only this side can meet.

/// What every error has: who can act, when to try again, and the words for the person.
///
/// Every function names the error that it throws: `catch` knows its cases, and `switch` asks for each.
public protocol BillPayError: Error {
    /// Who can act, when, and in which words.
    var why: Why { get }
}

extension BillPayError {
    /// Nothing was refused: the task that waited was cancelled, and only its waiting has ended. There is nothing
    /// to show; what was begun goes on, and the end of a payment comes as an event.
    public var stoppedWaiting: Bool { why.code == Why.stoppedWaitingCode }
}

/// An error of one operation, as it crosses.
protocol OperationError: BillPayError {
    associatedtype Raw: Error

    init(_ raw: Raw)

    static func other(fault: Fault, why: Why) -> Self
}

extension Why {
    static let stoppedWaitingCode = "stopped-waiting"

    /// The waiting task was cancelled. The core does not hear of it, so the words are here: its own where it has them.
    static func stoppedWaiting(begun: Bool, paying: Bool, in language: Language) -> Why {
        let text = Text(language)
        let inDoubt = paying && begun
        let money: MoneyMoved? = paying ? (begun ? .notKnown : .nothingSent) : nil
        return Why(
            code: stoppedWaitingCode,
            whoActs: .wait,
            retryAt: nil,
            moneyMoved: money,
            whatHappened: begun
                ? text("已停止等待；已开始的操作仍在进行。", "Nobody waits any more; what was begun goes on.")
                : text("操作没有开始。", "It was not begun."),
            aboutMoney: text.about(money),
            advice: inDoubt ? "do-not-pay-again" : "nothing",
            whatToDo: inDoubt
                ? text("正在核实，请勿重复支付。结果会自动显示。", "It is being checked: do not pay again. The result will show by itself.")
                : text("您无需再做任何操作。", "You need not do anything.")
        )
    }

    /// What crossed was not what was agreed on: a fault of the app's build, or of its memory.
    static func defect(paying: Bool, in language: Language) -> Why {
        let text = Text(language)
        let money: MoneyMoved? = paying ? .notKnown : nil
        return Why(
            code: "defect",
            whoActs: .developer,
            retryAt: nil,
            moneyMoved: money,
            whatHappened: text("应用内部出错；已保存的内容不受影响。", "A part of the app failed; what was stored stays stored."),
            aboutMoney: text.about(money),
            advice: paying ? "look-at-payments" : "update-app",
            whatToDo: paying
                ? text("请先查看付款记录，再决定是否再缴一次。", "Look at your payments first, then decide whether to pay once more.")
                : text("请更新应用。", "Update the app.")
        )
    }
}

/// A text in the client's language.
private struct Text {
    let language: Language

    init(_ language: Language) { self.language = language }

    func callAsFunction(_ zh: String, _ en: String) -> String {
        switch language {
        case .zh: zh
        case .en: en
        }
    }

    func about(_ money: MoneyMoved?) -> String? {
        switch money {
        case .notKnown: self("是否扣款正在核实。", "Whether money moved is being checked.")
        case .nothingSent: self("没有发送任何内容，没有扣款。", "Nothing was sent; no money moved.")
        default: nil
        }
    }
}
