//! The target `signature`.
#![allow(unexpected_cfgs, reason = "`fuzzing` is set by who builds for libFuzzer")]
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(signature);
