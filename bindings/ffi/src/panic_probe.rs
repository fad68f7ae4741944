//! Exports that panic, so that the smoke test can see what a shell sees then. Behind a feature that
//! only that test turns on.

/// Panics on the caller's thread.
#[uniffi::export]
#[allow(clippy::panic, reason = "its purpose")]
pub fn panic_now() {
    panic!("deliberate, at once");
}

/// Panics after its first wait.
#[uniffi::export]
#[allow(clippy::panic, reason = "its purpose")]
pub async fn panic_later() {
    tokio::task::yield_now().await;
    panic!("deliberate, later");
}
