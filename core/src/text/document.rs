//! A document of the bank in words: field by field for whoever lays it out, and as a text to give away (row 50).
//!
//! Times stand in the zone that the receipt names, for whoever reads it somewhere else. What is not seen as what it is
//! (row 49) is replaced by U+FFFD, so that no text of others turns a line round or hides one: the document itself,
//! below the words, is what was signed.

use jiff::{Timestamp, tz::TimeZone};

use super::{Arguments, Code, Label, Reason, codes::codes, format, text};
use crate::{
    Payment, Proof, ReceiptView,
    model::{Language, Money, shown},
    receipts::ReceiptBody,
    reminders::BANK_ZONE,
};

codes! {
    /// The name of a field of a document.
    DocumentText {
        Document "document": "文件", "document";
        Issued "issued": "签发时间", "issued";
        Payment "payment": "付款编号", "payment";
        Payer "payer": "付款人", "payer";
        Payee "payee": "收款方", "payee";
        Customer "customer": "户号", "customer";
        Bill "bill": "账单号", "bill";
        Amount "amount": "缴费金额", "amount";
        Fee "fee": "手续费", "fee";
        Total "total": "合计", "total";
        Paid "paid": "付款时间", "paid";
        Channel "channel": "渠道", "channel";
        Method "method": "支付方式", "from";
        BankSerial "bank-serial": "银行流水号", "bank serial";
        Reference "reference": "收费单位流水号", "biller reference";
        RepaidAt "repaid-at": "退款时间", "given back at";
        Returned "returned": "退回金额", "given back";
        Reason "reason": "原因", "reason";
        Taken "taken": "扣款", "taken";
        NoneTaken "none-taken": "本笔没有扣款", "nothing by this payment";
        Proof "proof": "银行签名的原文；任何人都可以凭银行的公钥核对", "What the bank signed; anyone can check it by the bank's keys";
    }
}

/// In which words and zone a document is written out.
struct Writer {
    zone: TimeZone,
    /// Its name.
    named: String,
    language: Language,
}

impl Writer {
    fn new(receipt: Option<&ReceiptBody>, language: Language) -> Self {
        let named = receipt.map_or(BANK_ZONE, |receipt| receipt.zone.as_str());
        match TimeZone::get(named) {
            Ok(zone) => Self { zone, named: named.to_owned(), language },
            // A time without a name of its zone is one of UTC to whoever reads it.
            Err(_) => Self { zone: TimeZone::UTC, named: "UTC".to_owned(), language },
        }
    }

    fn moment(&self, at: Timestamp) -> String {
        let moment = format::moment(at, &self.zone, self.language);
        format!("{moment}{}", format::aside(&self.named, self.language))
    }

    fn money(&self, money: Money) -> String {
        format::money(money, self.language)
    }

    fn word(&self, code: impl Into<Code>) -> String {
        text(code, &Arguments::new(&self.zone), self.language)
    }
}

/// The fields of a document, those that it has, in the order in which a person reads them.
#[must_use]
pub fn document(view: &ReceiptView, language: Language) -> Vec<(DocumentText, String)> {
    document_of(view, None, language)
}

/// The same with what its payment was of, where the document names it by the payment alone: a refusal, a reversal and a
/// repayment say neither whom nor which bill.
#[must_use]
pub fn document_of(view: &ReceiptView, payment: Option<&Payment>, language: Language) -> Vec<(DocumentText, String)> {
    use DocumentText as D;
    let writer = Writer::new(view.receipt.as_ref(), language);
    let (kind, proof) = (writer.word(Label::of_document(&view.kind)), writer.word(Label::from(&view.proof)));
    let mut fields = vec![
        (D::Document, format!("{kind} #{}{}", view.sequence, format::aside(&proof, language))),
        (D::Issued, writer.moment(view.issued)),
        (D::Payment, view.payment.clone()),
    ];
    if let Some(body) = &view.receipt {
        fields.extend(receipt(body, language));
    } else if let Some(payment) = payment.filter(|payment| payment.id == view.payment) {
        fields.push((D::Payee, payment.payee.clone()));
        fields.push((D::Bill, payment.bill_number.clone()));
        fields.push((D::Total, writer.money(payment.total)));
    }
    if let Some(repayment) = &view.repayment {
        fields.push((D::RepaidAt, writer.moment(repayment.repaid_at)));
        fields.push((D::BankSerial, repayment.bank_serial.clone()));
    }
    if let Some(returned) = view.returned {
        fields.push((D::Returned, writer.money(returned)));
    }
    if view.kind == "refusal" && view.proof == Proof::Verified {
        fields.push((D::Taken, writer.word(D::NoneTaken)));
    }
    if let Some(reason) = &view.reason {
        fields.push((D::Reason, writer.word(Reason::of(reason))));
    }
    for (_, value) in &mut fields {
        *value = shown(value);
    }
    fields
}

/// The fields of a receipt.
#[must_use]
pub fn receipt(receipt: &ReceiptBody, language: Language) -> Vec<(DocumentText, String)> {
    use DocumentText as D;
    let writer = Writer::new(Some(receipt), language);
    let method = writer.word(Label::of_method(&receipt.method.kind));
    let fields = [
        (D::Payer, receipt.payer_masked.clone()),
        (D::Payee, receipt.payee.clone()),
        (D::Customer, receipt.customer_number_masked.clone()),
        (D::Bill, receipt.bill_number.clone()),
        (D::Amount, writer.money(receipt.amount)),
        (D::Fee, writer.money(receipt.fee)),
        (D::Total, writer.money(receipt.total)),
        (D::Paid, writer.moment(receipt.paid_at)),
        (D::Channel, writer.word(Label::of_channel(&receipt.channel))),
        (D::Method, format!("{method} {}", receipt.method.last4).trim_end().to_owned()),
        (D::BankSerial, receipt.bank_serial.clone()),
        (D::Reference, receipt.biller_reference.clone()),
    ];
    fields.into_iter().map(|(name, value)| (name, shown(&value))).collect()
}

/// A document as a text to give away: a line a field, and below them the document itself, so that whoever gets the
/// text can verify it. With what its payment was of; see [`document_of`].
#[must_use]
pub fn document_to_share(view: &ReceiptView, payment: Option<&Payment>, language: Language) -> String {
    let zone = TimeZone::UTC;
    let word = |code: DocumentText| text(code, &Arguments::new(&zone), language);
    let colon = match language {
        Language::Zh => "：",
        Language::En => ": ",
    };
    let mut lines: Vec<String> = document_of(view, payment, language)
        .into_iter()
        .map(|(name, value)| format!("{}{colon}{value}", word(name)))
        .collect();
    lines.extend([String::new(), format!("{}{}", word(DocumentText::Proof), colon.trim_end()), view.compact.clone()]);
    lines.join("\n")
}
