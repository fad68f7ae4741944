//! The signed end of an order, and its place in the customer's chain.

use super::by_hand;
use crate::{
    api::wire::Money,
    encoding::{base64url, sha256},
    gateway::Gateway,
    ledger::{LedgerError, Tx, customers::ChainHead, orders::Order, outcomes::Outcome},
    moment,
    outcomes::{
        jws::{RECEIPT, REFUSAL, REPAYMENT, REVERSAL},
        legible,
        payload::{OutcomePayload, ReceiptBody, ReceiptMethod, RefusalBody, RepaymentBody, ReversalBody, masked},
    },
    plant,
};

/// How an order ended, with what its document says beside the order itself.
pub(crate) enum Body {
    Receipt {
        reference: String,
    },
    Refusal {
        settled_by: Option<String>,
    },
    Reversal {
        returned: i64,
    },
    /// Ends nothing: it stands beside the receipt.
    Repayment {
        returned: i64,
    },
}

/// Signs the end of an order and keeps it; gives the compact JWS.
pub(crate) fn issue(gateway: &Gateway, tx: &Tx<'_>, order: &Order, body: Body) -> Result<String, LedgerError> {
    let head = tx.chain_head(&order.customer)?;
    let same_life = head.epoch.as_ref() == Some(&tx.life.epoch);
    let sequence = if same_life { head.sequence + i64::from(!plant::is("sequence-not-raised")) } else { 1 };
    let (typ, kind) = match body {
        Body::Receipt { .. } => (RECEIPT, "receipt"),
        Body::Refusal { .. } => (REFUSAL, "refusal"),
        Body::Reversal { .. } => (REVERSAL, "reversal"),
        Body::Repayment { .. } => (REPAYMENT, "repayment"),
    };
    let mut payload = OutcomePayload {
        v: 1,
        payment_id: order.payment_id.clone(),
        order_digest: order.digest.clone(),
        customer: order.customer.clone(),
        device: order.device.clone(),
        epoch: tx.life.epoch.clone(),
        sequence,
        previous: head.hash,
        issued_at: moment::text(tx.now),
        receipt: None,
        refusal: None,
        reversal: None,
        repayment: None,
    };
    let reason = order.reason.clone().unwrap_or_else(|| "not-charged".to_owned());
    match body {
        Body::Receipt { reference } => payload.receipt = Some(receipt(tx, order, reference)?),
        Body::Refusal { settled_by } => payload.refusal = Some(RefusalBody { reason, settled_by }),
        Body::Reversal { returned } => {
            let (biller_code, returned) = (order.biller_code.clone(), Money::cny(returned));
            payload.reversal = Some(ReversalBody { reason, biller_code, returned });
        }
        Body::Repayment { returned } => {
            let receipt =
                tx.outcome(&order.payment_id)?.ok_or(LedgerError::Meaning("a repayment without a receipt"))?;
            payload.repayment = Some(RepaymentBody {
                reason: "not-charged-at-biller".to_owned(),
                returned: Money::cny(returned),
                receipt: base64url(&sha256(receipt.as_bytes())),
                repaid_at: moment::text(tx.now),
                bank_serial: format!("BR{}", order.number.get(..24).unwrap_or_default()),
            });
        }
    }
    let compact = gateway.pen.sign(typ, &serde_json::to_vec(&payload)?);
    tx.keep_outcome(&Outcome {
        payment_id: order.payment_id.clone(),
        epoch: tx.life.epoch.clone(),
        sequence,
        customer: order.customer.clone(),
        kind: kind.to_owned(),
        compact: compact.clone(),
    })?;
    if kind != "repayment" {
        tx.note_end(&order.payment_id, tx.now);
    }
    let hash = Some(base64url(&sha256(compact.as_bytes())));
    tx.set_chain_head(&order.customer, &ChainHead { epoch: Some(tx.life.epoch.clone()), sequence, hash })?;
    Ok(compact)
}

fn receipt(tx: &Tx<'_>, order: &Order, reference: String) -> Result<ReceiptBody, LedgerError> {
    let customer = tx.customer(&order.customer)?.ok_or(LedgerError::Meaning("an order of nobody"))?;
    let method = tx.method(&order.customer, &order.method)?;
    // A restored ledger may not know any more by what it was paid; the field is mandatory all the same.
    let (kind, last4) =
        method.map_or_else(|| ("other".to_owned(), String::new()), |method| (method.kind, method.last4));
    Ok(ReceiptBody {
        payer_masked: customer.name_masked,
        biller: order.biller.clone(),
        payee: order.payee.clone(),
        customer_number_masked: masked(order.customer_number.as_deref().unwrap_or_default()),
        bill_number: order.bill_number.clone(),
        amount: Money::cny(order.amount),
        fee: Money::cny(order.fee),
        total: Money::cny(order.total()),
        paid_at: moment::text(order.taken_at),
        zone: moment::ZONE.to_owned(),
        channel: "mobile".to_owned(),
        // From the order's digest, so that no restore gives it to another payment.
        bank_serial: format!("BS{}", order.number.get(..24).unwrap_or_default()),
        // By the biller, and signed by the bank: what is not seen as what it is does not get that far.
        biller_reference: legible::reference(&reference),
        method: ReceiptMethod { kind, last4 },
        reason: order.reason.clone().filter(|reason| reason == by_hand::REASON),
    })
}

/// Takes up an outcome of ours that this ledger had lost, as it is. The chain goes on from it, where
/// nothing has been issued since.
pub(crate) fn take_up(tx: &Tx<'_>, payload: &OutcomePayload, compact: &str) -> Result<(), LedgerError> {
    tx.keep_outcome(&Outcome {
        payment_id: payload.payment_id.clone(),
        epoch: payload.epoch.clone(),
        sequence: payload.sequence,
        customer: payload.customer.clone(),
        kind: "receipt".to_owned(),
        compact: compact.to_owned(),
    })?;
    if let Some(issued) = moment::parse(&payload.issued_at) {
        tx.note_end(&payload.payment_id, issued);
    }
    let head = tx.chain_head(&payload.customer)?;
    let goes_on =
        head.epoch.is_none() || (head.epoch.as_ref() == Some(&payload.epoch) && payload.sequence > head.sequence);
    if goes_on {
        let hash = Some(base64url(&sha256(compact.as_bytes())));
        let head = ChainHead { epoch: Some(payload.epoch.clone()), sequence: payload.sequence, hash };
        tx.set_chain_head(&payload.customer, &head)?;
    }
    Ok(())
}
