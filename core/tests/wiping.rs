//! Wiping a phone and changing its root key, through the real client on a real disk (rows 57, 62 and 75; MASVS
//! PRIVACY-4 and CRYPTO-2); and a damaged file that is put aside, after which everything comes back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod world;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use billpay_core::{
    Client, OpenPayments, PaymentState, Proof,
    error::{Fault, OpenError, WipeError},
    platform::{DeviceSigner as _, KeyRole, Platform, SecretError, SecretStore, SecurityLevel},
    secret::Secret,
    store::{Location, OpenError as ProfileError},
    system::TokioExecutor,
};
use canaries::Net;
use world::{Fate, KeyStore, PHONE, POWER, World, ends::end, world};

/// A world whose phone has a disk.
fn on_disk() -> (tempfile::TempDir, World) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.profile = Location::file(folder.path().join("profile.db"));
    (folder, world)
}

fn bytes(folder: &Path) -> Vec<u8> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.flat_map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// A key store that dies with the process at the nth time that it is asked.
struct Dying {
    keys: Arc<KeyStore>,
    left: AtomicI64,
    /// The last thing that it is asked is done all the same.
    does_it: bool,
}

impl Dying {
    fn asked<T>(&self, does: impl FnOnce(&KeyStore) -> Result<T, SecretError>) -> Result<T, SecretError> {
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            2.. => does(&self.keys),
            1 => {
                if self.does_it {
                    let _nobody_hears_it = does(&self.keys);
                }
                panic!("killed")
            }
            _ => panic!("dead already"),
        }
    }
}

impl SecretStore for Dying {
    fn get(&self, name: &str) -> Result<Option<Secret>, SecretError> {
        self.asked(|keys| keys.get(name))
    }
    fn put(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        self.asked(|keys| keys.put(name, secret))
    }
    fn delete(&self, name: &str) -> Result<(), SecretError> {
        self.asked(|keys| keys.delete(name))
    }
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::File
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn row_75_privacy_4_after_a_wipe_no_byte_is_left_the_key_is_gone_and_a_new_open_starts_from_nothing() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    end(&client, &payment.id).await;
    let device = world.keys.public_key(KeyRole::Device).unwrap();
    let root = world.keys.kept.lock().unwrap().values().next().unwrap().clone();
    let net = [("payment", payment.id.as_bytes()), ("key", root.expose()), ("phone", PHONE.as_bytes())];
    let net = Net::of(net).unwrap();
    assert!(!net.caught(&bytes(folder.path())).is_empty(), "ids stand there in clear: the net works");
    client.wipe(OpenPayments::Wait).await.unwrap();
    assert_eq!(names(folder.path()), ["profile.db.lock"]);
    assert_eq!(bytes(folder.path()), Vec::<u8>::new());
    assert!(world.keys.kept.lock().unwrap().is_empty(), "the root key is still in the key store");
    assert_ne!(world.keys.public_key(KeyRole::Device).unwrap(), device, "the device's key still signs");
    // The client is at its end, whatever it is asked.
    assert_eq!(client.payments(1, 0).await.err(), Some(Fault::Suspended));
    assert_eq!(client.resume().await.err(), Some(OpenError::Profile(ProfileError::Missing)));
    drop(client);
    let client = world.open().await;
    assert!(!client.profile().await.unwrap().active);
    assert_eq!(client.payments(10, 0).await.unwrap().payments, []);
    // Activated again, what the bank has comes back.
    world.activate(&client).await;
    client.refresh().await.unwrap();
    assert_eq!(client.receipt(&payment.id).await.unwrap().proof, Proof::Verified);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_75_nothing_is_wiped_while_a_payment_is_being_checked_unless_the_person_says_so_and_it_ends_all_the_same() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    // Of the recovery's question, too: it stays a doubt.
    world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
    let payment = world.pay(&client).await;
    assert!(matches!(payment.state, PaymentState::Checking { .. }));
    world.network.rule(|_| Fate::NoNetwork);
    let before = world.keys.kept.lock().unwrap().len();
    assert_eq!(client.wipe(OpenPayments::Wait).await, Err(WipeError::PaymentsOpen { count: 1 }));
    assert_eq!(client.payments(10, 0).await.unwrap().payments.len(), 1, "the client goes on");
    assert_eq!(world.keys.kept.lock().unwrap().len(), before);
    client.wipe(OpenPayments::Leave).await.unwrap();
    assert_eq!(names(folder.path()), ["profile.db.lock"]);
    drop(client);
    world.network.heal();
    let client = world.bound().await;
    client.refresh().await.unwrap();
    // The bank has ended it meanwhile: its document tells how.
    let receipt = client.receipt(&payment.id).await.unwrap();
    assert_eq!((receipt.kind.as_str(), receipt.proof), ("receipt", Proof::Verified));
    assert_eq!(world.charged(), payment.amount.minor());
}

