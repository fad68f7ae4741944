//! A second process on the phone's file (fault 36): it is told that the profile is in use, and changes
//! nothing. While the app is put away it may have the file, and then the app is told.

use std::sync::Arc;

use billpay_core::{
    error::{Fault, OpenError},
    store::OpenError as ProfileError,
};

use super::{Person, word};
use crate::life::{
    common::{Unfit, pause},
    fault::Kind,
    phone::App,
};

impl Person {
    /// The app runs, and something else opens its file.
    pub(super) async fn second_process(&mut self) -> Result<(), Unfit> {
        // An app that runs, and not one that has died meanwhile or could not be woken: that one holds nothing.
        let runs = self.with(|client| async move { client.payments(1, 0).await }).await?;
        if matches!(runs, None | Some(Err(Fault::Suspended))) || !self.common.faults.strikes(Kind::SecondProcess) {
            return Ok(());
        }
        let opened = self.phone.second_process().await;
        self.note(format_args!("a second process: {}", opened.as_ref().map(word).unwrap_or_default()));
        match opened {
            // A disk that errs may say so at any time; and it may have died with the app.
            None | Some(Err(OpenError::Profile(ProfileError::InUse))) => {}
            Some(Err(_)) if self.phone.keeper.has_erred() => {}
            other => {
                let said = other.as_ref().map(word).unwrap_or_default();
                let what = format!("phone {}: a second process on its file is told {said}", self.phone.number);
                self.common.wrong("I9", what);
                if let Some(Ok(second)) = other {
                    close(second).await;
                }
            }
        }
        Ok(())
    }

    /// The app is put away, and something else has its file for a while: looks, asks the bank, and finishes
    /// what it finds in doubt.
    pub(super) async fn second_process_while_away(&mut self) -> Result<(), Unfit> {
        let Some(first) = self.app.take() else { return Ok(()) };
        let second = if first.process.is_dead() { None } else { self.phone.second_process().await };
        let Some(Ok(second)) = second else {
            let dark = self.phone.keeper.is_dark() || self.phone.keeper.has_erred() || first.process.is_dead();
            if let (Some(Err(error)), false) = (second, dark) {
                let what =
                    format!("phone {} cannot be opened beside an app that is put away: {error:?}", self.phone.number);
                self.common.wrong("I9", what);
            }
            self.app = Some(first);
            return Ok(());
        };
        self.common.faults.struck(Kind::SecondProcess);
        self.note(format_args!("a second process has the file"));
        let refused = first.process.within(first.client.resume()).await;
        let told = matches!(refused, None | Some(Err(OpenError::Profile(ProfileError::InUse))));
        if !told && !self.phone.keeper.has_erred() {
            let what = format!("phone {} is woken while another process has its file: {refused:?}", self.phone.number);
            self.common.wrong("I9", what);
        }
        let having = second.process.clone();
        self.app = Some(second);
        self.list().await?;
        self.refresh().await?;
        pause(self.stream.below(60_000)).await;
        self.hear(false).await?;
        match self.app.take() {
            Some(second) if Arc::ptr_eq(&second.process, &having) && !having.is_dead() => {
                close(second).await;
                self.app = Some(first);
            }
            // The phone went down with it, and all that was on it.
            started_anew => {
                close(first).await;
                self.app = started_anew;
            }
        }
        Ok(())
    }
}

/// It ends, and lets go of the file.
async fn close(app: App) {
    let App { client, process } = app;
    drop(client);
    process.kill().await;
}
