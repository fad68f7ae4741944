//! What the story plays with: a sandbox that can be switched off and on, and a phone.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use billpay_core::{
    BillView, Client, Payment, QuoteView,
    error::{Fault, RefreshError},
    platform::TransportFault,
};
use billpay_desktop::FileSecretStore;
use sandbox_gateway::server::{Options, Sandbox};

use crate::{connection::Connection, failure::Failure, files, sandbox, shell::Shell, wiring};

/// The person of the story, as enrolled at the bank.
pub(super) const PHONE: &str = "13800000008";

pub(super) struct World<'a> {
    pub shell: &'a Shell,
    /// Kept to the end of the demo, then removed, unless the person wants to keep it.
    _aside: Option<tempfile::TempDir>,
    folder: PathBuf,
    sandbox: Option<Sandbox>,
    pub connection: Option<Connection>,
    client: Option<Client>,
    /// Requests that the gateway has answered before it was switched off.
    pub requests: usize,
    pub activated: bool,
}

impl<'a> World<'a> {
    pub(super) fn new(shell: &'a Shell, keep: Option<&Path>) -> Result<Self, Failure> {
        let (aside, folder) = match keep {
            Some(folder) => {
                let no_folder = |error: std::io::Error| files::no_folder(shell, folder, &error);
                std::fs::create_dir_all(folder).map_err(no_folder)?;
                if std::fs::read_dir(folder).map_err(no_folder)?.next().is_some() {
                    let what = shell.say("文件夹不为空", "the folder is not empty; the demo starts from nothing");
                    return Err(Failure::new("folder-not-empty", format!("{}: {what}", folder.display())));
                }
                (None, folder.to_owned())
            }
            None => {
                let temporary = std::env::temp_dir();
                let aside = tempfile::tempdir().map_err(|error| files::no_folder(shell, &temporary, &error))?;
                let folder = aside.path().to_owned();
                (Some(aside), folder)
            }
        };
        let (sandbox, connection, client) = (None, None, None);
        Ok(Self { shell, _aside: aside, folder, sandbox, connection, client, requests: 0, activated: false })
    }

    pub(super) fn bank(&self) -> PathBuf {
        self.folder.join("bank")
    }

    fn phone(&self) -> PathBuf {
        self.folder.join("phone")
    }

    /// Switches the bank and its billers on; the second time at the same address, with the same books.
    pub(super) async fn switch_on(&mut self) -> Result<(), Failure> {
        let mut options = Options { directory: Some(self.bank()), ..Options::default() };
        if let Some(address) = self.connection.as_ref().and_then(|known| known.resolve) {
            options.address = address;
        }
        let started = Sandbox::start(options).await;
        let sandbox = started.map_err(|error| sandbox::not_started(self.shell, &error))?;
        self.connection = Some(sandbox::house::connection(&sandbox).await?);
        self.sandbox = Some(sandbox);
        Ok(())
    }

    /// A power cut at the bank.
    pub(super) async fn switch_off(&mut self) {
        let Some(sandbox) = self.sandbox.take() else { return };
        self.requests += answered(&sandbox);
        sandbox.stop().await;
        // The phone's side of the broken connections has to notice: until then it could not prove
        // that nothing was sent.
        let unreachable = RefreshError::Fault(Fault::Network(TransportFault::Unreachable));
        for _ in 0..100 {
            match &self.client {
                Some(client) if client.refresh().await.err().as_ref() != Some(&unreachable) => {}
                Some(_) | None => return,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn open_phone(&mut self) -> Result<(), Failure> {
        let connection = self.connection.as_ref().ok_or_else(|| out_of_turn("no bank yet"))?;
        let folder = self.phone();
        std::fs::create_dir_all(&folder).map_err(|error| files::no_folder(self.shell, &folder, &error))?;
        let keys = FileSecretStore::open(&folder.join("keys"));
        let keys = keys.map_err(|error| self.shell.failure()(billpay_core::error::Fault::from(error)))?;
        self.client = Some(wiring::client(self.shell, connection, &folder, Arc::new(keys)).await?);
        Ok(())
    }

    pub(super) fn client(&self) -> Result<&Client, Failure> {
        self.client.as_ref().ok_or_else(|| out_of_turn("no phone yet"))
    }

    pub(super) fn sandbox(&self) -> Result<&Sandbox, Failure> {
        self.sandbox.as_ref().ok_or_else(|| out_of_turn("the bank is off"))
    }

    /// Looks a number up, compares, binds.
    pub(super) async fn bind(&self, biller: &str, number: &str) -> Result<(), Failure> {
        let client = self.client()?;
        let echo = client.lookup_binding(biller, number).await.map_err(self.shell.failure())?;
        client.confirm_binding(&echo, "").await.map_err(self.shell.failure())?;
        Ok(())
    }

    /// The bill of that number, as the phone knows it.
    pub(super) async fn bill(&self, number: &str) -> Result<BillView, Failure> {
        let bills = self.client()?.bills(self.shell.language).await.map_err(self.shell.failure())?.bills;
        let found = bills.into_iter().find(|bill| bill.bill_number == number);
        found.ok_or_else(|| out_of_turn("a bill is missing"))
    }

    /// A quote, by a person who compares whose number it is where it is paid to for the first time.
    pub(super) async fn quote(&self, biller: &str, bill: &str) -> Result<QuoteView, Failure> {
        let client = self.client()?;
        let quote = client.quote(biller, bill, None, None).await.map_err(self.shell.failure())?;
        if let Some(first) = &quote.first_payment {
            client.acknowledge_echo(&first.account, &first.echo_digest).await.map_err(self.shell.failure())?;
        }
        Ok(quote)
    }

    /// Quotes and pays.
    pub(super) async fn pay(&self, biller: &str, bill: &str) -> Result<Payment, Failure> {
        let quote = self.quote(biller, bill).await?;
        self.client()?.pay(&quote.id).await.map_err(self.shell.failure())
    }

    /// The payment's end, as soon as there is one.
    pub(super) async fn end_of(&self, payment: &str) -> Result<Payment, Failure> {
        let client = self.client()?;
        let mut found = client.payment(payment).await.map_err(self.shell.failure())?;
        for turn in 0..250 {
            if !matches!(found.state, billpay_core::PaymentState::Checking { .. }) {
                break;
            }
            // Asked about five times a second: as a person who pulls the list down, and no faster.
            if turn % 10 == 0 {
                client.network_returned();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            found = client.payment(payment).await.map_err(self.shell.failure())?;
        }
        Ok(found)
    }
}

fn answered(sandbox: &Sandbox) -> usize {
    sandbox.gateway().map_or(0, |gateway| gateway.requests().len())
}

/// A step that an earlier one should have made possible.
fn out_of_turn(what: &str) -> Failure {
    Failure::new("out-of-turn", what)
}
