//! `billpay change-key`: everything on this device is sealed by another root key.

use billpay_core::Client;
use serde_json::json;

use crate::{failure::Failure, shell::Shell};

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    client.change_root_key().await.map_err(shell.failure())?;
    shell.line(shell.say(
        "已换成新的主密钥，本机上的一切都用它重新加密；旧的已删除。",
        "Everything on this device is sealed by a new root key; the old one is deleted.",
    ));
    shell.done(json!({ "changed": true }));
    Ok(())
}
