//! Whether money moved: the question that a person has first.

use super::codes::codes;

codes! {
    /// What became of the money.
    MoneyMoved {
        No "no": "没有扣款。", "No money moved.";
        NothingSent "nothing-sent": "没有发送任何内容，没有扣款。", "Nothing was sent; no money moved.";
        NotKnown "not-known": "是否扣款正在核实。", "Whether money moved is being checked.";
        Yes "yes": "款项已支付。", "The money was paid.";
        Returned "returned": "没有款项留在收费单位；已扣的款项已退回。", "No money is left with the biller; what was taken is back.";
        ByEarlier "by-earlier": "款项已由先前的一笔支付。", "The money was paid by an earlier payment.";
    }
}
