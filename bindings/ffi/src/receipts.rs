//! The bank's signed documents: receipts, refusals, reversals, repayments. Each is verified as it is
//! read, without the network.

use std::time::SystemTime;

use billpay_core::{
    Proof as CoreProof, ReceiptView, Receipts as CoreReceipts,
    receipts::{Break, ReceiptBody, RepaymentBody},
};

use crate::{
    bills::count,
    client::Client,
    fault::FaultError,
    money::{Money, some},
    paying::ViewError,
};

/// A page of documents.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Receipts {
    /// Newest first.
    pub documents: Vec<Document>,
    /// Documents of this page that the file no longer gives; the next refresh fetches them again.
    pub damaged: u32,
}

/// A document of the bank as shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Document {
    /// base64url of SHA-256 of the compact text.
    pub id: String,
    /// The payment.
    pub payment: String,
    /// What it is.
    pub kind: DocumentKind,
    /// In the customer's chain.
    pub sequence: i64,
    /// By the bank's clock.
    pub issued: SystemTime,
    /// Whether the signature holds.
    pub proof: Proof,
    /// Of a receipt that is verified.
    pub receipt: Option<Receipt>,
    /// Of a repayment that is verified.
    pub repayment: Option<Repayment>,
    /// Of a refusal, reversal or repayment: the bank's code.
    pub reason: Option<String>,
    /// Of a reversal or repayment that is verified: given back to the customer.
    pub returned: Option<Money>,
    /// The first field with a text that would not be seen as what is written in it (a character that turns the direction
    /// of writing round, or that cannot be seen): for whoever shows the document to say so.
    pub illegible: Option<String>,
    /// The document itself, for anyone to verify.
    pub compact: String,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum DocumentKind {
    /// Paid.
    Receipt,
    /// Never charged, and never will be.
    Refusal,
    /// Undone; the money is back.
    Reversal,
    /// Given back later, beside a receipt.
    Repayment,
    /// Of a later version.
    Unknown,
}

/// Whether a document proves what it says.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Proof {
    /// Signed by the bank.
    Verified,
    /// By a key that is not known here: neither good nor bad.
    Unverifiable {
        /// The name of the key.
        kid: String,
    },
    /// Not what the bank signed.
    Invalid,
}

/// The fields that every receipt has.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Receipt {
    /// Who paid, masked.
    pub payer_masked: String,
    /// The biller's id.
    pub biller: String,
    /// The biller's name.
    pub payee: String,
    /// Masked.
    pub customer_number_masked: String,
    /// What was paid.
    pub bill_number: String,
    /// To the biller.
    pub amount: Money,
    /// To the bank.
    pub fee: Money,
    /// From the customer.
    pub total: Money,
    /// When.
    pub paid_at: SystemTime,
    /// The zone in which the bank's calendar counts.
    pub zone: String,
    /// Through which channel.
    pub channel: String,
    /// The bank's number for it.
    pub bank_serial: String,
    /// The biller's number for it.
    pub biller_reference: String,
    /// By what: `account`, `card`, `wallet`, or a value of a later version.
    pub method_kind: String,
    /// At most the last four digits.
    pub method_last4: String,
}

/// Money of a settled payment that came back later.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Repayment {
    /// The bank's code.
    pub reason: String,
    /// Given back to the customer, this time.
    pub returned: Money,
    /// The receipt that it stands beside.
    pub receipt: String,
    /// When.
    pub repaid_at: SystemTime,
    /// The bank's number for it.
    pub bank_serial: String,
}

/// Where the chain over the customer's documents does not hold. `epoch` names the ledger's life.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ChainBreak {
    /// Documents between these sequence numbers are not here.
    Missing {
        /// The ledger's life.
        epoch: String,
        /// The first missing.
        from: i64,
        /// The last missing.
        to: i64,
        /// They may still come with a refresh. After that it is an alarm.
        awaiting: bool,
    },
    /// Two documents claim one place.
    Fork {
        /// The ledger's life.
        epoch: String,
        /// The place.
        sequence: i64,
    },
    /// The document does not name the one before it.
    Unlinked {
        /// The ledger's life.
        epoch: String,
        /// Its place.
        sequence: i64,
    },
    /// The ledger was restored here; what came before is another life's.
    Epoch {
        /// The life that begins.
        epoch: String,
    },
}

