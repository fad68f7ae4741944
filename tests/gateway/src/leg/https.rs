//! The leg over the network: HTTPS by the roots given, TLS 1.3, no redirects, no proxy from the
//! environment, no repetition by the library, answers bounded, five seconds for all of it.

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::{Client, Url};
use rustls::pki_types::CertificateDer;
use thiserror::Error;

use super::{BillerLeg, LegError, MAX_BODY, Scene};

/// How long a biller may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The four URLs of a biller.
#[derive(Clone, Debug)]
pub struct Urls {
    /// Scene `query`.
    pub query: Url,
    /// Scene `charge`.
    pub charge: Url,
    /// Scene `confirm`.
    pub confirm: Url,
    /// Scene `refund`.
    pub refund: Url,
}

/// A configuration that cannot work.
#[derive(Debug, Error)]
pub enum HttpsLegError {
    /// Roots or TLS.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The client.
    #[error("HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// A URL that is not plain HTTPS without a query string.
    #[error("not a URL for this leg")]
    Url,
}

impl Urls {
    /// `base/query`, `base/charge` and so on.
    ///
    /// # Errors
    /// Not an `https:` URL, or one with a query string.
    pub fn under(base: &str) -> Result<Self, HttpsLegError> {
        let url = |scene: Scene| {
            let url = Url::parse(&format!("{}/{scene}", base.trim_end_matches('/'))).map_err(|_| HttpsLegError::Url)?;
            let good = url.scheme() == "https" && url.query().is_none() && url.fragment().is_none();
            if good { Ok(url) } else { Err(HttpsLegError::Url) }
        };
        Ok(Self {
            query: url(Scene::Query)?,
            charge: url(Scene::Charge)?,
            confirm: url(Scene::Confirm)?,
            refund: url(Scene::Refund)?,
        })
    }

    fn of(&self, scene: Scene) -> &Url {
        match scene {
            Scene::Query => &self.query,
            Scene::Charge => &self.charge,
            Scene::Confirm => &self.confirm,
            Scene::Refund => &self.refund,
        }
    }
}

/// A client that trusts `roots` only; `hosts` says where names are that no resolver knows. TLS 1.3, no
/// redirects, no proxy from the environment, no repetition by the library.
///
/// # Errors
/// A root that is none, or a client that cannot be made.
pub fn client(roots: &[CertificateDer<'static>], hosts: &[(&str, SocketAddr)]) -> Result<Client, HttpsLegError> {
    let mut store = rustls::RootCertStore::empty();
    for root in roots {
        store.add(root.clone())?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(store)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .timeout(PATIENCE);
    let builder = hosts.iter().fold(builder, |builder, (host, address)| builder.resolve(host, *address));
    Ok(builder.build()?)
}

/// The leg over HTTPS.
#[derive(Clone, Debug)]
pub struct HttpsLeg {
    client: Client,
    urls: Arc<BTreeMap<String, Urls>>,
}

impl HttpsLeg {
    /// Trusts `roots` only; `hosts` says where names are that no resolver knows.
    ///
    /// # Errors
    /// A root that is none, or a client that cannot be made.
    pub fn new(
        roots: &[CertificateDer<'static>],
        urls: BTreeMap<String, Urls>,
        hosts: &[(&str, SocketAddr)],
    ) -> Result<Self, HttpsLegError> {
        Ok(Self { client: client(roots, hosts)?, urls: Arc::new(urls) })
    }

    async fn send(&self, biller: &str, scene: Scene, body: Vec<u8>) -> Result<Vec<u8>, LegError> {
        let url = self.urls.get(biller).ok_or(LegError::UnknownBiller)?.of(scene).clone();
        let request = self.client.post(url).header("content-type", "application/xml; charset=utf-8").body(body);
        let mut response = request.send().await.map_err(|_| LegError::Lost)?;
        if response.status().as_u16() != 200 {
            return Err(LegError::Status(response.status().as_u16()));
        }
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| LegError::Lost)? {
            if answer.len() + chunk.len() > MAX_BODY {
                return Err(LegError::Unusable(super::message::Refusal::TooLarge));
            }
            answer.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

impl BillerLeg for HttpsLeg {
    fn post<'a>(&'a self, biller: &'a str, scene: Scene, body: Vec<u8>) -> BoxFuture<'a, Result<Vec<u8>, LegError>> {
        Box::pin(self.send(biller, scene, body))
    }
}
