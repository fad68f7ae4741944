//! The bank's reasons for a refusal or reversal, in people's words. A code of a later version gets a
//! neutral text: an order that was undone has not "failed".

use super::{Advice, codes::codes};
use crate::error::WhoActs;

codes! {
    /// Why an order was refused or undone.
    Reason {
        InsufficientFunds "insufficient-funds": "余额不足。", "the balance was not enough.";
        LimitExceeded "limit-exceeded": "超过支付限额。", "the amount was above the limit.";
        NotEnabled "payment-not-enabled": "尚未开通缴费功能。", "payments are not enabled.";
        StepUpMissing "step-up-missing": "验证码不正确、已过期或没有提供。", "the code was wrong, too late, or missing.";
        Elsewhere "payment-in-progress-elsewhere": "另一台设备或渠道正在支付这张账单。", "another device or channel was paying this bill.";
        AlreadySettled "already-settled": "这张账单已由另一笔付清。", "another payment had settled this bill.";
        StaleVersion "stale-version": "账单在付款前已变更。", "the bill had changed before the payment.";
        LinkMismatch "link-mismatch": "付款内容与银行报价不一致。", "the order was not what the bank had quoted.";
        QuoteUnknown "quote-unknown": "银行没有这份报价。", "the bank does not know the quote.";
        EchoNotAcknowledged "echo-not-acknowledged": "尚未核对户主资料。", "the holder's details were not confirmed.";
        JournalRolledBack "journal-rolled-back": "本机的付款记录被恢复到较早状态。", "this device's records were set back to an earlier state.";
        MethodUnknown "method-unknown": "支付方式不可用。", "the way to pay could not be used.";
        ByHand "by-hand": "由银行人工处理。", "it was ended by the bank's staff.";
        NotCharged "not-charged": "收费单位没有收到这笔付款，已撤销。", "the biller had not charged it; it was called off.";
        BillerRefused "biller-refused": "收费单位没有接受这笔付款。", "the biller did not take it.";
        BillerClosed "biller-closed": "收费单位暂不受理。", "the biller was closed.";
        Restored "restored": "银行系统恢复后撤销。", "it was undone after the bank's system was restored.";
        NotChargedAtBiller "not-charged-at-biller": "收费单位没有入账。", "the biller has not booked it.";
        ChargedTwice "charged-twice": "重复扣款。", "it was charged twice.";
        BillerRequest "biller-request": "收费单位要求退款。", "the biller asked for it.";
        Complaint "complaint": "按您的投诉处理。", "it follows your complaint.";
        Unknown "unknown-reason": "原因请咨询银行。", "ask the bank for the reason.";
    }
}

impl Reason {
    /// The reason of that code; [`Reason::Unknown`] for one of a later version.
    #[must_use]
    pub fn of(code: &str) -> Self {
        Self::ALL.iter().copied().find(|reason| reason.key() == code).unwrap_or(Self::Unknown)
    }

    pub(super) fn advice(self) -> (Advice, WhoActs) {
        match self {
            Self::InsufficientFunds => (Advice::AddFunds, WhoActs::Person),
            Self::LimitExceeded => (Advice::PayLessOrRaise, WhoActs::Person),
            Self::NotEnabled => (Advice::EnablePayments, WhoActs::Bank),
            Self::Elsewhere => (Advice::WaitForOther, WhoActs::Wait),
            Self::AlreadySettled => (Advice::Nothing, WhoActs::Person),
            Self::StaleVersion => (Advice::LookAtBill, WhoActs::Person),
            Self::EchoNotAcknowledged => (Advice::LookUpAgain, WhoActs::Person),
            Self::MethodUnknown => (Advice::ChooseMethod, WhoActs::Person),
            Self::StepUpMissing | Self::NotCharged | Self::Restored | Self::QuoteUnknown => {
                (Advice::PayAgainIfWanted, WhoActs::Person)
            }
            Self::NotChargedAtBiller => (Advice::LookAtBill, WhoActs::Person),
            Self::ChargedTwice | Self::BillerRequest | Self::Complaint => (Advice::Nothing, WhoActs::Person),
            Self::BillerRefused | Self::BillerClosed => (Advice::CallBiller, WhoActs::Biller),
            Self::LinkMismatch | Self::JournalRolledBack | Self::ByHand | Self::Unknown => {
                (Advice::CallBank, WhoActs::Bank)
            }
        }
    }
}
