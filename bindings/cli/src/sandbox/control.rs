//! `billpay sandbox --control`: commands from another program, a line each on standard input. The
//! end of the input ends the sandbox, so that it never outlives whoever started it.

use std::io::BufRead as _;

use sandbox_gateway::server::Sandbox;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::shell::Shell;

/// What comes in; nothing, ever, if nobody was asked to listen.
pub(super) struct Control(Option<UnboundedReceiver<String>>);

impl Control {
    pub(super) fn start(listen: bool) -> Self {
        if !listen {
            return Self(None);
        }
        let (sender, receiver) = unbounded_channel();
        // A thread of its own: reading a terminal or a pipe blocks, and must not hold up the end.
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self(Some(receiver))
    }

    /// The next line; `None` at the end of the input.
    pub(super) async fn line(&mut self) -> Option<String> {
        match &mut self.0 {
            Some(receiver) => receiver.recv().await,
            None => std::future::pending().await,
        }
    }
}

/// Does what the line says, and says that it is done.
pub(super) fn obey(shell: &Shell, sandbox: &Sandbox, line: &str) {
    let (command, argument) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
    match (command, argument.trim().parse::<i64>()) {
        ("clock", Ok(ahead)) => {
            sandbox.set_clock_offset_ms(ahead);
            shell.record(&json!({ "event": "clock", "ahead_ms": ahead }));
            shell.line(&format!("{} {ahead} ms", shell.say("时钟拨快", "clocks ahead by")));
        }
        (_, _) => {
            shell.record(&json!({ "event": "not-understood", "line": line }));
            shell.line(shell.say("听不懂。可用：clock <毫秒>", "Not understood. There is: clock <MS>"));
        }
    }
}
