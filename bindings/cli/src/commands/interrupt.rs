//! Ctrl-C in the middle of paying: ends this program as it ends any other, and says what that leaves, because
//! silence would be taken for "cancelled". The core loses nothing by it: what was under way is in the journal.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::AbortHandle;

use crate::{failure::Failure, shell::Shell};

/// Watches from the yes on, for as long as it lives.
pub(super) struct Watch {
    under_way: Arc<AtomicBool>,
    task: AbortHandle,
}

impl Watch {
    pub(super) fn over(shell: &Shell) -> Self {
        let under_way = Arc::<AtomicBool>::default();
        let (shell, sent) = (shell.clone(), under_way.clone());
        let task = tokio::spawn(async move {
            // Where there are no signals the system ends it without a word.
            if tokio::signal::ctrl_c().await.is_ok() {
                let failure = interrupted(&shell, sent.load(Ordering::SeqCst));
                shell.fail(&failure);
                std::process::exit(failure.status.into());
            }
        });
        Self { under_way, task: task.abort_handle() }
    }

    /// From now on an order may be on its way; until then, and after what was asked for came back without one,
    /// none is.
    pub(super) fn is_sending(&self, sending: bool) {
        self.under_way.store(sending, Ordering::SeqCst);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn interrupted(shell: &Shell, sent: bool) -> Failure {
    let line = if sent {
        shell.say(
            "已中断。付款可能已经发出，请不要再付一次；请运行 billpay resolve 查询结果。",
            "Interrupted. The payment may be on its way: do not pay it again. `billpay resolve` asks for its end.",
        )
    } else {
        shell.say("已中断，未付款。", "Interrupted, and nothing was paid.")
    };
    let failure = Failure::new("interrupted-here", line);
    if sent { failure.in_doubt() } else { failure }
}
