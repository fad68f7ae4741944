//! A client of our own: keys, signatures, and the requests of the contract, made by hand.

use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use sandbox_gateway::{
    api::{http::Request, signature::content_digest},
    encoding::{base64, base64url, sha256},
    ids,
    rng::SystemRng,
};
use serde_json::{Value, json};

use super::{Answer, HOST, World};

pub struct Phone {
    pub number: String,
    pub device_key: EcdsaKeyPair,
    pub order_key: EcdsaKeyPair,
    pub device: String,
    pub customer: String,
    pub credential: String,
    pub sequence: i64,
    pub show_credential: bool,
    pub client: String,
}

pub fn key() -> EcdsaKeyPair {
    let (alg, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(alg, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(alg, pkcs8.as_ref(), &random).unwrap()
}

pub fn jwk(key: &EcdsaKeyPair) -> Value {
    let point = key.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
}

pub fn thumbprint(key: &EcdsaKeyPair) -> String {
    let jwk = jwk(key);
    let text = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, jwk["x"], jwk["y"]);
    base64url(&sha256(text.as_bytes()))
}

pub fn sign(key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
    key.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec()
}

pub fn fresh() -> String {
    ids::uuid7(1_795_320_000_000, &SystemRng::new())
}

impl Phone {
    pub fn new(number: &str) -> Self {
        Self {
            number: number.into(),
            device_key: key(),
            order_key: key(),
            device: String::new(),
            customer: String::new(),
            credential: String::new(),
            sequence: 0,
            show_credential: false,
            client: "2.0.0".into(),
        }
    }

    /// A phone that has been activated.
    pub async fn active(world: &World, number: &str) -> Self {
        let mut phone = Self::new(number);
        let id = fresh();
        let started = phone.start(world, &id).await;
        assert_eq!(started.status, 200, "{started:?}");
        let code = phone.code(world);
        let done = phone.verify(world, &id, &code).await;
        assert_eq!(done.status, 200, "{done:?}");
        phone
    }

    pub async fn start(&self, world: &World, id: &str) -> Answer {
        let body = json!({
            "activation_id": id, "phone": self.number, "device_name": "Pixel 9", "language": "zh",
            "device_key": jwk(&self.device_key), "order_key": jwk(&self.order_key)
        });
        self.post(world, "/v1/activations", &body).await
    }

    /// The code in the newest message to this number.
    pub fn code(&self, world: &World) -> String {
        let sms = world.sms.newest(&self.number).expect("a message");
        sms.text.rsplit('#').next().unwrap().to_owned()
    }

    pub async fn verify(&mut self, world: &World, id: &str, code: &str) -> Answer {
        let done = self.post(world, &format!("/v1/activations/{id}/verify"), &json!({"code": code})).await;
        if done.status == 200 {
            self.device = done.body["device"]["id"].as_str().unwrap().into();
            self.customer = done.body["customer"]["id"].as_str().unwrap().into();
            self.credential = done.text("credential");
        }
        done
    }

    pub async fn post(&self, world: &World, path: &str, body: &Value) -> Answer {
        world.send(self.request(world, "POST", path, Some(body), Some(&fresh()))).await
    }

    pub async fn get(&self, world: &World, path: &str) -> Answer {
        world.send(self.request(world, "GET", path, None, None)).await
    }

    pub async fn delete(&self, world: &World, path: &str) -> Answer {
        world.send(self.request(world, "DELETE", path, None, None)).await
    }

    pub fn request(&self, world: &World, method: &str, path: &str, body: Option<&Value>, key: Option<&str>) -> Request {
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.request_at(world.now(), method, path, body, key)
    }

    pub fn request_at(&self, created: i64, method: &str, path: &str, body: Vec<u8>, key: Option<&str>) -> Request {
        self.request_with(&ids::token("", &SystemRng::new()), created, method, path, body, key)
    }

    /// The same with this nonce.
    pub fn request_with(
        &self,
        nonce: &str,
        created: i64,
        method: &str,
        path: &str,
        body: Vec<u8>,
        key: Option<&str>,
    ) -> Request {
        let url = format!("{HOST}{path}");
        let mut names = vec!["\"@method\"", "\"@target-uri\""];
        let mut base = format!("\"@method\": {method}\n\"@target-uri\": {url}\n");
        let mut headers = vec![
            ("billpay-client".to_owned(), self.client.clone()),
            ("billpay-core".to_owned(), "0.1.0".to_owned()),
            ("accept-language".to_owned(), "zh".to_owned()),
        ];
        let ends_orders = path.starts_with("/v1/payments/") || path == "/v1/evidence";
        if self.show_credential && ends_orders {
            headers.push(("billpay-credential".into(), self.credential.clone()));
        }
        if !body.is_empty() {
            names.push("\"content-digest\"");
            let digest = content_digest(&body);
            base.push_str(&format!("\"content-digest\": {digest}\n"));
            headers.push(("content-digest".into(), digest));
            headers.push(("content-type".into(), "application/json".into()));
        }
        if let Some(key) = key {
            names.push("\"idempotency-key\"");
            base.push_str(&format!("\"idempotency-key\": {key}\n"));
            headers.push(("idempotency-key".into(), key.into()));
        }
        let keyid = thumbprint(&self.device_key);
        let parameters = format!(
            "({});created={created};nonce=\"{nonce}\";keyid=\"{keyid}\";alg=\"ecdsa-p256-sha256\"",
            names.join(" ")
        );
        base.push_str(&format!("\"@signature-params\": {parameters}"));
        let signature = base64(&sign(&self.device_key, base.as_bytes()));
        headers.push(("signature-input".into(), format!("billpay={parameters}")));
        headers.push(("signature".into(), format!("billpay=:{signature}:")));
        Request { method: method.into(), url, headers, body }
    }

    /// Looks a number up and binds it; gives the account's id.
    pub async fn bind(&self, world: &World, biller: &str, number: &str) -> String {
        let ask = json!({"biller": biller, "customer_number": number});
        let echo = self.post(world, "/v1/bindings/lookup", &ask).await;
        assert_eq!(echo.status, 200, "{echo:?}");
        let ask =
            json!({"biller": biller, "customer_number": number, "echo_token": echo.body["echo_token"], "alias": "家"});
        let bound = self.post(world, "/v1/bindings", &ask).await;
        assert_eq!(bound.status, 200, "{bound:?}");
        bound.body["account"]["id"].as_str().unwrap().into()
    }

    pub fn method(&self) -> String {
        format!("m_{}_account", self.customer)
    }

    pub async fn quote(&self, world: &World, account: &str, bill: &str, version: i64, minor: i64) -> Answer {
        let ask = json!({
            "account": account, "bill_number": bill, "bill_version": version,
            "amount": {"minor": minor, "currency": "CNY"}, "method": self.method()
        });
        self.post(world, "/v1/quotes", &ask).await
    }

    /// The order that a quote stands for.
    pub fn order(&mut self, world: &World, quote: &Value) -> Value {
        self.sequence += 1;
        json!({
            "v": 1, "suite": "ES256", "payment_id": fresh(), "customer": self.customer, "device": self.device,
            "journal_sequence": self.sequence, "epoch": world.gateway.epoch(), "quote": quote["quote"],
            "biller": quote["biller"], "payee": quote["payee"], "customer_number": quote["customer_number"],
            "bill_number": quote["bill_number"], "bill_version": quote["bill_version"], "amount": quote["amount"],
            "fee": quote["fee"], "total": quote["total"], "method": quote["method"],
            "valid_until": quote["valid_until"], "echo_digest": quote["echo_digest"]
        })
    }

    pub fn envelope(&self, order: &Value) -> Value {
        // serde_json's maps are sorted, so this is the canonical form.
        let canonical = order.to_string();
        let signature = base64url(&sign(&self.order_key, canonical.as_bytes()));
        json!({"order": order, "signature": signature, "key": thumbprint(&self.order_key)})
    }

    pub async fn pay(&self, world: &World, envelope: &Value) -> Answer {
        let id = envelope["order"]["payment_id"].as_str().unwrap();
        world.send(self.request(world, "POST", "/v1/payments", Some(envelope), Some(id))).await
    }

    pub async fn confirm(&self, world: &World, envelope: &Value) -> Answer {
        let id = envelope["order"]["payment_id"].as_str().unwrap();
        self.get(world, &format!("/v1/payments/{id}")).await
    }

    pub async fn reverse(&self, world: &World, envelope: &Value) -> Answer {
        let id = envelope["order"]["payment_id"].as_str().unwrap();
        self.post(world, &format!("/v1/payments/{id}/reversal"), envelope).await
    }

    /// A signed order for a bill that was just quoted.
    pub async fn order_for(&mut self, world: &World, account: &str, bill: &str, version: i64, minor: i64) -> Value {
        let quote = self.quote(world, account, bill, version, minor).await;
        assert_eq!(quote.status, 200, "{quote:?}");
        let order = self.order(world, &quote.body);
        self.envelope(&order)
    }
}
