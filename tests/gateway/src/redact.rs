//! I8: what is printed of a value that holds a secret, a phone number or a customer number: the
//! fields that are named, and no others.

/// Implements `Debug` for a type, with these fields only.
macro_rules! debug_shows {
    ($type:ident: $($field:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($field), &self.$field))*.finish_non_exhaustive()
            }
        }
    };
}
pub(crate) use debug_shows;

#[cfg(test)]
mod tests {
    use crate::{
        api::{
            http::Request,
            wire::{Evidence, FinishActivation, LookupBinding, StartActivation},
        },
        gateway::Keys,
        leg::request::Query,
        outcomes::jws::SigningKey,
    };

    #[test]
    fn i8_no_secret_and_no_full_number_is_printed_of_a_request_or_the_keys() {
        let (phone, number, code) = ("+8613800000001", "3110001017", "482916");
        let jwk = r#"{"kty":"EC","crv":"P-256","x":"","y":""}"#;
        let start = format!(
            r#"{{"activation_id":"a","phone":"{phone}","device_name":"","language":"zh","device_key":{jwk},"order_key":{jwk}}}"#
        );
        let read = "a value of the contract";
        let start: StartActivation = serde_json::from_str(&start).expect(read);
        let finish: FinishActivation = serde_json::from_str(&format!(r#"{{"code":"{code}"}}"#)).expect(read);
        let look: LookupBinding =
            serde_json::from_str(&format!(r#"{{"biller":"b","customer_number":"{number}"}}"#)).expect(read);
        let evidence = Evidence { orders: Vec::new(), outcomes: vec![number.to_owned()] };
        let body = format!("{phone} {number} {code}");
        let request =
            Request { body: body.clone().into_bytes(), headers: vec![(body, code.to_owned())], ..Request::default() };
        let query = Query { customer_number: number.to_owned(), bill_number: None, after: None };
        let receipt = SigningKey { kid: "k".to_owned(), seed: [77; 32] };
        let keys = Keys { receipt, retired: Vec::new(), phones: [77; 32] };
        let printed = format!("{start:?} {finish:?} {look:?} {evidence:?} {request:?} {query:?} {keys:?}");
        for secret in [phone, number, code, "77", "49, 51, 56"] {
            assert!(!printed.contains(secret), "{secret} in {printed}");
        }
    }
}
