#![no_main]

#[path = "../checks/client.rs"]
#[allow(dead_code)]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::error_body(
    input,
    port_webhooks::reqwest::Client::builder()
));
