//! What the route for tokens answers.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| port_webhooks::fuzzing::token_body(bytes));
