//! The way to the bank's desk over the network: HTTPS as on the other half of the leg.

use futures_util::future::BoxFuture;
use reqwest::{Client, Url};

use crate::leg::{
    BankScene, MAX_BODY,
    bank::{BankError, BankLeg},
    https::HttpsLegError,
    message::Refusal,
};

/// `POST base/{biller}/{scene}`, nothing in the query string.
#[derive(Clone, Debug)]
pub struct HttpsBank {
    client: Client,
    base: String,
}

impl HttpsBank {
    /// Asks by `client` ([`crate::leg::https::client`]) under `base`.
    ///
    /// # Errors
    /// Not an `https:` URL, or one with a query string.
    pub fn new(client: Client, base: &str) -> Result<Self, HttpsLegError> {
        let url = Url::parse(base).map_err(|_| HttpsLegError::Url)?;
        let good = url.scheme() == "https" && url.query().is_none() && url.fragment().is_none();
        if good { Ok(Self { client, base: base.trim_end_matches('/').to_owned() }) } else { Err(HttpsLegError::Url) }
    }

    async fn send(&self, biller: &str, scene: BankScene, body: Vec<u8>) -> Result<Vec<u8>, BankError> {
        let url = format!("{}/{biller}/{scene}", self.base);
        let request = self.client.post(url).header("content-type", "application/xml; charset=utf-8").body(body);
        let mut response = request.send().await.map_err(|_| BankError::Lost)?;
        if !matches!(response.status().as_u16(), 200 | 400) {
            return Err(BankError::Status(response.status().as_u16()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| BankError::Lost)? {
            if answer.len() + chunk.len() > MAX_BODY {
                return Err(BankError::Unusable(Refusal::TooLarge));
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl BankLeg for HttpsBank {
    fn post<'a>(
        &'a self,
        biller: &'a str,
        scene: BankScene,
        body: Vec<u8>,
    ) -> BoxFuture<'a, Result<Vec<u8>, BankError>> {
        Box::pin(self.send(biller, scene, body))
    }
}
