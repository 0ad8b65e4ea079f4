//! How long an answer asks to wait, by its headers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| port_webhooks::fuzzing::rate_limit(bytes));
