//! What an error says of an answer that is no success.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| port_webhooks::fuzzing::error_body(bytes));
