//! An app on a phone: the real core over the world's network, with a file and keys that outlive it,
//! so that it can be killed and opened again.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use billpay_core::{
    Client, Config,
    crypto::suite::RingSuite,
    model::Language,
    platform::{BoxFuture, Clock, Executor, Platform},
    store::Location,
    system::SystemRng,
};
use billpay_desktop::{FileSecretStore, SoftwareSigner};
use tokio::task::JoinHandle;

use crate::{
    Fault,
    world::{Now, URL, World},
};

/// A phone with at most one app process.
pub struct Phone {
    folder: tempfile::TempDir,
    app: Option<App>,
}

struct App {
    client: Client,
    threads: Arc<Threads>,
    signer: Arc<SoftwareSigner>,
}

impl Phone {
    /// A phone that the app was just installed on.
    ///
    /// # Errors
    /// There is no room for its files.
    pub fn new() -> Result<Self, Fault> {
        Ok(Self { folder: tempfile::tempdir()?, app: None })
    }

    /// Starts the app.
    ///
    /// # Errors
    /// The profile cannot be opened.
    pub async fn open(&mut self, world: &World) -> Result<(), Fault> {
        if self.app.is_some() {
            return Err("the app runs already".into());
        }
        let threads = Arc::new(Threads::default());
        let secrets = Arc::new(FileSecretStore::open(&self.folder.path().join("secrets"))?);
        let signer = Arc::new(SoftwareSigner::new(secrets.clone()));
        let platform = platform(secrets, signer.clone(), world, threads.clone());
        let config = Config {
            profile: Location::file(self.folder.path().join("profile.db")),
            gateway: URL.into(),
            offline_key: serde_json::from_value(world.offline_key()?)?,
            trust: world.trust().to_owned(),
            client_version: "1.0.0".into(),
            device_name: "Story".into(),
            language: Language::Zh,
            catalogue: Vec::new(),
        };
        let client = Client::open(config, platform).await?;
        self.app = Some(App { client, threads, signer });
        Ok(())
    }

    /// Ends the app as the system does: no task of it gets another turn.
    ///
    /// # Errors
    /// It does not run.
    pub async fn kill(&mut self) -> Result<(), Fault> {
        let app = self.app.take().ok_or("the app does not run")?;
        app.threads.end().await;
        drop(app);
        Ok(())
    }

    /// The system loses the keys of this device; it signs nothing any more.
    ///
    /// # Errors
    /// The app does not run.
    pub fn lose_keys(&self) -> Result<(), Fault> {
        let app = self.app.as_ref().ok_or("the app does not run")?;
        Ok(app.signer.forget()?)
    }

    /// The core of the running app.
    ///
    /// # Errors
    /// It does not run.
    pub fn client(&self) -> Result<&Client, Fault> {
        Ok(&self.app.as_ref().ok_or("the app does not run")?.client)
    }
}

fn platform(
    secrets: Arc<FileSecretStore>,
    signer: Arc<SoftwareSigner>,
    world: &World,
    threads: Arc<Threads>,
) -> Platform {
    Platform {
        secrets,
        signer,
        clock: Arc::new(PhoneClock(world.now())),
        rng: Arc::new(SystemRng::new()),
        executor: threads,
        transport: world.network(),
        suite: Arc::new(RingSuite),
    }
}

/// The phone's clock is right, and stays right when the bank's is moved.
struct PhoneClock(Now);

impl Clock for PhoneClock {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    fn monotonic(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The app's tasks, so that they can be ended with it. Blocking work runs at once: a thread of its
/// own would stop the world's clock.
#[derive(Default)]
struct Threads(Mutex<Vec<JoinHandle<()>>>);

impl Threads {
    async fn end(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            task.abort();
            // Cancelled or done: either way it is gone.
            let _ = task.await;
        }
    }
}

impl Executor for Threads {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.retain(|task| !task.is_finished());
        tasks.push(tokio::spawn(task));
    }

    fn blocking(&self, work: Box<dyn FnOnce() + Send>) -> BoxFuture<'static, ()> {
        work();
        Box::pin(std::future::ready(()))
    }
}
