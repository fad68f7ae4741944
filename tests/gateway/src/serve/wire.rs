//! A connection that can be cut after so many more bytes, as a network would: without a farewell.

use std::{
    io,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    task::{Context, Poll, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::Notify,
};

/// Cuts one connection, from wherever its requests are answered.
pub(super) struct Cut {
    left: AtomicU64,
    over: Notify,
}

impl Cut {
    pub(super) fn new() -> Self {
        Self { left: AtomicU64::new(u64::MAX), over: Notify::new() }
    }

    /// At once.
    pub(super) fn now(&self) {
        self.over.notify_one();
    }

    /// After so many more bytes of plaintext.
    pub(super) fn after(&self, bytes: u64) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    /// Not any more: what should have been cut was shorter.
    pub(super) fn never(&self) {
        self.left.store(u64::MAX, Ordering::SeqCst);
    }

    /// Ends when the connection is to be dropped.
    pub(super) async fn over(&self) {
        self.over.notified().await;
    }
}

/// What is above TLS, with a [`Cut`] in it.
pub(super) struct Wire<S> {
    pub(super) stream: S,
    pub(super) cut: std::sync::Arc<Cut>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let left = self.cut.left.load(Ordering::SeqCst);
        if left == 0 {
            // What was let through is really to go out before the end.
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.cut.now();
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes.get(..most).unwrap_or(bytes)))?;
        if left != u64::MAX {
            self.cut.left.store(left.saturating_sub(u64::try_from(written).unwrap_or(0)), Ordering::SeqCst);
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
