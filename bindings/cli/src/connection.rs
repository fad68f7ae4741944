//! The connection file: what a client has to know of a gateway before it trusts it. The sandbox
//! writes it, `--gateway` reads it, and the profile remembers it.

use std::{io, net::SocketAddr, path::Path};

use billpay_core::{crypto::jwk::PublicJwk, model::Biller};
use serde::{Deserialize, Serialize};

use crate::{
    failure::Failure,
    files::{self, Unreadable},
    shell::Shell,
};

/// In the profile's folder.
pub(crate) const REMEMBERED: &str = "connection.json";
/// Where a gateway is, and by what it is known. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Connection {
    /// `https://host[:port]`.
    pub url: String,
    /// Where the host is, for a sandbox that no name service knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve: Option<SocketAddr>,
    /// PEM; a server's certificate has to lead to one of them.
    pub roots: String,
    /// Of the bank; signs trust documents.
    pub offline_key: PublicJwk,
    /// Pins and receipt keys, a compact JWS.
    pub trust: String,
    /// For before the first contact.
    pub catalogue: Vec<Biller>,
}

impl Connection {
    /// The one that was named, else the one that the profile remembers. A profile stays with its bank:
    /// to another one its receipts would be forgeries.
    pub(crate) fn find(shell: &Shell) -> Result<Self, Failure> {
        let remembered = shell.profile.join(REMEMBERED);
        let Some(named) = &shell.gateway else { return Self::read(shell, &remembered, false) };
        let connection = Self::read(shell, named, true)?;
        let before = files::text(&remembered).ok().and_then(|text| serde_json::from_str::<Self>(&text).ok());
        if before.is_some_and(|before| before.offline_key != connection.offline_key) {
            let line = shell.say(
                "这份资料属于另一家银行。请换一个文件夹：--profile <目录>；若那家银行已不存在，可用 billpay wipe 清除。",
                "This profile belongs to another bank. Use another folder for this one: --profile DIR; if that bank is gone, `billpay wipe` takes its profile away.",
            );
            return Err(Failure::new("other-bank", line));
        }
        Ok(connection)
    }

    fn read(shell: &Shell, path: &Path, named: bool) -> Result<Self, Failure> {
        let text = files::text(path).map_err(|error| {
            if named || !matches!(&error, Unreadable::Io(error) if error.kind() == io::ErrorKind::NotFound) {
                return unusable(shell, path, &error.words(shell));
            }
            let line = shell.say(
                "尚不知道连接哪家银行。请先运行 billpay sandbox，再用 --gateway 指定它写出的文件。",
                "No gateway is known yet. Run `billpay sandbox`, then name the file that it writes with --gateway.",
            );
            Failure::new("no-gateway", line)
        })?;
        serde_json::from_str(&text).map_err(|error| unusable(shell, path, &error))
    }

    /// Keeps it in the profile, whole or not at all.
    pub(crate) fn remember(&self, shell: &Shell) -> Result<(), Failure> {
        let path = shell.profile.join(REMEMBERED);
        self.write(&path).map_err(|error| {
            let what = shell.say("无法写入", "cannot be written");
            Failure::new(
                "profile-unwritable",
                format!("{}: {what}{}", path.display(), shell.aside(&files::words_of(shell, &error))),
            )
        })
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        files::replace(path, text.as_bytes())
    }
}

fn unusable(shell: &Shell, path: &Path, error: &dyn std::fmt::Display) -> Failure {
    let what = shell.say(
        "连接文件无法使用。请用 --gateway 指定 billpay sandbox 写出的文件",
        "the connection file cannot be used; name one that `billpay sandbox` wrote with --gateway",
    );
    Failure::new("connection-unusable", format!("{}: {what}{}", path.display(), shell.aside(&error.to_string())))
}
