//! Single words: statuses of bills, kinds of billers and documents, results of a verification.

use super::codes::codes;
use crate::{
    BillStatus, Proof,
    model::{BillerKind, BillerState},
    platform::SecurityLevel,
    receipts::Break,
};

codes! {
    /// A word or two for a list.
    Label {
        BillOpen "bill-open": "待缴", "to pay";
        BillChecking "bill-checking": "核实中，请勿重复支付", "checking, do not pay again";
        BillElsewhere "bill-paid-elsewhere": "另一设备正在支付", "being paid elsewhere";
        BillPaid "bill-paid": "已缴清", "paid";
        BillCancelled "bill-cancelled": "已撤销", "withdrawn";
        BillUnknown "bill-unknown": "请更新应用查看", "update the app to see";
        Power "power": "电费", "electricity";
        Water "water": "水费", "water";
        Gas "gas": "燃气费", "gas";
        Mobile "mobile": "话费", "mobile";
        Property "property": "物业费", "property fee";
        OtherKind "other-kind": "其他", "other";
        BillerOpen "biller-open": "受理中", "open";
        BillerClosed "biller-shut": "暂不受理", "closed";
        BillerUnknown "biller-unknown-state": "状态未知", "not known";
        ProofVerified "proof-verified": "已验签", "verified";
        ProofUnverifiable "proof-unverifiable": "暂无法验证", "cannot be verified yet";
        ProofInvalid "proof-invalid": "验签不通过", "not genuine";
        Receipt "receipt": "回单", "receipt";
        Refusal "refusal": "拒绝通知", "refusal";
        Reversal "reversal": "冲正通知", "reversal";
        Repayment "repayment": "退款通知", "repayment";
        Document "document": "银行文件", "document";
        ChainMissing "chain-missing": "缺少第{from}至{to}号文件", "documents {from} to {to} are missing";
        ChainAwaiting "chain-awaiting": "第{from}至{to}号文件待同步", "documents {from} to {to} are awaited from the bank";
        ChainFork "chain-fork": "第{from}号出现两份文件", "two documents claim place {from}";
        ChainUnlinked "chain-unlinked": "第{from}号与前一份不相接", "document {from} does not follow the one before it";
        ChainEpoch "chain-epoch": "银行系统在此恢复过", "the bank's system was restored here";
        RolledBack "rolled-back": "本机的付款记录曾被恢复到较早状态；缺少的部分从银行补回", "this device's records were set back to an earlier state; what is missing comes back from the bank";
        Account "account": "账户", "account";
        Card "card": "银行卡", "card";
        Wallet "wallet": "电子钱包", "wallet";
        OtherMethod "other-method": "其他方式", "another way";
        Phone "phone": "手机", "mobile app";
        Counter "counter": "柜台", "counter";
        Kiosk "kiosk": "自助机", "kiosk";
        OtherChannel "other-channel": "其他渠道", "another channel";
        KeysInFile "keys-in-file": "仅本用户可读的文件", "a file that only this user may read";
        KeysInSoftware "keys-in-software": "系统密钥库", "the system's key store";
        KeysInHardware "keys-in-hardware": "安全硬件", "secure hardware";
    }
}

impl From<&BillStatus> for Label {
    fn from(status: &BillStatus) -> Self {
        match status {
            BillStatus::Open => Self::BillOpen,
            BillStatus::Checking { .. } => Self::BillChecking,
            BillStatus::PaidElsewhere => Self::BillElsewhere,
            BillStatus::Paid => Self::BillPaid,
            BillStatus::Cancelled => Self::BillCancelled,
            BillStatus::Unknown => Self::BillUnknown,
        }
    }
}

impl From<BillerKind> for Label {
    fn from(kind: BillerKind) -> Self {
        match kind {
            BillerKind::Power => Self::Power,
            BillerKind::Water => Self::Water,
            BillerKind::Gas => Self::Gas,
            BillerKind::Mobile => Self::Mobile,
            BillerKind::Property => Self::Property,
            BillerKind::Unknown => Self::OtherKind,
        }
    }
}

impl From<BillerState> for Label {
    fn from(state: BillerState) -> Self {
        match state {
            BillerState::Open => Self::BillerOpen,
            BillerState::Closed => Self::BillerClosed,
            BillerState::Unknown => Self::BillerUnknown,
        }
    }
}

impl From<&Proof> for Label {
    fn from(proof: &Proof) -> Self {
        match proof {
            Proof::Verified => Self::ProofVerified,
            Proof::Unverifiable { .. } => Self::ProofUnverifiable,
            Proof::Invalid => Self::ProofInvalid,
        }
    }
}

impl From<&Break> for Label {
    fn from(found: &Break) -> Self {
        match found {
            Break::Missing { awaiting: true, .. } => Self::ChainAwaiting,
            Break::Missing { awaiting: false, .. } => Self::ChainMissing,
            Break::Fork { .. } => Self::ChainFork,
            Break::Unlinked { .. } => Self::ChainUnlinked,
            Break::Epoch { .. } => Self::ChainEpoch,
        }
    }
}

impl From<SecurityLevel> for Label {
    fn from(level: SecurityLevel) -> Self {
        match level {
            SecurityLevel::File => Self::KeysInFile,
            SecurityLevel::Software => Self::KeysInSoftware,
            SecurityLevel::Hardware => Self::KeysInHardware,
        }
    }
}

impl Label {
    /// A way to pay, by the kind that receipts give.
    #[must_use]
    pub fn of_method(kind: &str) -> Self {
        match kind {
            "account" => Self::Account,
            "card" => Self::Card,
            "wallet" => Self::Wallet,
            _ => Self::OtherMethod,
        }
    }

    /// A channel, by the name that receipts give.
    #[must_use]
    pub fn of_channel(name: &str) -> Self {
        match name {
            "mobile" => Self::Phone,
            "counter" => Self::Counter,
            "kiosk" => Self::Kiosk,
            _ => Self::OtherChannel,
        }
    }

    /// The kind of a document of the bank, by the name that it has in views.
    #[must_use]
    pub fn of_document(kind: &str) -> Self {
        match kind {
            "receipt" => Self::Receipt,
            "refusal" => Self::Refusal,
            "reversal" => Self::Reversal,
            "repayment" => Self::Repayment,
            _ => Self::Document,
        }
    }
}