#[tokio::test(flavor = "multi_thread")]
async fn row_75_a_wipe_that_cannot_be_noted_has_wiped_nothing_and_says_so() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    let payment = world.pay(&client).await;
    // Something of that name stands in the way of the note.
    std::fs::create_dir(folder.path().join("profile.db.wiping")).unwrap();
    let refused = client.wipe(OpenPayments::Wait).await.unwrap_err();
    assert!(matches!(refused, WipeError::Fault(Fault::Store(_))), "no word of files that are left: {refused:?}");
    std::fs::remove_dir(folder.path().join("profile.db.wiping")).unwrap();
    assert_eq!(client.payment(&payment.id).await.unwrap().state, PaymentState::Settled, "the client goes on");
    client.wipe(OpenPayments::Wait).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn row_75_a_key_store_that_says_no_wipes_nothing_and_a_lost_key_keeps_nobody_from_wiping() {
    let (folder, world) = on_disk();
    let client = world.bound().await;
    *world.keys.fails.lock().unwrap() = Some(SecretError::Locked);
    assert_eq!(client.wipe(OpenPayments::Wait).await, Err(WipeError::Fault(Fault::Locked)));
    *world.keys.fails.lock().unwrap() = None;
    assert_eq!(client.accounts().await.unwrap().accounts.len(), 1, "everything is as it was");
    assert!(!names(folder.path()).iter().any(|name| name.contains("wip")), "{:?}", names(folder.path()));
    client.suspend().await.unwrap();
    drop(client);
    world.keys.kept.lock().unwrap().clear();
    let client = world.open().await;
    assert_eq!(client.accounts().await.err(), Some(Fault::KeyLost));
    client.wipe(OpenPayments::Wait).await.unwrap();
    assert_eq!(names(folder.path()), ["profile.db.lock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn row_75_killed_at_any_question_to_the_key_store_a_second_wipe_or_open_ends_the_wipe() {
    let mut killed = 0;
    for (asked, does_it) in (1..).flat_map(|asked| [(asked, false), (asked, true)]) {
        let (folder, world) = on_disk();
        let client = world.bound().await;
        let payment = world.pay(&client).await;
        end(&client, &payment.id).await;
        client.suspend().await.unwrap();
        drop(client);
        let dying = Arc::new(Dying { keys: world.keys.clone(), left: AtomicI64::new(i64::MAX), does_it });
        let platform = Platform { secrets: dying.clone(), ..world.platform() };
        let client = Client::open(world.config(), platform).await.unwrap();
        client.profile().await.unwrap();
        let root = world.keys.kept.lock().unwrap().keys().next().unwrap().clone();
        dying.left.store(asked, Ordering::SeqCst);
        let wiped = client.wipe(OpenPayments::Wait).await;
        drop(client);
        // The next start of the app, with a key store that is well.
        let client = world.open().await;
        client.profile().await.unwrap();
        let what = format!("killed at question {asked}, which was done: {does_it}; {wiped:?}");
        assert!(!world.keys.kept.lock().unwrap().contains_key(&root), "{what}: the key is still there");
        assert_eq!(client.payments(10, 0).await.unwrap().payments, [], "{what}");
        client.suspend().await.unwrap();
        assert_eq!(names(folder.path()), ["profile.db", "profile.db.lock"], "{what}");
        assert!(!bytes(folder.path()).windows(36).any(|window| window == payment.id.as_bytes()), "{what}");
        if wiped.is_ok() {
            break;
        }
        killed += 1;
    }
    assert!(killed >= 4, "{killed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn crypto_2_killed_at_any_question_to_the_key_store_a_change_of_the_root_key_loses_nothing() {
    let mut killed = 0;
    for (asked, does_it) in (1..).flat_map(|asked| [(asked, false), (asked, true)]) {
        let (folder, world) = on_disk();
        let client = world.bound().await;
        let payment = world.pay(&client).await;
        end(&client, &payment.id).await;
        client.suspend().await.unwrap();
        drop(client);
        let old = world.keys.kept.lock().unwrap().values().next().unwrap().clone();
        let dying = Arc::new(Dying { keys: world.keys.clone(), left: AtomicI64::new(i64::MAX), does_it });
        let platform = Platform { secrets: dying.clone(), ..world.platform() };
        let client = Client::open(world.config(), platform).await.unwrap();
        client.profile().await.unwrap();
        dying.left.store(asked, Ordering::SeqCst);
        let changed = client.change_root_key().await;
        client.suspend().await.unwrap();
        drop(client);
        let what = format!("killed at question {asked}, which was done: {does_it}; {changed:?}");
        let client = world.open().await;
        assert_eq!(client.payment(&payment.id).await.unwrap().state, PaymentState::Settled, "{what}");
        assert_eq!(client.receipt(&payment.id).await.unwrap().proof, Proof::Verified, "{what}");
        assert_eq!(client.accounts().await.unwrap().accounts.len(), 1, "{what}");
        // What is looked up by number is found as before, and once more everything is sealed anew.
        client.change_root_key().await.unwrap();
        let kept = world.keys.kept.lock().unwrap().clone();
        assert_eq!(kept.len(), 1, "{what}: {:?}", kept.keys());
        assert!(kept.values().all(|key| *key != old), "{what}");
        client.refresh().await.unwrap();
        assert_eq!(client.payments(10, 0).await.unwrap().payments.len(), 1, "{what}");
        assert_eq!(client.accounts().await.unwrap().accounts.len(), 1, "{what}: bound twice");
        client.suspend().await.unwrap();
        assert_eq!(names(folder.path()), ["profile.db", "profile.db.lock"], "{what}");
        if changed.is_ok() {
            break;
        }
        killed += 1;
    }
    assert!(killed >= 6, "{killed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_62_a_damaged_file_is_put_aside_as_it_is_and_receipts_and_doubts_come_back_from_the_bank() {
    for damage in ["overwritten", "cut short", "no file header"] {
        let (folder, world) = on_disk();
        let client = world.bound().await;
        let paid = world.pay(&client).await;
        end(&client, &paid.id).await;
        let second = world.bind(&client, 1).await;
        client.refresh().await.unwrap();
        world.network.rule(|request| if request.url.contains("/v1/payments") { Fate::LoseAnswer } else { Fate::Pass });
        let doubt = world.pay_of(&client, &second).await;
        assert!(matches!(doubt.state, PaymentState::Checking { .. }));
        world.network.rule(|_| Fate::NoNetwork);
        client.suspend().await.unwrap();
        drop(client);
        let path = folder.path().join("profile.db");
        let mut file = std::fs::read(&path).unwrap();
        match damage {
            "overwritten" => file.iter_mut().for_each(|byte| *byte ^= 0x5a),
            "cut short" => file.truncate(file.len() / 3 + 100),
            _ => file[..100].fill(0),
        }
        std::fs::write(&path, &file).unwrap();
        let opened = world.try_open().await.err();
        assert_eq!(opened, Some(OpenError::Profile(ProfileError::Damaged)), "{damage}");
        assert_eq!(std::fs::read(&path).unwrap(), file, "{damage}: it was changed by looking at it");
        let executor = TokioExecutor::current().unwrap();
        let aside = Client::set_aside(&world.profile, &executor).await.unwrap();
        assert_eq!(std::fs::read(&aside).unwrap(), file, "{damage}: kept, byte for byte");
        world.network.heal();
        let client = world.bound().await;
        client.refresh().await.unwrap();
        assert_eq!(client.receipt(&paid.id).await.unwrap().proof, Proof::Verified, "{damage}");
        let ended = client.receipt(&doubt.id).await.unwrap();
        assert_eq!((ended.kind.as_str(), ended.proof), ("receipt", Proof::Verified), "{damage}");
        assert_eq!(world.charged(), paid.amount.minor() + doubt.amount.minor(), "{damage}");
        assert!(client.accounts().await.unwrap().accounts.iter().all(|account| account.biller == POWER));
    }
}
