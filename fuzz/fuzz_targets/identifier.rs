//! What can be the identifier of a webhook.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| port_webhooks::fuzzing::identifier(bytes));