#[uniffi::export]
impl Client {
    /// All documents, newest first, in pages of at most 500.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn receipts(&self, limit: u32, offset: u32) -> Result<Receipts, FaultError> {
        let page = self.ask(move |core| async move { core.receipts(limit, offset).await }).await?;
        let CoreReceipts { receipts, damaged } = page;
        Ok(Receipts { documents: receipts.into_iter().map(Into::into).collect(), damaged: count(damaged) })
    }

    /// All documents of a payment.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn documents(&self, payment: String) -> Result<Vec<Document>, ViewError> {
        let found = self.ask(|core| async move { core.documents(&payment).await }).await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// One document, by its id or by the id of the payment that it ends.
    ///
    /// # Errors
    /// [`ViewError`].
    pub async fn receipt(&self, id: String) -> Result<Document, ViewError> {
        self.ask(|core| async move { core.receipt(&id).await }).await.map(Into::into)
    }

    /// Where the chain over the customer's documents does not hold; none when all is well.
    ///
    /// # Errors
    /// [`FaultError`].
    pub async fn chain_breaks(&self) -> Result<Vec<ChainBreak>, FaultError> {
        let breaks = self.ask(|core| async move { core.chain_breaks().await }).await?;
        Ok(breaks.into_iter().map(Into::into).collect())
    }
}

impl From<ReceiptView> for Document {
    fn from(view: ReceiptView) -> Self {
        Self {
            id: view.id,
            payment: view.payment,
            kind: match view.kind.as_str() {
                "receipt" => DocumentKind::Receipt,
                "refusal" => DocumentKind::Refusal,
                "reversal" => DocumentKind::Reversal,
                "repayment" => DocumentKind::Repayment,
                _ => DocumentKind::Unknown,
            },
            sequence: view.sequence,
            issued: view.issued.into(),
            proof: match view.proof {
                CoreProof::Verified => Proof::Verified,
                CoreProof::Unverifiable { kid } => Proof::Unverifiable { kid },
                CoreProof::Invalid => Proof::Invalid,
            },
            receipt: view.receipt.map(Into::into),
            repayment: view.repayment.map(Into::into),
            reason: view.reason,
            returned: some(view.returned),
            illegible: view.illegible.map(str::to_owned),
            compact: view.compact,
        }
    }
}

impl From<ReceiptBody> for Receipt {
    fn from(body: ReceiptBody) -> Self {
        Self {
            payer_masked: body.payer_masked,
            biller: body.biller,
            payee: body.payee,
            customer_number_masked: body.customer_number_masked,
            bill_number: body.bill_number,
            amount: body.amount.into(),
            fee: body.fee.into(),
            total: body.total.into(),
            paid_at: body.paid_at.into(),
            zone: body.zone,
            channel: body.channel,
            bank_serial: body.bank_serial,
            biller_reference: body.biller_reference,
            method_kind: body.method.kind,
            method_last4: body.method.last4,
        }
    }
}

impl From<RepaymentBody> for Repayment {
    fn from(body: RepaymentBody) -> Self {
        let RepaymentBody { reason, returned, receipt, repaid_at, bank_serial } = body;
        Self { reason, returned: returned.into(), receipt, repaid_at: repaid_at.into(), bank_serial }
    }
}

impl From<Break> for ChainBreak {
    fn from(found: Break) -> Self {
        match found {
            Break::Missing { epoch, from, to, awaiting } => Self::Missing { epoch, from, to, awaiting },
            Break::Fork { epoch, sequence } => Self::Fork { epoch, sequence },
            Break::Unlinked { epoch, sequence } => Self::Unlinked { epoch, sequence },
            Break::Epoch { epoch } => Self::Epoch { epoch },
        }
    }
}
