//! A server of a case: OpenSSL's, on a port that the system chose, ended when dropped.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    thread::JoinHandle,
};

use super::{Setup, authority::write};
use crate::{Outcome, Unfit};

/// A server that is up.
pub(super) struct Server {
    pub address: SocketAddr,
    process: Option<Child>,
    plain: Option<JoinHandle<()>>,
}

impl Server {
    /// Puts it up in a folder of its own.
    pub(super) fn start(place: &Path, setup: &Setup) -> Outcome<Self> {
        std::fs::create_dir_all(place.join("v1")).map_err(|error| Unfit::Io("a folder", error))?;
        let Some(answer) = &setup.answer else { return Self::plain() };
        write(&place.join("v1/trust"), answer)?;
        write(&place.join("chain.pem"), setup.chain.as_bytes())?;
        write(&place.join("key.pem"), setup.key.as_bytes())?;
        let mut command = Command::new("openssl");
        command.current_dir(place).args(["s_server", "-accept", "127.0.0.1:0", "-HTTP"]);
        // The certificates as they stand in the file, and nothing that OpenSSL would rather send.
        command.args(["-cert", "chain.pem", "-cert_chain", "chain.pem", "-key", "key.pem"]);
        command.args(&setup.options).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|error| Unfit::Io("openssl", error))?;
        let lines = process.stdout.take().map(BufReader::new).into_iter().flat_map(BufReader::lines);
        let ready = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("ACCEPT ")?.parse().ok());
        match ready {
            Some(address) => Ok(Self { address, process: Some(process), plain: None }),
            None => {
                let _ = process.kill();
                let _ = process.wait();
                Err(Unfit::Io("openssl s_server", std::io::Error::other("it does not come up")))
            }
        }
    }

    /// One that speaks HTTP without TLS, once.
    fn plain() -> Outcome<Self> {
        let unfit = |error| Unfit::Io("a socket", error);
        let listener = TcpListener::bind("127.0.0.1:0").map_err(unfit)?;
        let address = listener.local_addr().map_err(unfit)?;
        let plain = std::thread::spawn(move || {
            if let Ok((mut tcp, _)) = listener.accept() {
                // Whether it is read is the client's affair.
                let _ = tcp.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Ok(Self { address, process: None, plain: Some(plain) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        if let Some(plain) = self.plain.take() {
            // Nobody may have come.
            drop(std::net::TcpStream::connect(self.address));
            let _ = plain.join();
        }
    }
}
