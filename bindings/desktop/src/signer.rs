//! P-256 keys in software: PKCS #8 in a `SecretStore`, signatures by ring (ECDSA, SHA-256, DER).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use billpay_core::{
    platform::{DeviceSigner, KeyRole, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair},
};

/// The keys of this device, as good as the store that they rest in.
pub struct SoftwareSigner {
    secrets: Arc<dyn SecretStore>,
    rng: SystemRandom,
    loaded: Mutex<Loaded>,
}

#[derive(Default)]
struct Loaded {
    device: Option<Arc<EcdsaKeyPair>>,
    order: Option<Arc<EcdsaKeyPair>>,
    second_device: Option<Arc<EcdsaKeyPair>>,
    second_order: Option<Arc<EcdsaKeyPair>>,
}

impl Loaded {
    fn slot(&mut self, role: KeyRole) -> &mut Option<Arc<EcdsaKeyPair>> {
        match role {
            KeyRole::Device => &mut self.device,
            KeyRole::Order => &mut self.order,
            KeyRole::SecondDevice => &mut self.second_device,
            KeyRole::SecondOrder => &mut self.second_order,
        }
    }
}

/// The secret's name.
fn name(role: KeyRole) -> &'static str {
    match role {
        KeyRole::Device => "device-key",
        KeyRole::Order => "order-key",
        KeyRole::SecondDevice => "device-key-2",
        KeyRole::SecondOrder => "order-key-2",
    }
}

impl SoftwareSigner {
    /// Keys in `secrets`. Reads nothing yet.
    #[must_use]
    pub fn new(secrets: Arc<dyn SecretStore>) -> Self {
        Self { secrets, rng: SystemRandom::new(), loaded: Mutex::default() }
    }

    /// Removes the keys of this device: it signs nothing any more.
    ///
    /// # Errors
    /// Those of the store; some may be gone already.
    pub fn forget(&self) -> Result<(), SecretError> {
        for role in [KeyRole::Device, KeyRole::Order, KeyRole::SecondDevice, KeyRole::SecondOrder] {
            self.secrets.delete(name(role))?;
            *self.loaded().slot(role) = None;
        }
        Ok(())
    }

    fn loaded(&self) -> MutexGuard<'_, Loaded> {
        self.loaded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn parse(&self, secret: &Secret) -> Result<Arc<EcdsaKeyPair>, SecretError> {
        // Exposed to be loaded; ring keeps its own copy for as long as the signer lives.
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, secret.expose(), &self.rng)
            .map(Arc::new)
            .map_err(|_| SecretError::Lost)
    }

    fn key(&self, role: KeyRole) -> Result<Option<Arc<EcdsaKeyPair>>, SecretError> {
        if let Some(key) = self.loaded().slot(role) {
            return Ok(Some(Arc::clone(key)));
        }
        // Not under the lock: a person may have to unlock the store first.
        let Some(secret) = self.secrets.get(name(role))? else { return Ok(None) };
        let key = self.parse(&secret)?;
        // Whoever was faster has the newer key.
        Ok(Some(Arc::clone(self.loaded().slot(role).get_or_insert(key))))
    }
}

impl DeviceSigner for SoftwareSigner {
    fn create(&self, role: KeyRole) -> Result<Vec<u8>, SecretError> {
        // A key that merely cannot be read now is not replaced; one that is lost for good may be.
        match self.secrets.get(name(role)) {
            Ok(_) | Err(SecretError::Lost) => {}
            Err(error) => return Err(error),
        }
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.rng)
            .map_err(|_| SecretError::Failed("no key could be made".to_owned()))?;
        let secret = Secret::new(document.as_ref().to_vec());
        let key = self.parse(&secret)?;
        self.secrets.put(name(role), &secret)?;
        let public = key.public_key().as_ref().to_vec();
        *self.loaded().slot(role) = Some(key);
        Ok(public)
    }

    fn public_key(&self, role: KeyRole) -> Result<Option<Vec<u8>>, SecretError> {
        Ok(self.key(role)?.map(|key| key.public_key().as_ref().to_vec()))
    }

    fn sign(&self, role: KeyRole, message: &[u8]) -> Result<Vec<u8>, SecretError> {
        // Whoever asks for a signature was told of a key once.
        let key = self.key(role)?.ok_or(SecretError::Lost)?;
        let signature = key.sign(&self.rng, message);
        signature
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SecretError::Failed("no signature could be made".to_owned()))
    }

    fn security_level(&self) -> SecurityLevel {
        self.secrets.security_level()
    }
}
