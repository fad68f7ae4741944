//! The target `order`.
#![allow(unexpected_cfgs, reason = "`fuzzing` is set by who builds for libFuzzer")]
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(order);
