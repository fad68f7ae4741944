//! The target `texts`.
#![allow(unexpected_cfgs, reason = "`fuzzing` is set by who builds for libFuzzer")]
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(texts);
