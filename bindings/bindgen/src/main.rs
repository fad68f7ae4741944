//! Generates the Kotlin, Swift and Python sides of `billpay-ffi` from a built library.
//!
//! The library must be an unstripped host build: what `UniFFI` knows about the exports lies in its
//! symbols, and what ships has none. A crate of its own, because the generator pulls in a parser,
//! templates and a command line that no phone needs.

fn main() {
    uniffi::uniffi_bindgen_main();
}
